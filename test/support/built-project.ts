import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const shell = promisify(execFile);

/** The project's folder. */
export const project = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Copies files and folders of the project and builds into the copy, so that tests which run at the same time never meet
 * half a build, and nothing in the project is touched.
 *
 * @param copy where to; made if it is missing
 * @param names of what is copied, folders as a whole
 */
export async function buildProject(copy: string, names: readonly string[]): Promise<void> {
  await mkdir(copy, { recursive: true });
  for (const name of names) await cp(join(project, name), join(copy, name), { recursive: true });
  const tsc = join(project, 'node_modules', '.bin', 'tsc');
  await shell(tsc, ['--project', 'tsconfig.build.json', '--outDir', join(copy, 'dist')], { cwd: project });
  await shell(process.execPath, ['scripts/copy-assets.mjs', join(copy, 'dist')], { cwd: project });
}
