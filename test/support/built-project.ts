import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const shell = promisify(execFile);

/** The project's folder. */
export const project = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Turns off the outputs of `npm run build` that tests do not read. They take most of its time. `npm run check` checks types.
 */
const FASTER = ['--noCheck', '--declaration', 'false', '--sourceMap', 'false'];

/** Files that the built program reads. */
const FILES = ['package.json', 'schema', 'template'];
const BUILT = ['dist', ...FILES];

/**
 * Builds the project into a folder, from which `node dist/main.js` runs as it does for users. `global-setup.ts` calls it
 * once for all tests, so that their processes need not compile.
 */
export async function buildProject(folder: string): Promise<void> {
  const tsc = join(project, 'node_modules', '.bin', 'tsc');
  const dist = join(folder, 'dist');
  await shell(tsc, ['--project', 'tsconfig.build.json', ...FASTER, '--outDir', dist], { cwd: project });
  await shell(process.execPath, ['scripts/copy-assets.mjs', dist], { cwd: project });
  for (const name of FILES) await cp(join(project, name), join(folder, name), { recursive: true });
  await linkModules(folder);
}

/**
 * Copies the built project without its modules, so that a test can change it.
 *
 * @param copy the new folder, made if it is missing
 * @param names more files and folders of the project that it needs
 */
export async function copyBuiltProject(copy: string, names: readonly string[] = []): Promise<void> {
  const built = inject('builtProject');
  await mkdir(copy, { recursive: true });
  for (const name of BUILT) await cp(join(built, name), join(copy, name), { recursive: true });
  for (const name of names) await cp(join(project, name), join(copy, name), { recursive: true, filter: isOutsideSite });
}

/** Returns whether a file is outside `docs/.vitepress`. That is a package of its own and has its modules in it. */
export function isOutsideSite(path: string): boolean {
  return !path.includes('.vitepress');
}

/** Lets a folder use the project's `node_modules`. */
export async function linkModules(folder: string): Promise<void> {
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
}

/** The program file of the built project. */
export function builtMain(): string {
  return join(inject('builtProject'), 'dist', 'main.js');
}
