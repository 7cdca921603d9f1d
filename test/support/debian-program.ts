import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Returns the path of a program from a package of Debian. The package is downloaded and unpacked once for all runs on this
 * machine; nothing is installed. Undefined where Debian's packages cannot be had.
 *
 * @param path of the program in the package, such as `usr/bin/promtool`. It has to run without other packages.
 */
export async function findDebianProgram(packageName: string, path: string): Promise<string | undefined> {
  return (await findDebianFolder(packageName, path))?.program;
}

/** A program and the environment in which it finds its libraries. */
export interface DebianProgram {
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Returns a program that needs libraries of other packages. Undefined where Debian's packages cannot be had, or where the
 * program does not run with them.
 *
 * @param libraries packages by the names of several releases of Debian. Those that this machine's release lacks are left out
 */
export async function findDebianProgramWithLibraries(
  packageName: string,
  path: string,
  libraries: readonly string[],
): Promise<DebianProgram | undefined> {
  const found = await findDebianFolder(packageName, path, libraries);
  if (!found) return undefined;
  const folders = ['usr/lib', 'lib'].flatMap((lib) => subfolders(join(found.folder, lib)));
  const env = { LD_LIBRARY_PATH: folders.join(':') };
  const runs = await run(found.program, ['--version'], { env }).then(
    () => true,
    () => false,
  );
  return runs ? { program: found.program, env } : undefined;
}

async function findDebianFolder(packageName: string, path: string, libraries: readonly string[] = []) {
  const folder = join(tmpdir(), `entra-graphql-debian-${packageName}`);
  const found = { folder, program: join(folder, path) };
  if (existsSync(found.program)) return found;
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    await download(packageName, unfinished);
    for (const library of libraries) await download(library, unfinished).catch(() => undefined);
    const archives = readdirSync(unfinished).filter((name) => name.endsWith('.deb'));
    for (const archive of archives) await run('dpkg-deb', ['--extract', join(unfinished, archive), unfinished]);
    // The program may run as another user than the one who unpacks it.
    await run('chmod', ['755', unfinished]);
    if (!existsSync(folder)) renameSync(unfinished, folder);
    return found;
  } catch {
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

/** A new machine has no lists of packages yet. */
async function download(packageName: string, folder: string): Promise<void> {
  const get = () => run('apt-get', ['download', packageName], { cwd: folder });
  await get().catch(async () => {
    await run('apt-get', ['update']);
    await get();
  });
}
