import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { createPool } from '../../../src/database/connections/pool.js';
import { inOwnerTransaction } from '../../../src/database/setup/owner-transaction.js';

const { databaseAnswerSeconds, ownerConnectionSeconds } = defaultLimits;

it.each<[string, number, (url: string) => Promise<unknown>]>([
  ['the server', databaseAnswerSeconds, (url) => createPool({ url }).connect()],
  ['its owner', ownerConnectionSeconds, (url) => inOwnerTransaction({ migrationUrl: url }, String, async () => {})],
])('a silent database has the time of the table to take a connection of %s', async (_whose, seconds, connect) => {
  const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const taken = once(silent, 'connection');
  const { port } = silent.address() as AddressInfo;
  const onFailure = vi.fn();
  const connecting = connect(`postgres://api:secret@127.0.0.1:${port}/api`).catch(onFailure);
  await taken;
  await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
  expect(onFailure).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await connecting;
  expect(onFailure).toHaveBeenCalledOnce();
});

/** A pool of the test's PostgreSQL with one connection. Its times begin after this, and end when the test says so. */
async function connectAtFakeTime() {
  const pool = createPool({ url: inject('postgres').superuserUrl });
  onTestFinished(() => pool.end());
  const client = await pool.connect();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  return { pool, client };
}

it('a statement that nothing watches has the time of its operation and so much more; its connection is closed', async () => {
  const { statementSeconds, operationSeconds, unwatchedStatementMs } = defaultLimits;
  const { pool, client } = await connectAtFakeTime();
  client.release();
  let reason: unknown;
  const asked = pool.query('select pg_sleep(2)').catch((error: unknown) => {
    reason = error;
  });
  await setImmediate();
  vi.advanceTimersByTime(Math.max(statementSeconds, operationSeconds) * 1000 + unwatchedStatementMs - 1);
  await setImmediate();
  expect([reason, pool.totalCount]).toEqual([undefined, 1]);
  vi.advanceTimersByTime(1);
  await asked;
  expect([reason, pool.totalCount]).toEqual([new Error('Query read timeout'), 0]);
});

it('an unused connection is kept for the time of the table', async () => {
  const { pool, client } = await connectAtFakeTime();
  client.release();
  vi.advanceTimersByTime(defaultLimits.idleConnectionSeconds * 1000 - 1);
  expect(pool.totalCount).toBe(1);
  vi.advanceTimersByTime(1);
  expect(pool.totalCount).toBe(0);
});

it.each([
  '2026-03-01 12:00:00+00',
  '2026-03-01 12:00:00.029999+00',
  '0099-03-01 12:00:00+00',
  '10026-03-01 12:00:00.5+00',
  '294276-12-31 23:59:59+00',
  '2026-03-01 12:00:00-03:30',
  '0044-03-15 12:00:00+00 BC',
  'infinity',
])('a time is read as the driver reads it: %s', async (text) => {
  const pool = createPool({ url: 'postgres://api:secret@127.0.0.1:9/api' });
  await pool.end();
  const { TIMESTAMPTZ } = pg.types.builtins;
  expect(pool.options.types?.getTypeParser(TIMESTAMPTZ)(text)).toEqual(pg.types.getTypeParser(TIMESTAMPTZ)(text));
});
