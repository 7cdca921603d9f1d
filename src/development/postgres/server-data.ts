import { createHmac, randomBytes } from 'node:crypto';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { runProgram } from './run-program.js';
import type { ServerProcess } from './server-programs.js';

/** The login that initdb makes. */
export const SUPERUSER = 'postgres';

export function dataFolder(folder: string): string {
  return join(folder, 'data');
}

/**
 * Makes an empty database cluster unless there is one. It appears complete or not at all, so that a start which was killed
 * in the middle leaves nothing that a later one would trip over.
 *
 * @throws EmbeddedPostgresError if initdb fails, or if the folder of the data has other content
 */
export async function prepareServerData(folder: string, { programs, user, signal }: ServerProcess): Promise<void> {
  if (await readSecret(folder)) return;
  const unfinished = join(folder, `data.${randomBytes(4).toString('hex')}`);
  const secretFile = `${unfinished}.secret`;
  try {
    await writeFile(secretFile, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (user) await chown(secretFile, user.uid, user.gid);
    const result = await runProgram(
      programs.initdb,
      [
        `--pgdata=${unfinished}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${secretFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        // Sorts by code point, alike on every platform.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-sync',
        '--no-instructions',
      ],
      { user, folder, signal },
    );
    signal?.throwIfAborted();
    if (!result.succeeded) {
      throw new EmbeddedPostgresError(`PostgreSQL could not make its data in ${folder}: ${causeIn(result.output)}`);
    }
    await rename(secretFile, join(unfinished, SECRET_FILE));
    await putInPlace(unfinished, folder);
  } finally {
    await rm(secretFile, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Moves new data into its folder. If another process was faster, its data stays and is used. */
async function putInPlace(unfinished: string, folder: string): Promise<void> {
  try {
    await rename(unfinished, dataFolder(folder));
  } catch (cause) {
    if (await readSecret(folder)) return;
    throw new EmbeddedPostgresError(
      `${dataFolder(folder)} holds something that this program did not make. Start once with --fresh (it deletes it).`,
      { cause },
    );
  }
}

/** Returns the password of a login. It is derived from the cluster's secret. Undefined when the cluster does not exist. */
export async function readPassword(folder: string, login: string): Promise<string | undefined> {
  const secret = await readSecret(folder);
  if (!secret || login === SUPERUSER) return secret;
  return createHmac('sha256', secret).update(login).digest('hex');
}

const SECRET_FILE = 'entra-graphql.secret';

async function readSecret(folder: string): Promise<string | undefined> {
  return readFile(join(dataFolder(folder), SECRET_FILE), 'utf8').catch(() => undefined);
}

/** Returns the line of initdb's output that says why it failed. The last line only says that the data is removed again. */
function causeIn(output: string): string {
  const lines = output.split('\n').filter((line) => !line.startsWith('initdb: removing '));
  return lines.find((line) => /(?:error|ERROR|FATAL|PANIC): /.test(line)) ?? lines.at(-1) ?? '';
}
