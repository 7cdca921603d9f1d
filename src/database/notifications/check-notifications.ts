import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Limits } from '../../config/limits.js';
import { DatabaseSetupError } from '../database-errors.js';
import { toDatabaseError } from '../driver-errors.js';
import type { Notifications } from './notifications.js';

/**
 * Sends a notification over the pool and waits for it. Behind a pooler in transaction mode LISTEN succeeds but nothing ever
 * arrives. Subscribers would miss every event without a sign.
 *
 * @throws DatabaseSetupError when it does not arrive. DatabaseUnavailableError
 */
export async function checkNotifications(
  pool: pg.Pool,
  notifications: Pick<Notifications, 'listen'>,
  channel: string,
  { notificationTestSeconds }: Pick<Limits, 'notificationTestSeconds'>,
): Promise<void> {
  const mark = `check ${randomUUID()}`;
  const arrival = createArrival();
  const stop = await notifications.listen({
    onNotification: (payload) => payload === mark && arrival.resolve(true),
    onLost: arrival.reject,
  });
  const timer = setTimeout(() => arrival.resolve(false), notificationTestSeconds * 1000);
  try {
    await pool.query('select pg_notify($1, $2)', [channel, mark]);
    if (!(await arrival.promise)) throw new DatabaseSetupError([LOST]);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    clearTimeout(timer);
    stop();
  }
}

const LOST =
  'A notification of the database did not arrive, so subscriptions would miss every event. Is a connection pooler such as PgBouncer in transaction mode in between? Set DATABASE_LISTEN_URL to the same database without the pooler.';

function createArrival() {
  let resolve: (hasArrived: boolean) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<boolean>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // The sending may fail first. This promise then has no other handler.
  promise.catch(() => undefined);
  return { promise, resolve: (arrived: boolean) => resolve(arrived), reject: (error: unknown) => reject(error) };
}
