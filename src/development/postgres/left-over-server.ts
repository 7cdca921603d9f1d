import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { runProgram } from './run-program.js';
import { dataFolder, readPassword, SUPERUSER } from './server-data.js';
import type { ServerProcess } from './server-programs.js';

/** Name of the connection that the process which started the server keeps open: the sign that it is alive. */
export const OWNER_CONNECTION = 'entra-graphql owner';

/** A server younger than this may not have its owner's connection yet. */
const START_SECONDS = 3;
const ATTEMPTS = 20;
const PAUSE_MS = 250;

type ServerState = 'absent' | 'changing' | 'owned' | 'left over';

/**
 * Stops a server that still runs in this folder though the process that started it is gone (it was killed, and its watcher
 * too).
 *
 * A process id in `postmaster.pid` proves nothing, because another program may have it by now. So this connects to the port
 * in that file, with this folder's password.
 *
 * @throws EmbeddedPostgresError when another process is using the server
 */
export async function stopLeftOverServer(folder: string, { programs, user, signal }: ServerProcess): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const state = await askServer(folder);
    if (state === 'absent') return;
    if (state === 'owned') {
      throw new EmbeddedPostgresError(
        `The development database in ${folder} is in use by another process. Is the server already running? Stop it first.`,
      );
    }
    if (state === 'left over') {
      await runProgram(programs.pgCtl, ['stop', '-s', '-m', 'fast', '-D', dataFolder(folder)], { user, folder });
    }
    await wait(PAUSE_MS, undefined, { signal });
  }
  throw new EmbeddedPostgresError(`A PostgreSQL still runs in ${folder} and does not stop. Stop it by hand.`);
}

async function askServer(folder: string): Promise<ServerState> {
  const port = await readPort(folder);
  const password = await readPassword(folder, SUPERUSER);
  if (!port || !password) return 'absent';
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string; owned: boolean; young: boolean }>(
      `select current_setting('data_directory') as folder,
              exists (select from pg_stat_activity where application_name = $1) as owned,
              now() - pg_postmaster_start_time() < make_interval(secs => $2) as young`,
      [OWNER_CONNECTION, START_SECONDS],
    );
    const [server] = rows;
    if (!server || resolve(server.folder) !== resolve(dataFolder(folder))) return 'absent';
    if (server.owned) return 'owned';
    return server.young ? 'changing' : 'left over';
  } catch (error) {
    return isStartingOrStopping(error) ? 'changing' : 'absent';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Returns the port that a server wrote down in its folder. */
export async function readPort(folder: string): Promise<number | undefined> {
  const text = await readFile(join(dataFolder(folder), 'postmaster.pid'), 'utf8').catch(() => '');
  const port = Number(text.split('\n')[3]);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

/** SQLSTATE 57P03 (cannot connect now) and 57P01 (admin shutdown). */
function isStartingOrStopping(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '57P03' || error.code === '57P01');
}
