import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findServerUser } from '../../../src/development/postgres/server-user.js';
import { project } from '../built-project.js';
import { freePorts, until } from '../command.js';

const run = promisify(execFile);

/** A PgBouncer in transaction mode, in front of one login of one PostgreSQL. */
export interface PgBouncer {
  /** The address, led through the pooler. */
  readonly url: string;
  close(): Promise<void>;
}

/** Debian 12 has PgBouncer 1.18, which knows nothing of prepared statements. Debian 13 has 1.24. */
export type DebianRelease = 'bookworm' | 'trixie';

/** Returns the path of a PgBouncer of Debian's, or why it cannot be had here. */
export async function installPgBouncer(
  release: DebianRelease,
): Promise<{ readonly program: string } | { readonly notRun: string }> {
  try {
    const script = join(project, 'scripts', 'install-debian.sh');
    const { stdout } = await run('bash', [script, 'pgbouncer', 'pgbouncer', release], { timeout: 300_000 });
    return { program: stdout.trim() };
  } catch (error) {
    return { notRun: String(Object(error).stderr).trim() || String(error) };
  }
}

/** @param settings lines of its configuration */
export async function startPgBouncer(
  program: string,
  url: string,
  settings: readonly string[] = [],
): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-pgbouncer-'));
  const led = new URL(url);
  led.port = String(await freePorts());
  const configuration = await configure(folder, new URL(url), [`listen_port = ${led.port}`, ...settings]);
  // It does not run as root.
  const user = findServerUser();
  if (user) await giveTo(folder, user);
  const pooler = spawn(program, [configuration], { ...user });
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

async function configure(folder: string, { username, password, hostname, port }: URL, settings: readonly string[]) {
  const logins = join(folder, 'logins.txt');
  const configuration = join(folder, 'pgbouncer.ini');
  await writeFile(logins, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${logins}`,
    'pool_mode = transaction',
    'default_pool_size = 5',
    ...settings,
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
