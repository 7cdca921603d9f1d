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
  const folder = join(tmpdir(), `entra-graphql-debian-${packageName}`);
  const program = join(folder, path);
  if (existsSync(program)) return program;
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    await download(packageName, unfinished);
    const archives = readdirSync(unfinished).filter((name) => name.endsWith('.deb'));
    for (const archive of archives) await run('dpkg-deb', ['--extract', join(unfinished, archive), unfinished]);
    // The program may run as another user than the one who unpacks it.
    await run('chmod', ['755', unfinished]);
    if (!existsSync(folder)) renameSync(unfinished, folder);
    return program;
  } catch {
    return undefined;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** A new machine has no lists of packages yet. */
async function download(packageName: string, folder: string): Promise<void> {
  const get = () => run('apt-get', ['download', packageName], { cwd: folder });
  await get().catch(async () => {
    await run('apt-get', ['update']);
    await get();
  });
}
