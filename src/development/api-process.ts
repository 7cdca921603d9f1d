import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Restartable } from './restart-on-change.js';

/** Time for the API to finish its requests. After it the process is killed, so that a change shows soon. */
const STOP_MS = 2_000;

/** The API of `dev` in a process of its own: only a new process loads changed code. */
export interface ApiProcess<Ready> extends Restartable {
  /** Resolves with the message by which the process reports that it is ready. Undefined: it ended before. */
  start(): Promise<Ready | undefined>;
}

/**
 * Creates a process that is not started yet.
 *
 * @param options.onEnd called when the process ends without being asked to, once it was ready
 */
export function createApiProcess<Ready>(options: {
  readonly program: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  onEnd(): void;
}): ApiProcess<Ready> {
  let child: ChildProcess | undefined;

  return {
    async start() {
      const started = fork(options.program, [...options.words], {
        env: options.environment,
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      child = started;
      const ready = await Promise.race([
        once(started, 'message').then(([message]: Ready[]) => message),
        once(started, 'exit').then(() => undefined),
      ]);
      if (ready !== undefined) started.once('exit', () => child === started && options.onEnd());
      return ready;
    },
    async stop() {
      const stopping = child;
      child = undefined;
      if (!stopping || hasEnded(stopping)) return;
      const ended = once(stopping, 'exit');
      stopping.kill('SIGTERM');
      const impatience = setTimeout(() => stopping.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(impatience);
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
