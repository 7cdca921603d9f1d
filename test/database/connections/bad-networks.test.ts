import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { createNotifications, type Notifications } from '../../../src/database/notifications/notifications.js';
import { type CallerDatabase, createCallerDatabase } from '../../../src/database/transactions/caller-database.js';
import { createExpenses } from '../../../src/expenses/expenses.js';
import { callerOf } from '../../support/callers.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { openRelay, type Relay } from '../../support/network/relay.js';

const unavailable = { extensions: { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 5 } };

let database: TestDatabase;
let relay: Relay;
let connections: Connections | undefined;
let notifications: Notifications | undefined;
const opened: CallerDatabase<Record<string, never>>[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await relay.close();
  for (const one of opened.splice(0)) await one.dispose();
  await notifications?.close();
  await connections?.close();
  connections = undefined;
  notifications = undefined;
});
afterAll(() => database.drop());

function openDatabase(caller: Caller | undefined): CallerDatabase<Record<string, never>> {
  if (!connections) throw new TypeError('The connections have to be created first');
  const made = createCallerDatabase<Record<string, never>>(connections, caller);
  opened.push(made);
  return made;
}

/** Given up on by the driver alone, each of these would last 10 seconds and more. */
const SOON_MS = 6_000;

it(
  'a network that drops packets: the next request gives up, and so does the question whether all is well',
  async () => {
    relay = await openRelay(database.runtimeUrl);
    connections = createConnections({ url: relay.url });
    const before = openDatabase(callerOf('erin'));
    await sql`select`.execute(before.kysely);
    await before.dispose();
    await connections.ping();
    relay.swallow();
    const after = openDatabase(callerOf('erin'));
    await expect(sql`select`.execute(after.kysely)).rejects.toMatchObject(unavailable);
    await expect(connections.ping()).rejects.toMatchObject(unavailable);
  },
  3 * SOON_MS,
);

it(
  'a network that drops packets while a statement runs: the statement is given up',
  async () => {
    relay = await openRelay(database.runtimeUrl);
    connections = createConnections({ url: relay.url });
    const one = openDatabase(callerOf('erin'));
    await sql`select`.execute(one.kysely);
    const startedAt = performance.now();
    const asked = sql`select pg_sleep(9)`.execute(one.kysely);
    relay.swallow();
    await expect(asked).rejects.toMatchObject(unavailable);
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
  },
  3 * SOON_MS,
);

it(
  'a network that drops packets: subscribers get an error',
  async () => {
    relay = await openRelay(database.runtimeUrl);
    const listening = createNotifications({ url: relay.url, channel: 'news' });
    notifications = listening;
    const lost = new Promise((resolve) => {
      void listening.listen({ onNotification: () => undefined, onLost: resolve }).then(() => relay.swallow());
    });
    expect(await lost).toMatchObject(unavailable);
  },
  3 * SOON_MS,
);

it(
  'a slow statement on a network that lives is not given up',
  async () => {
    relay = await openRelay(database.runtimeUrl);
    connections = createConnections({ url: relay.url });
    const one = openDatabase(callerOf('erin'));
    await expect(sql`select pg_sleep(4)`.execute(one.kysely)).resolves.toBeDefined();
  },
  3 * SOON_MS,
);

it(
  'a pooler in transaction mode: the start says that events would be lost, and a direct address mends it',
  async () => {
    relay = await openRelay(database.runtimeUrl, { losesNotifications: true });
    await expect(createExpenses({ url: relay.url })).rejects.toMatchObject({
      name: 'DatabaseSetupError',
      message: expect.stringContaining('DATABASE_LISTEN_URL'),
    });
    const expenses = await createExpenses({ url: relay.url, listenUrl: database.runtimeUrl });
    await expenses.close();
    // Poolers refuse to start a connection with settings that they do not know.
    for (const startup of relay.startups) expect(startup).not.toMatch(/timeout|options/);
  },
  3 * SOON_MS,
);

it('anonymous callers have every setting of a caller, set to nothing over what the session has', async () => {
  relay = await openRelay(database.runtimeUrl);
  connections = createConnections({ url: relay.url, poolSize: 1 });
  await connections.pool.query(
    "select set_config('entra.kind', 'member', false), set_config('entra.roles', '[\"Expenses.Auditor\"]', false)",
  );
  const anonymous = openDatabase(undefined);
  const { rows } =
    await sql`select current_setting('entra.kind', true) as kind, current_setting('entra.roles', true) as roles`.execute(
      anonymous.kysely,
    );
  expect(rows).toEqual([{ kind: '', roles: '' }]);
});
