import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../command-failure.js';
import type { ProjectFile, ProjectKind } from './templates.js';

/** A project that `init` has written, as it is now. */
export interface Project {
  readonly folder: string;
  readonly kind: ProjectKind;
  /** Reads a file. Undefined: there is none. */
  read(path: string): Promise<string | undefined>;
  /** Reads the files of a folder whose names end so, sorted by name. */
  list(folder: string, ending: string): Promise<readonly ProjectFile[]>;
}

/**
 * Opens the project in a folder.
 *
 * @throws CommandError when there is none that `add` can change
 */
export function openProject(folder: string): Project {
  if (!existsSync(join(folder, 'src/api.ts')) || !existsSync(join(folder, 'schema'))) {
    throw new CommandError(
      'This folder has no src/api.ts and schema/. Call this in a project that "entra-graphql init" has written.',
    );
  }
  const read = (path: string) => readFile(join(folder, path), 'utf8').catch(() => undefined);
  return {
    folder,
    kind: existsSync(join(folder, 'migrations')) ? 'database' : 'memory',
    read,
    async list(name, ending) {
      const found = await readdir(join(folder, name), { recursive: true, encoding: 'utf8' });
      const paths = found.filter((file) => file.endsWith(ending)).sort();
      return Promise.all(
        paths.map(async (path) => ({ path: join(name, path), text: (await read(join(name, path))) ?? '' })),
      );
    },
  };
}

/** Returns the number of the next migration, as in `0002`. */
export async function nextMigration(project: Project): Promise<string> {
  const numbers = (await project.list('migrations', '.sql')).map(({ path }) => Number(/(\d{4})-/.exec(path)?.[1] ?? 0));
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0');
}

/**
 * Changes a text at one place.
 *
 * @param place finds it; its first group is kept, and `inserted` follows
 * @throws CommandError when the place is not there
 */
export function insertAfter({ path, text }: ProjectFile, place: RegExp, inserted: string): ProjectFile {
  if (!place.test(text)) {
    throw new CommandError(`${path} is not as "entra-graphql init" writes it. Add this by hand: ${inserted.trim()}`);
  }
  return { path, text: text.replace(place, (_match, kept: string) => `${kept}${inserted}`) };
}
