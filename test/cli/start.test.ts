import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { settingsOf } from '../support/api.js';
import { freePorts, runCommand, until } from '../support/command.js';
import { openSuperuser } from '../support/database.js';

const name = `start_${randomUUID().replaceAll('-', '')}`;
let emulator: Emulator;
let settings: Record<string, string>;

const superuser = async (statement: string) => {
  const client = await openSuperuser(inject('postgres'));
  await client.query(statement).finally(() => client.end());
};

beforeAll(async () => {
  const { ownerUrl, runtimeUrl } = inject('postgres');
  emulator = await startEmulator(emulatorSettings);
  await superuser(`create database ${name} owner ${new URL(ownerUrl).username}`);
  settings = {
    ...settingsOf(emulator),
    DATABASE_URL: inDatabase(runtimeUrl),
    DATABASE_MIGRATION_URL: inDatabase(ownerUrl),
    PORT: String(await freePorts()),
  };
});
afterAll(async () => {
  await superuser(`drop database ${name} with (force)`);
  await emulator.close();
});

const run = (words: string[], changes: Record<string, string> = {}) =>
  runCommand(words, tmpdir(), { ...settings, ...changes });

describe('entra-graphql start', () => {
  it('says line by line which settings are missing', { timeout: 90_000 }, async () => {
    const { code, output } = await runCommand(['start'], tmpdir(), {}).exited;
    expect(code).toBe(1);
    const lines = output.trim().split('\n');
    expect(lines.slice(1).map((line) => line.split(':')[0])).toEqual([
      'ENTRA_TENANT_ID',
      'ENTRA_CLIENT_ID',
      'DATABASE_URL',
    ]);
  });

  it('needs the migrations, which "migrate" applies once; then it serves until it is asked to stop', {
    timeout: 120_000,
  }, async () => {
    const early = await run(['start']).exited;
    expect(early).toMatchObject({ code: 1, output: expect.stringMatching(/Run ".*main\.js migrate"/) });

    const first = await run(['migrate']).exited;
    expect(first).toMatchObject({ code: 0, output: expect.stringMatching(/^Applied: /) });
    const second = await run(['migrate']).exited;
    expect(second).toMatchObject({ code: 0, output: expect.stringContaining('up to date') });

    const server = run(['start']);
    const address = `http://127.0.0.1:${settings.PORT}`;
    await until(async () => (await fetch(`${address}/readyz`).catch(() => undefined))?.status === 200, server.output);
    expect(await landingPage(address)).toBe(false);
    expect(await introspection(address)).toBe(401);
    server.signal('SIGTERM');
    expect((await server.exited).code).toBe(0);
  });

  it('refuses a database login that owns the tables', async () => {
    const { code, output } = await run(['start'], { DATABASE_URL: settings.DATABASE_MIGRATION_URL ?? '' }).exited;
    expect(code).toBe(1);
    expect(output).toContain('row-level security');
  });

  it('names the port that is in use', async () => {
    const busy = new URL(emulator.instance).port;
    const { code, output } = await run(['start'], { PORT: busy }).exited;
    expect(code).toBe(1);
    expect(output).toContain(`Port ${busy} is already in use`);
  });

  it.each([
    ['an address of another machine', '192.0.2.1', 'HOST: the server cannot listen on 192.0.2.1 (EADDRNOTAVAIL).'],
    ['a name without an address', 'nohost.invalid', 'HOST: the name nohost.invalid cannot be looked up ('],
  ])('says what to do about %s, in one line', async (_name, HOST, line) => {
    const { code, output } = await run(['start'], { HOST }).exited;
    const advice = output.split('\n').filter((text) => text !== '' && !text.startsWith('{'));
    expect({ code, advice }).toEqual({ code: 1, advice: [expect.stringContaining(line)] });
    expect(advice[0]).toContain('0.0.0.0 for all');
  });
});

describe('how graphql-js runs', () => {
  const around = fileURLToPath(new URL('../support/processes/main-and-checks.mjs', import.meta.url));
  it.each([
    ['start', {}, 'production'],
    ['start', { NODE_ENV: '' }, 'production'],
    ['start', { NODE_ENV: 'production' }, 'production'],
    ['start', { NODE_ENV: 'development' }, 'development'],
    ['permissions', {}, 'development'],
  ])('%s with %o: for %s', async (command, settings, expected) => {
    const { output } = await runCommand([command], tmpdir(), settings, { around }).exited;
    expect(output.trim().split('\n').at(-1)).toBe(`graphql-js: ${expected}`);
  });

  it('http: for the identity provider stays possible where no NODE_ENV is given', async () => {
    const changes = { PORT: new URL(emulator.instance).port };
    expect((await run(['start'], changes).exited).output).not.toContain('ENTRA_INSTANCE');
    expect((await run(['start'], { ...changes, NODE_ENV: 'production' }).exited).output).toContain('ENTRA_INSTANCE');
  });
});

describe('what V8 takes for long-lived', () => {
  it('is never decided by where objects are made', async () => {
    const around = fileURLToPath(new URL('../support/processes/main-and-new-objects.mjs', import.meta.url));
    const { output } = await runCommand(['start'], tmpdir(), {}, { around }).exited;
    expect(output.trim().split('\n').at(-1)).toBe('new objects: young');
  });
});

describe('entra-graphql migrate', () => {
  it('says which setting is missing', async () => {
    const { code, output } = await run(['migrate'], { DATABASE_MIGRATION_URL: '' }).exited;
    expect(code).toBe(1);
    expect(output).toContain('DATABASE_MIGRATION_URL: missing');
  });
});

/** Whether a browser gets a page. */
async function landingPage(address: string): Promise<boolean> {
  const response = await fetch(`${address}/graphql`, { headers: { accept: 'text/html' } });
  return (response.headers.get('content-type') ?? '').includes('text/html');
}

async function introspection(address: string): Promise<number> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ __schema { queryType { name } } }' }),
  });
  return response.status;
}

function inDatabase(url: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
