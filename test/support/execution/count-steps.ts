import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';

/** Counts what the code of the server does, without a clock. */
export interface StepCount {
  /**
   * Returns how often functions and blocks of `src` and of the packages ran since it was last called. What is native, such as
   * the reading of HTTP, has no steps.
   */
  take(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Begins to count in this thread. V8 counts as it does for coverage, the same on every machine, and code is slower meanwhile.
 * In code that ran before, it counts functions and not blocks, and fewer of them once it optimises. So V8 optimises nothing
 * from here on, and Vitest gives a file that calls this a process of its own. Coverage by Vitest (`--coverage`) takes the
 * same counts, and misses these.
 */
export async function startStepCount(): Promise<StepCount> {
  setFlagsFromString('--no-opt');
  setFlagsFromString('--no-maglev');
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    async take() {
      const { result } = await session.post('Profiler.takePreciseCoverage');
      let steps = 0;
      for (const { url, functions } of result) {
        if (!isOfServer(url)) continue;
        for (const { ranges } of functions) for (const { count } of ranges) steps += count;
      }
      return steps;
    },
    async stop() {
      await session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

/** The test runner sends messages at any time. */
const RUNNER = /node_modules\/(@?vitest|vite|tinypool|birpc|chai)\b/;

function isOfServer(url: string): boolean {
  return (url.includes('/src/') || url.includes('/node_modules/')) && !RUNNER.test(url);
}
