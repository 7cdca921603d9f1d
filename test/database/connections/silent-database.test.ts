import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { checkNotifications } from '../../../src/database/notifications/check-notifications.js';
import { createNotifications, type Notifications } from '../../../src/database/notifications/notifications.js';
import { createResourceDatabase } from '../../../src/database/resource-database.js';
import { type CallerDatabase, createCallerDatabase } from '../../../src/database/transactions/caller-database.js';
import { callerOf } from '../../support/callers.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { openRelay, type Relay } from '../../support/network/relay.js';

// What ends how long after the database falls silent. Only timers are replaced: the connections are real.

let database: TestDatabase;
let relay: Relay;
let connections: Connections;
let notifications: Notifications;

async function openThrough(options: Parameters<typeof openRelay>[1] = {}): Promise<void> {
  relay = await openRelay(database.runtimeUrl, options);
  connections = createConnections({ url: relay.url });
  notifications = createNotifications({ url: relay.url, channel: 'news' });
}

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await relay.close();
  await notifications.close();
  await connections.close();
});
afterAll(() => database.drop());

/** Returns what a promise has come to by now. */
function outcomeOf(promise: Promise<unknown>): { value: unknown } {
  const outcome: { value: unknown } = { value: 'pending' };
  promise.then(
    () => Object.assign(outcome, { value: 'fulfilled' }),
    (error: unknown) => Object.assign(outcome, { value: error }),
  );
  return outcome;
}

/** Lets the given time pass but for one millisecond, checks that nothing has happened, and lets that pass too. */
async function passes(ms: number, outcome: { readonly value: unknown }): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms - 1);
  expect(outcome.value).toBe('pending');
  await vi.advanceTimersByTimeAsync(1);
}

describe('a silent database', () => {
  it('has statementLookMs to say whether a statement still runs', async () => {
    await openThrough();
    expect(await connections.isBusy(1)).toBe(false);
    relay.swallow();
    const look = outcomeOf(connections.isBusy(1));
    await passes(defaultLimits.statementLookMs, look);
    expect(look.value).toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
  });

  it('has notificationAnswerMs to answer on the connection for notifications', async () => {
    await openThrough();
    let lose: (error: unknown) => void = () => undefined;
    const lost = outcomeOf(new Promise((_resolve, reject) => (lose = reject)));
    await notifications.listen({ onNotification: () => undefined, onLost: (error) => lose(error) });
    relay.swallow();
    await vi.advanceTimersByTimeAsync(defaultLimits.notificationHeartbeatMs);
    await passes(defaultLimits.notificationAnswerMs, lost);
    expect(lost.value).toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
  });

  it('has notificationTestSeconds to deliver the notification of the start', async () => {
    await openThrough({ losesNotifications: true });
    const { pool } = connections;
    const sent = new Promise((resolve) => {
      const query = pool.query.bind(pool);
      Object.assign(pool, {
        query: (text: string, values: unknown[]) => query(text, values).finally(() => resolve(0)),
      });
    });
    const started = outcomeOf(checkNotifications(pool, notifications, 'news', defaultLimits));
    await sent;
    await passes(defaultLimits.notificationTestSeconds * 1000, started);
    expect(started.value).toMatchObject({ name: 'DatabaseSetupError' });
  });
});

describe('connections that the network has forgotten', () => {
  const opened: CallerDatabase<Record<string, never>>[] = [];
  function openRequest(through = connections): CallerDatabase<Record<string, never>> {
    const request = createCallerDatabase<Record<string, never>>(through, callerOf('erin'));
    opened.push(request);
    return request;
  }
  const ask = async ({ kysely }: Pick<CallerDatabase<Record<string, never>>, 'kysely'>) =>
    (await sql`select 1 as one`.execute(kysely)).rows;
  afterEach(async () => {
    for (const request of opened.splice(0)) await request.dispose();
  });

  it('are left by all who wait for one to begin a transaction, as soon as a new one has begun one', async () => {
    await openThrough();
    const signal = new AbortController().signal;
    const leases = await Promise.all([1, 2, 3].map(() => connections.take('shared', signal)));
    for (const lease of leases) lease.release(false);
    relay.forgetConnections();
    const finding = outcomeOf(ask(openRequest()));
    await vi.advanceTimersByTimeAsync(1_000);
    const reading = ask(openRequest());
    let works = 0;
    const changing = openRequest().write(async (inside) => {
      works += 1;
      return Promise.all([ask(inside), ask(inside)]);
    });
    while (finding.value === 'pending') await vi.advanceTimersByTimeAsync(100);
    expect(finding.value).toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
    await ask(openRequest());
    expect(await reading).toEqual([{ one: 1 }]);
    expect(await changing).toEqual([[{ one: 1 }], [{ one: 1 }]]);
    expect(works).toBe(1);
  });

  it('are left by questions about others, so that slow statements on new ones are not given up', async () => {
    await openThrough();
    vi.useRealTimers();
    await connections.ping();
    relay.forgetConnections();
    const sleep = () => sql`select pg_sleep(3)`.execute(openRequest().kysely);
    await expect(Promise.all([sleep(), sleep()])).resolves.toHaveLength(2);
    await expect(connections.ping()).resolves.toBeUndefined();
  });

  it('are left by the access record as soon as a request has found one of its own', async () => {
    await openThrough();
    const resource = createResourceDatabase({ url: relay.url, folders: [] });
    onTestFinished(() => resource.close());
    const access = { coordinate: 'A.b', reason: 'R', outcome: 'GRANTED', rows: [], operation: undefined } as const;
    const record = () => resource.recordAccess(access, { caller: callerOf('erin'), database: openRequest() });
    (await resource.connections.take('shared', new AbortController().signal)).release(false);
    await Promise.all([record(), vi.advanceTimersByTimeAsync(defaultLimits.accessGatherMs)]);
    relay.forgetConnections();
    const finding = outcomeOf(ask(openRequest(resource.connections)));
    while (finding.value === 'pending') await vi.advanceTimersByTimeAsync(100);
    expect(finding.value).toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
    vi.useRealTimers();
    await expect(record()).resolves.toBeUndefined();
  });
});
