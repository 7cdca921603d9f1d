import { spawn } from 'node:child_process';
import type { ServerUser } from './server-user.js';

/** How a program ended. `output` is its trimmed output of both streams. */
export interface ProgramResult {
  readonly succeeded: boolean;
  readonly output: string;
}

const TIMEOUT_MS = 60_000;

/**
 * Runs a program to its end, as `user` when given. Never rejects: a program that cannot be started has not succeeded.
 *
 * It is not in our process group. Ctrl-C in a terminal reaches the whole group, and would interrupt a start of PostgreSQL
 * that is still waited for.
 *
 * @param options.signal ends the program
 */
export function runProgram(
  path: string,
  programArguments: readonly string[],
  options: {
    readonly user: ServerUser | undefined;
    readonly folder: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ProgramResult> {
  const program = spawn(path, [...programArguments], {
    cwd: options.folder,
    timeout: TIMEOUT_MS,
    windowsHide: true,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.signal && { signal: options.signal }),
    ...options.user,
  });
  let output = '';
  for (const stream of [program.stdout, program.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    let failure: Error | undefined;
    program.on('error', (error) => {
      failure = error;
    });
    program.on('close', (code) => {
      resolve({ succeeded: code === 0, output: output.trim() || (failure?.message ?? `exit code ${code}`) });
    });
  });
}
