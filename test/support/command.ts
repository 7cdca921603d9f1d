import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { onTestFailed } from 'vitest';
import { builtMain, project } from './built-project.js';
import { noteOutput } from './vitest/log-scan.js';

/** A command of `entra-graphql` in a process of its own, as a user runs it. */
export interface Command {
  readonly pid: number | undefined;
  /** All it has printed so far, on both streams. */
  output(): string;
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void;
  readonly exited: Promise<{ readonly code: number; readonly output: string }>;
}

/**
 * Runs a command of the built project in `folder`, with these settings and no others; standard input is `input`, empty by
 * default. With `isHeard: false` its standard output is closed, as by a reader that has enough. `around` is a program that
 * loads the project's program, whose path is its first word.
 */
export function runCommand(
  words: readonly string[],
  folder: string,
  settings: Record<string, string>,
  {
    around,
    input = '',
    isHeard = true,
  }: { readonly around?: string; readonly input?: string; readonly isHeard?: boolean } = {},
): Command {
  const { PATH = '', HOME = '' } = process.env;
  const program = around ? [around, builtMain()] : [builtMain()];
  const child = spawn(process.execPath, [...program, ...words], { cwd: folder, env: { PATH, HOME, ...settings } });
  if (!isHeard) child.stdout.destroy();
  return commandOf(child, input);
}

/** Runs a command from the sources in `from`, as `npm run dev` does. */
export function runFromSources(
  words: readonly string[],
  folder: string,
  settings: Record<string, string>,
  from = project,
): Command {
  const { PATH = '', HOME = '' } = process.env;
  const tsx = join(project, 'node_modules', '.bin', 'tsx');
  const main = join(from, 'src', 'main.ts');
  return commandOf(spawn(tsx, [main, ...words], { cwd: folder, env: { PATH, HOME, ...settings } }));
}

function commandOf(child: ChildProcessWithoutNullStreams, input = ''): Command {
  // A command that does not read its input to the end closes it. That is not a failure of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  endWithFailedTest(child);
  const output = outputOf(child);
  return {
    pid: child.pid,
    output,
    signal: (name) => child.kill(name),
    exited: once(child, 'close').then(([code]) => ({ code, output: output() })),
  };
}

/** A test that fails does not come to the line that ends its command. One that is started in a hook is ended in another. */
function endWithFailedTest(child: ChildProcessWithoutNullStreams): void {
  try {
    onTestFailed(() => void child.kill());
  } catch {
    // Vitest knows no test here.
  }
}

/**
 * Listens to both streams of a process; the answer gives all that it has printed so far. That of a server may have nothing
 * of a token (`vitest/log-scan.ts`).
 */
export function outputOf(child: ChildProcessWithoutNullStreams, { isServer = true } = {}): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      output += part;
    });
  }
  if (isServer) noteOutput(() => output);
  return () => output;
}

/** Waits until the condition holds; fails with what `explain` says when it does not in time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  explain: () => string,
  limitMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it took too long:\n${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A port that is free together with the one after it. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const candidate = 20_000 + Math.floor(Math.random() * 10_000);
    if ((await isFree(candidate)) && (await isFree(candidate + 1))) return candidate;
  }
}

function isFree(candidate: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(candidate, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
