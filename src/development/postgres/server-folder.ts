import { createHash } from 'node:crypto';
import { access, chown, constants, lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { ServerUser } from './server-user.js';

/**
 * Returns the folder of a project's development database. It is in the project. The server's user often cannot reach root's
 * project, because `/root` has mode 0700. So for root it is a folder of `/var/tmp`, which outlives a restart of the machine.
 */
export function defaultServerFolder(projectFolder: string, user: ServerUser | undefined): string {
  if (!user) return join(projectFolder, '.entra-graphql', 'postgres');
  const project = createHash('sha256').update(projectFolder).digest('hex').slice(0, 16);
  return join('/var/tmp', `entra-graphql-${project}`);
}

/**
 * Makes the folder if it is missing, readable by the server's user alone.
 *
 * @throws EmbeddedPostgresError when it cannot be made or written to, or belongs to somebody else
 */
export async function prepareServerFolder(folder: string, user: ServerUser | undefined): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
    if (isNew && user) await chown(folder, user.uid, user.gid);
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `Cannot write to ${folder}, where the development database is to be (${codeOf(cause)}). Make it writable, or call this from a folder that is.`,
      { cause },
    );
  }
  await requireOwnFolder(folder, user);
}

/**
 * Requires a real folder that only the server's user can enter. Any user may create folders in /var/tmp, so an attacker
 * could have created ours to read our data or to plant other data.
 */
async function requireOwnFolder(folder: string, user: ServerUser | undefined): Promise<void> {
  const found = await lstat(folder);
  const owner = user?.uid ?? process.getuid?.();
  if (owner === undefined) return;
  if (found.isDirectory() && found.uid === owner && (!user || (found.mode & 0o077) === 0)) return;
  throw new EmbeddedPostgresError(
    `${folder} is not a folder that only the user ${owner} can enter. Delete it, or call this from another folder.`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
