import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Lines that are printed. One mistake can cause hundreds, and the first ones show it. */
const MAX_LINES = 20;

/**
 * Returns the type errors of a project, as the compiler prints them. Returns undefined if there are none, if the
 * project has no compiler, or if `signal` was aborted. `dev` runs code without checking its types, so that a restart is quick.
 *
 * @param cache file in which the compiler keeps what it knows, for the next check
 */
export async function checkTypes(project: string, cache: string, signal: AbortSignal): Promise<string | undefined> {
  const compiler = join(project, 'node_modules/typescript/bin/tsc');
  if (!existsSync(compiler) || !existsSync(join(project, 'tsconfig.json'))) return undefined;
  const words = [compiler, '--project', project, '--noEmit', '--incremental', '--tsBuildInfoFile', cache];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: project, signal }, (error, output) => {
      const lines = output.trim().split('\n');
      const shown = lines.slice(0, MAX_LINES).join('\n');
      const more = lines.length > MAX_LINES ? `\n… and ${lines.length - MAX_LINES} lines more: npx tsc` : '';
      resolve(error && !signal.aborted ? shown + more : undefined);
    });
  });
}
