import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { settingsOf } from '../support/api.js';
import { freePorts, runCommand } from '../support/command.js';
import { createTestDatabase, openSuperuser, type TestDatabase } from '../support/database.js';

const otherLogin = `other_${randomUUID().replaceAll('-', '')}`;
const PASSWORD = 'correct-horse';
let emulator: Emulator;
let database: TestDatabase;
let closedPort: number;

beforeAll(async () => {
  [emulator, database, closedPort] = await Promise.all([
    startEmulator({ ...emulatorSettings, port: 0 }),
    createTestDatabase(),
    freePorts(),
  ]);
  await asSuperuser(`create role ${otherLogin} login password '${PASSWORD}'`);
});
afterAll(async () => {
  await asSuperuser(`drop role ${otherLogin}`);
  await Promise.all([emulator.close(), database.drop()]);
});

async function asSuperuser(statement: string): Promise<void> {
  const client = await openSuperuser(database);
  await client.query(statement).finally(() => client.end());
}

/** Faults of an address, with words of the advice for each. */
const FAILURES: readonly (readonly [string, (url: URL) => void, RegExp])[] = [
  [
    'a refused connection',
    (url) => {
      url.port = String(closedPort);
    },
    /ECONNREFUSED.*Check host and port in/,
  ],
  [
    'a wrong password',
    (url) => {
      url.password = 'wrong';
    },
    /password authentication failed.*Check login and password in/,
  ],
  [
    'a missing database',
    (url) => {
      url.pathname = '/missing';
    },
    /does not exist.*Create the database/,
  ],
  [
    'a missing right',
    (url) => {
      url.username = otherLogin;
      url.password = PASSWORD;
    },
    /permission denied.*(gives the login|own the database)/,
  ],
  [
    'a password that was left out',
    (url) => {
      url.password = '';
    },
    /client password.*PostgreSQL wants a password/,
  ],
  [
    'TLS that PostgreSQL does not speak',
    (url) => {
      url.searchParams.set('sslmode', 'verify-full');
    },
    /does not support SSL.*take sslmode out/,
  ],
  [
    'a file of certificates that is not there',
    (url) => {
      url.searchParams.set('sslrootcert', join(tmpdir(), randomUUID()));
    },
    /ENOENT.*Check the path of that file/,
  ],
];

const CASES = (['start', 'migrate'] as const).flatMap((command) =>
  FAILURES.map(([name, change, expected]) => ({ command, name, change, expected })),
);

it.each(CASES)(
  '$command says in one line what to do about $name',
  async ({ command, change, expected }) => {
    const setting = command === 'start' ? 'DATABASE_URL' : 'DATABASE_MIGRATION_URL';
    const wrong = new URL(command === 'start' ? database.runtimeUrl : database.ownerUrl);
    change(wrong);
    const { code, output } = await runCommand([command], tmpdir(), {
      ...settingsOf(emulator),
      DATABASE_URL: database.runtimeUrl,
      DATABASE_MIGRATION_URL: database.ownerUrl,
      PORT: '0',
      [setting]: wrong.href,
    }).exited;
    const lines = output
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{'));
    expect({ code, lines }).toEqual({ code: 1, lines: [expect.stringMatching(expected)] });
    expect(lines[0]).toContain(`${setting}: `);
    expect(output).not.toContain(
      new URL(setting === 'DATABASE_URL' ? database.runtimeUrl : database.ownerUrl).password,
    );
    if (wrong.password) expect(output).not.toContain(wrong.password);
  },
  60_000,
);
