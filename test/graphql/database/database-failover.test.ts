import { randomUUID } from 'node:crypto';
import { chown, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import { migrate } from '../../../src/database/setup/migrate.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/development/postgres/embedded-postgres.js';
import { dataFolder } from '../../../src/development/postgres/server-data.js';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { createExpenses } from '../../../src/expenses/expenses.js';
import { expensesMigrations } from '../../../src/expenses/migration-folder.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { seed } from '../../../src/expenses/sample-data/seed.js';
import { settingsOf } from '../../support/api.js';
import { loadTestConfig } from '../../support/config.js';
import { openSuperuser } from '../../support/database.js';
import { openClient, subscribeTo, tokenOf, until } from '../../support/sockets.js';

const folder = join(tmpdir(), `entra-graphql-failover-${randomUUID()}`);
const logs: Record<string, unknown>[] = [];
let postgres: EmbeddedPostgres;
let emulator: Emulator;
let app: FastifyInstance;

beforeAll(async () => {
  [postgres, emulator] = await Promise.all([start(), startEmulator({ ...emulatorSettings, port: 0 })]);
  await migrate({ migrationUrl: postgres.ownerUrl, runtimeUrl: postgres.runtimeUrl, folders: [expensesMigrations] });
  await seed(postgres.ownerUrl);
  const environment = {
    ...settingsOf(emulator),
    DATABASE_URL: postgres.runtimeUrl,
    PORT: '0',
  };
  app = await createApp(loadTestConfig(environment), {
    logger: { level: 'debug', stream: { write: (line: string) => void logs.push(JSON.parse(line)) } },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await app?.close();
  await Promise.all([emulator?.close(), postgres?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

function start(port?: number): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ projectFolder: process.cwd(), folder, durable: false, ...(port && { port }) });
}

/** @param change of the data folder while PostgreSQL is stopped */
async function restart(change: () => Promise<unknown>): Promise<void> {
  const port = Number(new URL(postgres.runtimeUrl).port);
  await postgres.stop();
  await change();
  postgres = await start(port);
}

const STANDBY_SIGNAL = join(dataFolder(folder), 'standby.signal');

async function becomeStandby(): Promise<void> {
  await writeFile(STANDBY_SIGNAL, '');
  const { uid, gid } = await stat(dataFolder(folder));
  await chown(STANDBY_SIGNAL, uid, gid);
}

async function asSuperuser(...statements: string[]): Promise<void> {
  const client = await openSuperuser(postgres);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function codesOf(query: string): Promise<string[]> {
  const response = await app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization: `Bearer ${await emulator.issueAccessToken('erin')}` },
    payload: { query },
  });
  const { errors = [] } = response.json();
  return errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code);
}

const read = () => codesOf('{ expenseReports(first: 1) { totalCount } }');
const write = () =>
  codesOf(
    'mutation { createExpenseReport(input: { title: "Trip", currency: "EUR", items: [] }) { expenseReport { id } } }',
  );
const isReady = async () => (await app.inject('/readyz')).statusCode === 200;
/** The pool and the connection of /readyz may be in the middle of finding out. */
const isServing = async () => (await isReady()) && (await read()).length === 0 && (await write()).length === 0;

async function expectReadOnly(): Promise<void> {
  await until(async () => (await read()).length === 0);
  await until(async () => (await write()).join() === 'SERVICE_UNAVAILABLE');
  await until(async () => !(await isReady()));
  expect((await app.inject('/readyz')).json().checks).toMatchObject({ database: 'unavailable' });
  expect(await read()).toEqual([]);
}

describe('a database that takes no writes', () => {
  it('because it is a hot standby is not ready: reads are served and changes get 503 with Retry-After', async () => {
    await until(isServing);
    await restart(becomeStandby);
    await expectReadOnly();
    // A replica of this server does not start, and says why.
    await expect(createExpenses({ url: postgres.runtimeUrl })).rejects.toMatchObject({
      name: 'DatabaseSetupError',
      message: expect.stringMatching(/DATABASE_URL: .*read only: name the primary/),
    });
    await restart(() => rm(STANDBY_SIGNAL));
    await until(isServing);
  });

  it('because an operator has set it to read only is not ready, until it takes writes again', async () => {
    await asSuperuser('alter system set default_transaction_read_only = on', 'select pg_reload_conf()');
    await expectReadOnly();
    await asSuperuser(
      'set default_transaction_read_only = off',
      'alter system reset default_transaction_read_only',
      'select pg_reload_conf()',
    );
    await until(isServing);
  });
});

it('nothing that the log says of an outage holds an object or a secret of the driver', async () => {
  const client = openClient(
    `${app.listeningOrigin.replace('http:', 'ws:')}/graphql`,
    await tokenOf({ emulator }, 'erin'),
  );
  const events = await subscribeTo(client, { logs }, 'subscription { expenseReportChanged { id } }');
  const lost = events.next().catch(() => 'lost');
  await restart(async () => {
    await Promise.all([read(), write(), isReady()]);
  });
  await lost;
  await until(isServing);
  client.terminate();
  const lines = JSON.stringify(logs);
  expect(lines).toContain('the database is unavailable');
  const password = new URL(postgres.runtimeUrl).password;
  for (const secret of ['secretKey', 'processID', '_connected', 'connectionParameters', 'activeQuery', password]) {
    expect(lines).not.toContain(secret);
  }
});
