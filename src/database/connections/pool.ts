import pg from 'pg';
import { defaultLimits, type Limits } from '../../config/limits.js';
import { clientClass } from './client-class.js';
import type { DatabasePassword } from './entra-password.js';
import type { DatabaseFailureReport } from './failure-report.js';

export interface PoolOptions {
  /** As `DATABASE_URL`. */
  readonly url: string;
  /** Password of each connection. It replaces the one in the address. */
  readonly password?: DatabasePassword | undefined;
  /** Most connections at a time, as `DATABASE_POOL_SIZE`. Default 10. */
  readonly maxConnections?: number;
  readonly limits?: Limits;
  /** Receives the errors of connections that are lost while they are idle. */
  readonly failures?: DatabaseFailureReport;
}

/** As `DATABASE_POOL_SIZE`. */
export const DEFAULT_POOL_SIZE = 10;
/** Idle time before the connection is probed, to find a server that vanished without closing its connections. */
const KEEP_ALIVE_AFTER_MS = 1_000;

/**
 * Creates a pool of connections of the run-time login. Lost connections are replaced automatically, so the pool outlives
 * every outage of the database. Callers use `createCallerDatabase` and never the pool itself.
 *
 * It sends no settings while it connects because poolers such as PgBouncer refuse them. Those of a transaction go with its
 * BEGIN. Statements are sent without waiting for the answers to those before them (`pipeline`).
 */
export function createPool({ url, password, maxConnections, limits = defaultLimits, failures }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    Client: clientClass(password),
    application_name: 'entra-graphql',
    max: maxConnections ?? DEFAULT_POOL_SIZE,
    connectionTimeoutMillis: limits.databaseAnswerSeconds * 1000,
    idleTimeoutMillis: limits.idleConnectionSeconds * 1000,
    // Counts from the sending of the statement, which may have to wait for others of its transaction.
    query_timeout: Math.max(limits.statementSeconds, limits.operationSeconds) * 1000 + limits.unwatchedStatementMs,
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    types: { getTypeParser },
  });
  // Without a listener, Node ends the process when PostgreSQL restarts.
  pool.on('error', (error) => failures?.note(error));
  // A connection can break in the packet that makes it ready. The pool has let go of it then, and nothing else listens yet.
  // The first statement fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

const PARSERS = new Map<number, (text: string) => unknown>([
  // A day stays `2026-03-01`: as a Date it would depend on the server's time zone.
  [pg.types.builtins.DATE, (text) => text],
  [pg.types.builtins.INT8, parseSafeInteger],
  [pg.types.builtins.TIMESTAMPTZ, parseTime],
]);

function getTypeParser(type: number, format?: 'text' | 'binary'): (text: string) => unknown {
  return PARSERS.get(type) ?? pg.types.getTypeParser(type, format ?? 'text');
}

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError('The database holds a number that JavaScript cannot represent exactly');
}

const parseAnyTime = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

/** A time in UTC from the year 1000 on is read in half the time by JavaScript itself. It cannot read all others. */
function parseTime(text: string): unknown {
  return text.endsWith('+00') && text >= '1' ? new Date(text) : parseAnyTime(text);
}
