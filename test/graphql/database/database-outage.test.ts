import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import { migrate } from '../../../src/database/setup/migrate.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/development/postgres/embedded-postgres.js';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { expensesMigrations } from '../../../src/expenses/migration-folder.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { seed } from '../../../src/expenses/sample-data/seed.js';
import { settingsOf } from '../../support/api.js';
import { loadTestConfig } from '../../support/config.js';
import { openSuperuser } from '../../support/database.js';
import { openClient, type SocketClient, socketUrl, subscribeTo } from '../../support/sockets.js';

const folder = join(tmpdir(), `entra-graphql-outage-${randomUUID()}`);
let postgres: EmbeddedPostgres;
let door: Door;
let emulator: Emulator;
let app: FastifyInstance;
/** A replica that stays in service without the database. */
let patient: FastifyInstance;
let client: SocketClient | undefined;
const logs: Record<string, unknown>[] = [];
const METRICS_TOKEN = 'a-token-of-twenty-four-characters';

beforeAll(async () => {
  [postgres, emulator, door] = await Promise.all([start(), startEmulator(emulatorSettings), openDoor()]);
  await migrate({ migrationUrl: postgres.ownerUrl, runtimeUrl: postgres.runtimeUrl, folders: [expensesMigrations] });
  await seed(postgres.ownerUrl);
  door.leadTo(portOf(postgres));
  const environment = {
    ...settingsOf(emulator),
    DATABASE_URL: postgres.runtimeUrl.replace(`:${portOf(postgres)}/`, `:${door.port}/`),
  };
  app = await createApp(loadTestConfig(environment));
  patient = await createApp(
    loadTestConfig({ ...environment, READY_WITHOUT_DATABASE_SECONDS: '300', METRICS_TOKEN, PORT: '0' }),
    { logger: { level: 'debug', stream: { write: (line: string) => void logs.push(JSON.parse(line)) } } },
  );
});
afterAll(async () => {
  await client?.dispose();
  await Promise.all([app?.close(), patient?.close()]);
  await Promise.all([emulator?.close(), door?.close(), postgres?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

it('stopping PostgreSQL gives field errors and /readyz 503; all recovers when it returns', async () => {
  expect(await ask()).toEqual({ status: 200, codes: [], hasReports: true });
  expect((await app.inject('/readyz')).statusCode).toBe(200);

  await postgres.stop();
  expect(await ask()).toEqual({ status: 200, codes: ['SERVICE_UNAVAILABLE'], hasReports: false });
  expect((await app.inject('/readyz')).statusCode).toBe(503);
  expect((await app.inject('/readyz')).json().checks).toEqual({ database: 'unavailable', signingKeys: 'ready' });
  expect((await app.inject('/healthz')).statusCode).toBe(200);

  postgres = await start();
  door.leadTo(portOf(postgres));
  expect(await ask()).toEqual({ status: 200, codes: [], hasReports: true });
  expect((await app.inject('/readyz')).statusCode).toBe(200);
});

it('a replica with READY_WITHOUT_DATABASE_SECONDS stays in service, serves what it can, and serves all at once when it is back', async () => {
  expect((await patient.inject('/readyz')).json().status).toBe('ready');
  const url = await socketUrl({ app: patient });
  client = openClient(url, await emulator.issueAccessToken('erin'));
  const subscription = await subscribeTo(client, { logs }, CHANGES);
  const ended = subscription.next().then(
    () => 'event',
    () => 'ended',
  );

  await postgres.stop();
  expect(await ask(patient)).toEqual({ status: 200, codes: ['SERVICE_UNAVAILABLE'], hasReports: false });
  const degraded = await patient.inject('/readyz');
  expect([degraded.statusCode, degraded.json()]).toEqual([
    200,
    { status: 'degraded', checks: { database: 'unavailable', signingKeys: 'ready' } },
  ]);
  expect(await readyGauge()).toEqual(['database 0', 'signingKeys 1']);
  expect(logs.filter(({ msg }) => msg === 'not ready: in service without it for a time')).toHaveLength(1);
  // Clients of graphql-ws connect again after this code, and read again what they show.
  expect(await ended).toBe('ended');
  expect(client.closed.map(({ code }) => code)).toEqual([1013]);

  postgres = await start();
  door.leadTo(portOf(postgres));
  expect(await ask(patient)).toEqual({ status: 200, codes: [], hasReports: true });
  expect((await patient.inject('/readyz')).json().status).toBe('ready');
  expect(await readyGauge()).toEqual(['database 1', 'signingKeys 1']);
  client = openClient(url, await emulator.issueAccessToken('erin'));
  const again = await subscribeTo(client, { logs }, CHANGES);
  const event = again.next();
  await change('Told after the outage');
  expect((await event).value?.data.expenseReportChanged).toEqual({ title: 'Told after the outage' });
});

const CHANGES = 'subscription { expenseReportChanged { title } }';

async function change(title: string): Promise<void> {
  const superuser = await openSuperuser({ superuserUrl: inDatabaseOf(postgres.superuserUrl, postgres.ownerUrl) });
  await superuser.query(
    `update expense_reports set title = $1 where id = (
       select report.id from expense_reports as report join employees on employees.id = author_id
       where employees.name = 'Erin Engel' and deleted_at is null and status = 'DRAFT' limit 1)`,
    [title],
  );
  await superuser.end();
}

function inDatabaseOf(url: string, other: string): string {
  return Object.assign(new URL(url), { pathname: new URL(other).pathname }).href;
}

async function readyGauge(): Promise<string[]> {
  const { body } = await patient.inject({ url: '/metrics', headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  return [...body.matchAll(/dependency_ready\{dependency="(\w+)"\} (\d)/g)].map(
    ([, name, value]) => `${name} ${value}`,
  );
}

async function ask(server = app) {
  const response = await server.inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization: `Bearer ${await emulator.issueAccessToken('erin')}` },
    payload: { query: '{ me { objectId } expenseReports(first: 1) { totalCount } }' },
  });
  const { data, errors = [] } = response.json();
  expect(data.me.objectId).toBeTypeOf('string');
  return {
    status: response.statusCode,
    codes: errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code),
    hasReports: data.expenseReports !== null,
  };
}

function start(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ projectFolder: process.cwd(), folder, durable: false });
}

function portOf({ runtimeUrl }: EmbeddedPostgres): number {
  return Number(new URL(runtimeUrl).port);
}

/** One address for a PostgreSQL that comes back on another port: a plain TCP relay. */
interface Door {
  readonly port: number;
  leadTo(port: number): void;
  close(): Promise<void>;
}

function openDoor(): Promise<Door> {
  let target = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((inside) => {
    const outside = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: address !== null && typeof address === 'object' ? address.port : 0,
        leadTo: (port) => {
          target = port;
        },
        close: async () => {
          for (const socket of sockets) socket.destroy();
          server.close();
        },
      });
    });
  });
}
