import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { settingsOf } from '../support/api.js';
import { builtMain } from '../support/built-project.js';
import { freePorts, until } from '../support/command.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let emulator: Emulator;
let database: TestDatabase;
let server: ChildProcess | undefined;

beforeEach(async () => {
  [emulator, database] = await Promise.all([startEmulator(emulatorSettings), createTestDatabase()]);
});
afterEach(async () => {
  if (server?.exitCode === null) server.kill('SIGKILL');
  await Promise.all([emulator.close(), database.drop()]);
});

/** Starts the server with this as its standard output, and waits until it answers. */
async function start(stdout: 'pipe' | number) {
  const port = await freePorts();
  const settings = {
    ...settingsOf(emulator),
    DATABASE_URL: database.runtimeUrl,
    PORT: String(port),
    SHUTDOWN_DELAY_SECONDS: '0',
    // Nothing is refused on a busy machine.
    LIMIT_EVENT_LOOP_DELAY_MS: '0',
    PATH: process.env.PATH ?? '',
  };
  const child = spawn(process.execPath, [builtMain(), 'start'], {
    cwd: tmpdir(),
    env: settings,
    stdio: ['ignore', stdout, 'pipe'],
  });
  server = child;
  let errors = '';
  child.stderr?.on('data', (part) => {
    errors += part;
  });
  const exited = once(child, 'exit');
  const status = async (path: string, request?: RequestInit) =>
    (await fetch(`http://127.0.0.1:${port}${path}`, request)).status;
  await until(
    () => status('/healthz').then(Boolean, () => false),
    () => errors,
  );
  return { child, exited, status, errors: () => errors };
}

/** More than a pipe takes, in bytes. */
const MORE_THAN_A_PIPE = 128 * 1024;
/** More than the server keeps for a reader. */
const MORE_THAN_WAITS = 1.5 * 1024 * 1024;
/** A log line has at least so many bytes. The name of its operation takes 100 of them. */
const LINE_BYTES = 300;
/** Each of these has its line. Only the lines of refused requests have a bound. */
const ANSWERED = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: `query ${'a'.repeat(200)} { __typename }` }),
};

/** Makes the server write at least so many bytes of log. */
async function makeLog(
  status: (path: string, request: RequestInit) => Promise<number>,
  bytes = MORE_THAN_A_PIPE,
): Promise<void> {
  for (let written = 0; written < bytes; written += 20 * LINE_BYTES) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => status('/graphql', ANSWERED)));
    expect(new Set(answers)).toEqual(new Set([200]));
  }
}

describe('the log of start', () => {
  it('does not stop the server when its reader stands still, and says how many lines were dropped', async () => {
    const { child, exited, status } = await start('pipe');
    await makeLog(status, MORE_THAN_WAITS);
    expect(await status('/healthz')).toBe(200);
    let output = '';
    child.stdout?.on('data', (part) => {
      output += part;
    });
    await until(
      () => /"dropped":\d+/.test(output),
      () => `${output.length} characters were read`,
    );
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('does not keep a server from ending when its reader stands still', async () => {
    const { child, exited, status } = await start('pipe');
    await makeLog(status);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('does not stop the server when its disk is full', async () => {
    const full = openSync('/dev/full', 'w');
    const { child, exited, status, errors } = await start(full);
    closeSync(full);
    await makeLog(status);
    expect(await status('/healthz')).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(errors()).toBe('');
  });

  it('does not stop the server when its reader is gone', async () => {
    const { child, exited, status } = await start('pipe');
    child.stdout?.destroy();
    await makeLog(status);
    expect(await status('/healthz')).toBe(200);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
