import { execFile } from 'node:child_process';
import type { ServerUser } from './server-user.js';

/** How a program ended. `output` is what it wrote, both streams, trimmed. */
export interface ProgramResult {
  readonly succeeded: boolean;
  readonly output: string;
}

const TIMEOUT_MS = 60_000;

/** Runs a program to its end, as `user` when given. Never rejects: a program that cannot be started has not succeeded. */
export function runProgram(
  path: string,
  programArguments: readonly string[],
  options: { readonly user: ServerUser | undefined; readonly folder: string },
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    execFile(
      path,
      [...programArguments],
      { cwd: options.folder, timeout: TIMEOUT_MS, windowsHide: true, ...options.user },
      (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`.trim();
        resolve({ succeeded: error === null, output: output || (error?.message ?? '') });
      },
    );
  });
}
