import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '../../dist/database/setup/migrate.js';
import { startEmbeddedPostgres } from '../../dist/development/postgres/embedded-postgres.js';
import { seed } from '../../dist/expenses/sample-data/seed.js';
import { migrationFolders } from '../../dist/resource.js';
import pg from '../../node_modules/pg/lib/index.js';
import { parentOf } from '../database/process-cpu.mjs';
import { freePort } from '../harness/free-port.mjs';
import { startRelay } from './relay.mjs';

/** Longer than any fault stops PostgreSQL. */
const QUERY_MS = 60_000;
const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** A PostgreSQL that can be stopped, started again at the same address, frozen, and cut off. Servers reach it by a relay. */
export async function startDatabase(folder) {
  const start = (port) => startEmbeddedPostgres({ projectFolder: PROJECT, folder, durable: false, port });
  let postgres = await start();
  const { ownerUrl, runtimeUrl } = postgres;
  await fill(ownerUrl, runtimeUrl);
  const superuserUrl = Object.assign(new URL(postgres.superuserUrl), { pathname: new URL(ownerUrl).pathname }).href;
  const relay = await startRelay(Number(new URL(runtimeUrl).port));
  return {
    runtimeUrl: at(runtimeUrl, relay.port),
    relay,
    async stop() {
      await postgres.stop();
    },
    async start() {
      postgres = await start(Number(new URL(runtimeUrl).port));
    },
    /** Stops all of its processes by a signal, or goes on. */
    signal(name) {
      const [first] = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
      const all = readdirSync('/proc').filter((pid) => pid === first || parentOf(pid) === Number(first));
      for (const pid of all) process.kill(Number(pid), name);
    },
    query: (text, values) => query(superuserUrl, text, values),
    close: () => relay.stop(),
  };
}

/**
 * Starts two clusters of the installed PostgreSQL, as Debian's package installs it. The second follows the first by streaming
 * replication, and a commit waits for it.
 */
export async function startPair(folder) {
  const programs = process.env.PG_BIN ?? findPrograms();
  mkdirSync(folder, { recursive: true });
  const user = findUser(folder);
  const run = (program, args) => execFileSync(join(programs, program), args, { ...user, stdio: 'ignore', cwd: folder });
  const [first, second] = [await freePort(), await freePort()];
  const begin = (name, port) =>
    run('pg_ctl', [
      '-D',
      join(folder, name),
      '-w',
      '-l',
      join(folder, `${name}.log`),
      '-o',
      `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`,
      'start',
    ]);
  run('initdb', ['-D', join(folder, 'first'), '-U', 'admin', '--auth=trust', '-E', 'UTF8']);
  begin('first', first);
  let port = first;
  const superuserUrl = (name) => `postgres://admin@127.0.0.1:${port}/${name}`;
  await query(superuserUrl('postgres'), 'create role owner login createrole');
  await query(superuserUrl('postgres'), 'create database expenses owner owner');
  await fill(`postgres://owner@127.0.0.1:${first}/expenses`, `postgres://server:secret@127.0.0.1:${first}/expenses`);
  run('pg_basebackup', ['-h', '127.0.0.1', '-p', String(first), '-U', 'admin', '-D', join(folder, 'second'), '-R']);
  begin('second', second);
  await query(superuserUrl('postgres'), "alter system set synchronous_standby_names to '*'");
  await query(superuserUrl('postgres'), 'select pg_reload_conf()');
  const relay = await startRelay(first);
  return {
    runtimeUrl: `postgres://server:secret@127.0.0.1:${relay.port}/expenses`,
    relay,
    /** The first ends without a word. The second takes its place, and then its address. */
    failOver() {
      run('pg_ctl', ['-D', join(folder, 'first'), '-m', 'immediate', 'stop']);
      run('pg_ctl', ['-D', join(folder, 'second'), '-w', 'promote']);
      port = second;
      relay.leadTo(second);
    },
    query: (text, values) => query(superuserUrl('expenses'), text, values),
    async stop() {
      for (const name of ['first', 'second']) {
        try {
          run('pg_ctl', ['-D', join(folder, name), '-m', 'immediate', 'stop']);
        } catch {
          // It has stopped before.
        }
      }
    },
    close: () => relay.stop(),
  };
}

async function fill(ownerUrl, runtimeUrl) {
  await migrate({ migrationUrl: ownerUrl, runtimeUrl, folders: migrationFolders });
  await seed(ownerUrl);
}

/** Runs one statement that no row-level security binds. */
async function query(connectionString, text, values) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: QUERY_MS, query_timeout: QUERY_MS });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

function at(address, port) {
  return Object.assign(new URL(address), { port: String(port) }).href;
}

function findPrograms() {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort() : [];
  const folder = join(root, versions.at(-1) ?? '', 'bin');
  if (existsSync(join(folder, 'pg_basebackup'))) return folder;
  throw new Error('The standby needs a PostgreSQL with its tools: install the package postgresql, or set PG_BIN.');
}

/** PostgreSQL does not run as root. */
function findUser(folder) {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  chownSync(folder, uid, gid);
  return { uid, gid };
}
