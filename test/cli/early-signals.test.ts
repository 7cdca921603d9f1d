import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STOPPED_EARLY } from '../../src/cli/terminal/terminal.js';
import { defaultServerFolder } from '../../src/development/postgres/server-folder.js';
import { findServerUser } from '../../src/development/postgres/server-user.js';
import { builtMain } from '../support/built-project.js';
import { freePorts, outputOf, until } from '../support/command.js';
import { runningProcesses } from '../support/processes/processes.js';

const TENANT = '11111111-1111-4111-8111-111111111111';
const CLIENT = '22222222-2222-4222-8222-222222222222';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

/** Runs a command in a process of its own, whose standard input stays open. */
function launch(words: readonly string[], settings: Record<string, string>, options: SpawnOptions = {}) {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...settings };
  const child = spawn(process.execPath, [builtMain(), ...words], {
    cwd: tmpdir(),
    ...options,
    env,
    stdio: 'pipe',
  });
  children.push(child);
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return { child, output: outputOf(child), exited };
}

describe('a command that waits for a database which never answers', () => {
  let silent: Server;
  let settings: Record<string, string>;
  beforeEach(async () => {
    silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `postgres://someone:word@127.0.0.1:${(silent.address() as AddressInfo).port}/none`;
    settings = { ENTRA_TENANT_ID: TENANT, ENTRA_CLIENT_ID: CLIENT, DATABASE_URL: url, DATABASE_MIGRATION_URL: url };
    return () => silent.close();
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('"start" ends by %s with one line', async (signal) => {
    const start = launch(['start'], { ...settings, PORT: String(await freePorts()) });
    await once(silent, 'connection');
    start.child.kill(signal);
    expect(await start.exited).toEqual({ code: 0, signal: null });
    expect(start.output()).toBe(`${STOPPED_EARLY}\n`);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('"migrate" and "doctor" end by %s', async (signal) => {
    for (const command of ['migrate', 'doctor']) {
      const asking = launch([command], settings);
      await once(silent, 'connection');
      asking.child.kill(signal);
      expect(await asking.exited).toEqual({ code: null, signal });
    }
  });
});

describe('"dev" that is stopped while it starts', () => {
  let project: string;
  let data: string;
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), 'entra-graphql-early-'));
    data = defaultServerFolder(project, findServerUser());
    return async () => {
      for (const made of [project, data]) await rm(made, { recursive: true, force: true });
    };
  });

  const entries = () => (existsSync(data) ? readdirSync(data) : []);
  const isMakingData = () => entries().some((name) => /^data\.[0-9a-f]+$/.test(name));
  const isStarting = () => existsSync(join(data, 'server.log'));
  const isAnswering = () => existsSync(join(data, 'data', 'postmaster.pid'));
  const cases = [
    { moment: 'PostgreSQL makes its data', isReached: isMakingData, way: 'Ctrl-C in the terminal' },
    { moment: 'PostgreSQL starts', isReached: isStarting, way: 'Ctrl-C in the terminal' },
    { moment: 'PostgreSQL answers', isReached: isAnswering, way: 'Ctrl-C in the terminal' },
    { moment: 'PostgreSQL makes its data', isReached: isMakingData, way: 'SIGTERM to the process' },
  ];

  it.each(cases)('leaves nothing: $way while $moment', async ({ way, isReached }) => {
    const dev = launch(['dev'], { PORT: String(await freePorts()) }, { cwd: project, detached: true });
    await until(isReached, dev.output);
    if (way === 'SIGTERM to the process') dev.child.kill('SIGTERM');
    else process.kill(-(dev.child.pid ?? 0), 'SIGINT');
    expect(await dev.exited).toEqual({ code: 0, signal: null });
    expect(dev.output()).toBe(`${STOPPED_EARLY}\n`);
    expect(runningProcesses().filter(({ command }) => command.includes(data))).toEqual([]);
    expect(entries().filter((name) => name.startsWith('data.'))).toEqual([]);
  });
});

it('a command that reads its input ends by Ctrl-C', { timeout: 30_000 }, async () => {
  const inspect = launch(['token', 'inspect', '-', '--offline'], { ENTRA_TENANT_ID: TENANT, ENTRA_CLIENT_ID: CLIENT });
  await new Promise((resolve) => inspect.child.stdin?.write('eyJ', resolve));
  inspect.child.kill('SIGINT');
  expect(await inspect.exited).toEqual({ code: null, signal: 'SIGINT' });
});
