import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const TSX = fileURLToPath(new URL('../../node_modules/.bin/tsx', import.meta.url));

/** A command of `entra-graphql` in a process of its own, as a user runs it. */
export interface Command {
  readonly pid: number | undefined;
  /** All it has printed so far, on both streams. */
  output(): string;
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void;
  readonly exited: Promise<{ readonly code: number; readonly output: string }>;
}

/**
 * Runs it in `folder`, with these settings and no others; standard input is `input`, empty by default. With
 * `isHeard: false` its standard output is closed, as by a reader that has enough.
 */
export function runCommand(
  words: readonly string[],
  folder: string,
  settings: Record<string, string>,
  {
    main = MAIN,
    input = '',
    isHeard = true,
  }: { readonly main?: string; readonly input?: string; readonly isHeard?: boolean } = {},
): Command {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(TSX, [main, ...words], { cwd: folder, env: { PATH, HOME, ...settings } });
  // A command that does not read its input to the end closes it: that is no failure of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  if (!isHeard) child.stdout.destroy();
  const output = outputOf(child);
  return {
    pid: child.pid,
    output,
    signal: (name) => child.kill(name),
    exited: once(child, 'close').then(([code]) => ({ code, output: output() })),
  };
}

/** Listens to both streams of a process; the answer gives all that it has printed so far. */
export function outputOf(child: ChildProcessWithoutNullStreams): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      output += part;
    });
  }
  return () => output;
}

/** Waits until the condition holds; fails with what `explain` says when it does not in time. */
export async function until(condition: () => boolean | Promise<boolean>, explain: () => string): Promise<void> {
  const deadline = Date.now() + 30_000;
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
