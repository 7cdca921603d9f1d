import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findServerUser } from '../../src/development/postgres/server-user.js';
import { freePorts, until } from './command.js';
import { findDebianProgramWithLibraries } from './debian-program.js';

/** A PgBouncer in transaction mode, in front of one login of one PostgreSQL. */
export interface PgBouncer {
  /** The address, led through the pooler. */
  readonly url: string;
  close(): Promise<void>;
}

/** By the names of Debian 12 and 13. */
const LIBRARIES = ['libevent-2.1-7', 'libevent-2.1-7t64', 'libc-ares2', 'libcares2'];

/** Starts one. Undefined where Debian's packages cannot be had. */
export async function startPgBouncer(url: string): Promise<PgBouncer | undefined> {
  const found = await findDebianProgramWithLibraries('pgbouncer', 'usr/sbin/pgbouncer', LIBRARIES);
  if (!found) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-pgbouncer-'));
  const led = new URL(url);
  led.port = String(await freePorts());
  const configuration = await configure(folder, new URL(url), led.port);
  // It does not run as root.
  const user = findServerUser();
  if (user) await giveTo(folder, user);
  const pooler = spawn(found.program, [configuration], { env: { ...found.env }, ...user });
  let output = '';
  for (const stream of [pooler.stdout, pooler.stderr]) {
    stream.on('data', (part) => {
      output += part;
    });
  }
  const close = async () => {
    const ended = once(pooler, 'close');
    if (pooler.exitCode === null) pooler.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  await until(
    () => canConnect(led.href),
    () => output,
  );
  return { url: led.href, close };
}

async function configure(folder: string, { username, password, hostname, port }: URL, listenPort: string) {
  const logins = join(folder, 'logins.txt');
  const configuration = join(folder, 'pgbouncer.ini');
  await writeFile(logins, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${listenPort}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${logins}`,
    'pool_mode = transaction',
    'default_pool_size = 5',
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  return configuration;
}

async function giveTo(folder: string, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  await chmod(folder, 0o700);
  for (const name of ['logins.txt', 'pgbouncer.ini', '']) await chown(join(folder, name), uid, gid);
}

async function canConnect(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
