import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createNotifications, type Notifications } from '../../../src/database/notifications/notifications.js';
import { createTestDatabase, openSuperuser, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/sockets.js';

let database: TestDatabase;
let superuser: pg.Client;
const opened: Notifications[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = await openSuperuser(database);
});
afterEach(async () => {
  for (const notifications of opened.splice(0)) await notifications.close();
  await until(async () => (await connections()) === 0);
});
afterAll(async () => {
  await superuser.end();
  await database.drop();
});

function create(options: Partial<Parameters<typeof createNotifications>[0]> = {}): Notifications {
  const notifications = createNotifications({ url: database.runtimeUrl, channel: 'news', ...options });
  opened.push(notifications);
  return notifications;
}

/** A listener that records its notifications. */
function recorder() {
  const payloads: string[] = [];
  const errors: unknown[] = [];
  return {
    payloads,
    errors,
    onNotification: (payload: string) => void payloads.push(payload),
    onLost: (error: unknown) => void errors.push(error),
  };
}

const notify = (payload: string, channel = 'news') => superuser.query('select pg_notify($1, $2)', [channel, payload]);

const SERVERS = `from pg_stat_activity where datname = current_database() and application_name = 'entra-graphql news'`;
const connections = async () => (await superuser.query(`select ${SERVERS}`)).rowCount ?? 0;
const cut = () => superuser.query(`select pg_terminate_backend(pid) ${SERVERS}`);

describe('notifications', () => {
  it('reach every listener, and only those of the channel', async () => {
    const notifications = create();
    const [one, two] = [recorder(), recorder()];
    await notifications.listen(one);
    await notifications.listen(two);
    await notify('elsewhere', 'other');
    await notify('here');
    await until(() => one.payloads.length > 0 && two.payloads.length > 0);
    expect([one.payloads, two.payloads]).toEqual([['here'], ['here']]);
  });

  it('need one connection, opened for the first listener', async () => {
    const notifications = create();
    expect(await connections()).toBe(0);
    await Promise.all([recorder(), recorder(), recorder()].map(notifications.listen));
    expect(await connections()).toBe(1);
  });

  it('end for one listener alone', async () => {
    const notifications = create();
    const [one, two] = [recorder(), recorder()];
    const stop = await notifications.listen(one);
    await notifications.listen(two);
    stop();
    stop();
    await notify('late');
    await until(() => two.payloads.length > 0);
    expect(one.payloads).toEqual([]);
  });

  it('come on a channel of any name', async () => {
    const channel = 'Ne"ws';
    const listener = recorder();
    await create({ channel }).listen(listener);
    await notify('quoted', channel);
    await until(() => listener.payloads.length > 0);
  });

  it('tell listeners when the connection is lost, once', async () => {
    const listener = recorder();
    await create().listen(listener);
    await cut();
    await until(() => listener.errors.length > 0);
    await notify('missed');
    expect(listener.errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    expect(listener.payloads).toEqual([]);
  });

  it('open another connection for the next listener after a loss', async () => {
    const notifications = create();
    const [lost, next] = [recorder(), recorder()];
    await notifications.listen(lost);
    await cut();
    await until(() => lost.errors.length > 0);
    await notifications.listen(next);
    await notify('again');
    await until(() => next.payloads.length > 0);
    expect(await connections()).toBe(1);
  });

  it('find out by themselves that the database answers no more', async () => {
    const listener = recorder();
    await create({ limits: { ...defaultLimits, notificationHeartbeatMs: 20 } }).listen(listener);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(listener.errors).toEqual([]);
    await cut();
    await until(() => listener.errors.length > 0);
    expect(listener.errors).toHaveLength(1);
  });

  it('reject a listener when the database cannot be reached, and ask it again for the next one', async () => {
    const notifications = create({ url: 'postgres://nobody:nothing@127.0.0.1:9/none' });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(notifications.listen(recorder())).rejects.toMatchObject({
        extensions: { code: 'SERVICE_UNAVAILABLE' },
      });
    }
  });

  it('end for all when they are closed', async () => {
    const notifications = create();
    const listener = recorder();
    await notifications.listen(listener);
    await notifications.close();
    await until(() => listener.errors.length === 1);
    await expect(notifications.listen(recorder())).rejects.toMatchObject({
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    });
  });

  it('can be closed while they connect', async () => {
    const notifications = create();
    const listening = notifications.listen(recorder());
    await notifications.close();
    await listening.catch(() => undefined);
    await until(async () => (await connections()) === 0);
  });

  it('can be closed without any listener', async () => {
    await create().close();
  });
});
