import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/development/postgres/embedded-postgres.js';
import { findServerUser, type ServerUser } from '../../../src/development/postgres/server-user.js';
import { isRunning, runningProcesses } from '../../support/processes/processes.js';

const holdProgram = fileURLToPath(new URL('./hold-postgres.ts', import.meta.url));
const projectFolder = fileURLToPath(new URL('../../../', import.meta.url));

let folder: string;
let running: EmbeddedPostgres[];
let children: ChildProcess[];

// One folder for all: making a database cluster takes a second.
beforeAll(() => {
  folder = join(tmpdir(), `entra-graphql-test-${randomUUID()}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  running = [];
  children = [];
});
afterEach(async () => {
  await Promise.all(running.map((postgres) => postgres.stop()));
  for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.stdin?.end();
    await once(child, 'exit');
  }
});

async function start(options: { fresh?: boolean; folder?: string } = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ projectFolder, folder, durable: false, ...options });
  running.push(postgres);
  return postgres;
}

/** Starts PostgreSQL in another process. @returns the process, and the address or the name of the error it printed */
async function startElsewhere(user?: ServerUser): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', holdProgram, folder], {
    cwd: projectFolder,
    stdio: ['pipe', 'pipe', 'inherit'],
    ...user,
  });
  children.push(child);
  const [said] = await once(createInterface(child.stdout), 'line');
  return { child, said: String(said) };
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  return query(url, 'select').then(
    () => true,
    () => false,
  );
}

function serverPid(): number {
  return Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('It did not happen within 5 seconds');
}

it('starts from nothing', async () => {
  const { ownerUrl } = await start();
  expect(await query(ownerUrl, "select current_database(), current_setting('server_encoding')")).toEqual([
    { current_database: 'entra_graphql', current_setting: 'UTF8' },
  ]);
});

it('gives the owner no way around row-level security', async () => {
  const { ownerUrl } = await start();
  const [owner] = await query(ownerUrl, 'select rolsuper, rolbypassrls from pg_roles where rolname = current_user');
  expect(owner).toEqual({ rolsuper: false, rolbypassrls: false });
});

it('listens on loopback alone, and on no socket file', async () => {
  const { superuserUrl } = await start();
  expect(
    await query(
      superuserUrl,
      "select name, setting from pg_settings where name ~ '^(listen_addr|unix_socket_dir)' order by 1",
    ),
  ).toEqual([
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'unix_socket_directories', setting: '' },
  ]);
});

it('refuses another password', async () => {
  const { superuserUrl } = await start();
  const guessed = new URL(superuserUrl);
  guessed.password = 'postgres';
  await expect(query(guessed.href, 'select')).rejects.toMatchObject({ code: '28P01' });
});

it('keeps data between runs', async () => {
  await query((await start()).ownerUrl, 'create table kept (id int)');
  await running[0]?.stop();
  const { ownerUrl } = await start();
  expect(await query(ownerUrl, 'select * from kept')).toEqual([]);
});

it('forgets data when asked for a fresh start', async () => {
  await query((await start()).ownerUrl, 'create table forgotten (id int)');
  await running[0]?.stop();
  const { ownerUrl } = await start({ fresh: true });
  await expect(query(ownerUrl, 'select * from forgotten')).rejects.toMatchObject({ code: '42P01' });
});

describe('stop', () => {
  it('leaves no process and no lock', async () => {
    const postgres = await start();
    const pid = serverPid();
    await postgres.stop();
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(join(folder, 'data', 'postmaster.pid'))).toBe(false);
  });

  it('may be called twice', async () => {
    const postgres = await start();
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
  });
});

describe('a second start on the same folder', () => {
  it('is refused while the first one runs', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ name: 'EmbeddedPostgresError' });
  });

  it('is refused while another process runs it, whose server goes on', async () => {
    const { said } = await startElsewhere();
    await expect(start()).rejects.toMatchObject({ name: 'EmbeddedPostgresError' });
    expect(await answers(said)).toBe(true);
  });
});

describe('a process that ends without stopping its server', () => {
  it('leaves none, even when it is killed', async () => {
    const { child } = await startElsewhere();
    const pid = serverPid();
    child.kill('SIGKILL');
    await until(() => !isRunning(pid));
  });

  it('does not keep the next one from starting', async () => {
    const { child } = await startElsewhere();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await answers((await start()).superuserUrl)).toBe(true);
  });
});

it('stops a server without an owner, and starts its own', async () => {
  const { child } = await startElsewhere();
  const leftOver = serverPid();
  const watcher = runningProcesses().find(({ command }) => command.startsWith('/bin/sh') && command.includes(folder));
  if (watcher) process.kill(watcher.pid, 'SIGKILL');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isRunning(leftOver)).toBe(true);

  expect(await answers((await start()).superuserUrl)).toBe(true);
  expect(isRunning(leftOver)).toBe(false);
});

it('starts over the lock of a server that was killed', async () => {
  await start();
  const pid = serverPid();
  process.kill(pid, 'SIGKILL');
  await until(() => !isRunning(pid));
  await running[0]?.stop();
  expect(existsSync(join(folder, 'data', 'postmaster.pid'))).toBe(true);
  expect(await answers((await start()).superuserUrl)).toBe(true);
});

it('does not take another program, which has the process id in an old lock, for its server', async () => {
  await (await start()).stop();
  const bystander = spawn('sleep', ['60'], { ...findServerUser() });
  writeFileSync(
    join(folder, 'data', 'postmaster.pid'),
    `${bystander.pid}\n${join(folder, 'data')}\n1700000000\n1\n\n127.0.0.1\n  1 1\nready   \n`,
  );
  await expect(start()).rejects.toMatchObject({ name: 'EmbeddedPostgresError' });
  expect(bystander.exitCode).toBeNull();
  bystander.kill();
  await once(bystander, 'exit');
});

it('explains data of another version', async () => {
  await (await start()).stop();
  const versionFile = join(folder, 'data', 'PG_VERSION');
  const version = readFileSync(versionFile);
  writeFileSync(versionFile, '12\n');
  await expect(start()).rejects.toMatchObject({ name: 'EmbeddedPostgresError' });
  writeFileSync(versionFile, version);
});

it('explains data it did not make, and leaves them', async () => {
  const other = `${folder}-other`;
  await (await start({ folder: other })).stop();
  const secret = join(other, 'data', 'entra-graphql.secret');
  rmSync(secret);
  try {
    await expect(start({ folder: other })).rejects.toMatchObject({ name: 'EmbeddedPostgresError' });
    expect(existsSync(join(other, 'data', 'PG_VERSION'))).toBe(true);
  } finally {
    rmSync(other, { recursive: true });
  }
});

it('explains a folder it cannot make', async () => {
  await expect(start({ folder: '/dev/null/postgres' })).rejects.toMatchObject({ name: 'EmbeddedPostgresError' });
});

describe.runIf(process.getuid?.() === 0)('as root', () => {
  it('runs PostgreSQL as somebody else', async () => {
    await start();
    expect(statSync(join(folder, 'data', 'postmaster.pid')).uid).toBe(findServerUser()?.uid);
  });

  it('refuses a folder that others can enter', async () => {
    const open = `${folder}-open`;
    mkdirSync(open);
    try {
      await expect(start({ folder: open })).rejects.toMatchObject({ name: 'EmbeddedPostgresError' });
    } finally {
      rmSync(open, { recursive: true });
    }
  });
});

/** Only root can become another user, and that user has to reach the project. */
const otherUser = process.getuid?.() === 0 ? findServerUser() : undefined;
const canRead = spawnSync('/bin/sh', ['-c', 'test -r "$0" && test -x "$1"', holdProgram, process.execPath], otherUser);

it.runIf(otherUser && canRead.status === 0)('starts for a user who is not root', async () => {
  const { said } = await startElsewhere(otherUser);
  expect(await answers(said)).toBe(true);
});
