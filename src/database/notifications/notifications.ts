import pg from 'pg';
import { defaultLimits, type Limits } from '../../config/limits.js';
import { clientClass } from '../connections/client-class.js';
import type { DatabasePassword } from '../connections/entra-password.js';
import type { DatabaseFailureReport } from '../connections/failure-report.js';
import { DatabaseUnavailableError } from '../database-errors.js';

/** Subscriber to a channel. Neither function may throw. */
export interface NotificationListener {
  onNotification(payload: string): void;
  /** The connection broke. Everything sent since is lost and nothing more will come. */
  onLost(error: unknown): void;
}

/** Notifications that NOTIFY sends on one channel of the database. */
export interface Notifications {
  /**
   * Resolves once everything sent from now on will arrive.
   *
   * @returns function that ends it and is safe to call twice
   * @throws DatabaseUnavailableError
   */
  listen(listener: NotificationListener): Promise<() => void>;
  /** Loses every listener. Never rejects. */
  close(): Promise<void>;
}

export interface NotificationsOptions {
  /**
   * As `DATABASE_LISTEN_URL`. A connection pooler in between must not be in transaction mode because that does not support
   * LISTEN.
   */
  readonly url: string;
  /** Password of the connection, as for a pool. */
  readonly password?: DatabasePassword | undefined;
  readonly channel: string;
  /** Receives the error of a lost connection. */
  readonly failures?: DatabaseFailureReport;
  readonly limits?: Pick<Limits, 'databaseAnswerSeconds' | 'notificationHeartbeatMs' | 'notificationAnswerMs'>;
}

/**
 * Creates the notifications, with one connection for all listeners. The first listener opens the connection. A lost
 * connection is not reopened silently, because its listeners may have missed something. `onLost` of each listener is called.
 * The next listener opens another connection.
 */
export function createNotifications(options: NotificationsOptions): Notifications {
  const listeners = new Set<NotificationListener>();
  let connection: Promise<Connection> | undefined;
  let isClosed = false;

  const lose = (error: unknown) => {
    connection = undefined;
    if (!isClosed) options.failures?.note(error, options.url);
    const lost = [...listeners];
    listeners.clear();
    for (const listener of lost) listener.onLost(new DatabaseUnavailableError(error));
  };
  const open = () => {
    const opening = connect(options, {
      onNotification: (payload) => {
        for (const listener of listeners) listener.onNotification(payload);
      },
      onLost: lose,
    });
    opening.catch(() => {
      connection = undefined;
    });
    return opening;
  };

  return {
    async listen(listener) {
      if (isClosed) throw new DatabaseUnavailableError(new Error('The server is stopping'));
      listeners.add(listener);
      try {
        connection ??= open();
        await connection;
      } catch (error) {
        listeners.delete(listener);
        options.failures?.note(error, options.url);
        throw new DatabaseUnavailableError(error);
      }
      return () => void listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      const opened = await connection?.catch(() => undefined);
      await opened?.close();
    },
  };
}

interface Connection {
  close(): Promise<void>;
}

async function connect(
  { url, password, channel, limits = defaultLimits }: NotificationsOptions,
  { onNotification, onLost }: NotificationListener,
): Promise<Connection> {
  const client = new (clientClass(password))({
    connectionString: url,
    application_name: `entra-graphql ${channel}`,
    connectionTimeoutMillis: limits.databaseAnswerSeconds * 1000,
    query_timeout: limits.notificationAnswerMs,
    keepAlive: true,
  });
  const end = () => client.end().catch(() => undefined);
  let isLost = false;
  const lose = (error: unknown) => {
    if (isLost) return;
    isLost = true;
    clearInterval(heartbeat);
    void end();
    onLost(error);
  };
  // A failure while connecting also rejects `connect`. This listener keeps Node from ending the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    client.on('notification', ({ payload = '' }) => onNotification(payload));
    await client.query(`listen ${pg.escapeIdentifier(channel)}`);
  } catch (error) {
    await end();
    throw error;
  }
  client.on('error', lose);
  client.on('end', () => lose(new Error('Connection terminated')));
  let isAsking = false;
  const ask = () => {
    if (isAsking) return;
    isAsking = true;
    client.query('select').then(() => (isAsking = false), lose);
  };
  const heartbeat = setInterval(ask, limits.notificationHeartbeatMs).unref();
  return { close: end };
}
