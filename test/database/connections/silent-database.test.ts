import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { checkNotifications } from '../../../src/database/notifications/check-notifications.js';
import { createNotifications, type Notifications } from '../../../src/database/notifications/notifications.js';
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
