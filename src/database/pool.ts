import pg from 'pg';
import { toDatabaseError } from './database-errors.js';

/** What the pool tells of connections it lost while nobody used them. */
export interface DatabaseLogger {
  warn(details: object, message: string): void;
}

/** Which database, and how much of it. */
export interface PoolOptions {
  /** As `DATABASE_URL`. */
  readonly url: string;
  /** Most connections at a time. Default 10. */
  readonly maxConnections?: number;
  readonly logger?: DatabaseLogger;
}

/** Longest wait for a connection, new or free. A request that waits longer had better be tried again elsewhere. */
const CONNECTION_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** A transaction that nobody uses holds locks: PostgreSQL ends it. */
const IDLE_TRANSACTION_TIMEOUT_MS = 15_000;
/** For a server that vanished without closing its connections; longer than the server's own limit. */
const ANSWER_TIMEOUT_MS = 15_000;
const IDLE_CONNECTION_MS = 30_000;

/**
 * Connections of the run-time login. A lost connection is replaced by itself, so the pool outlives every outage of the
 * database. Callers never use it directly: `createCallerDatabase` does.
 */
export function createPool({ url, maxConnections = 10, logger }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'entra-graphql',
    max: maxConnections,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser },
  });
  // Without a listener, Node ends the process when PostgreSQL restarts.
  pool.on('error', (error) => logger?.warn({ err: error }, 'lost an idle database connection'));
  return pool;
}

/**
 * Resolves when the database answers.
 *
 * @throws DatabaseUnavailableError when it cannot be reached
 */
export async function pingDatabase(pool: pg.Pool): Promise<void> {
  try {
    await pool.query('select');
  } catch (error) {
    throw toDatabaseError(error);
  }
}

const PARSERS = new Map<number, (text: string) => unknown>([
  // A day stays `2026-03-01`: as a Date it would depend on the server's time zone.
  [pg.types.builtins.DATE, (text) => text],
  [pg.types.builtins.INT8, parseSafeInteger],
]);

function getTypeParser(type: number, format?: 'text' | 'binary'): (text: string) => unknown {
  return PARSERS.get(type) ?? pg.types.getTypeParser(type, format ?? 'text');
}

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError('The database holds a number that JavaScript cannot represent exactly');
}
