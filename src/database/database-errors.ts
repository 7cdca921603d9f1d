import { GraphQLError } from 'graphql';
import pg from 'pg';

/** The database cannot be reached now. The client may try again later; the pool recovers by itself. */
export class DatabaseUnavailableError extends GraphQLError {
  override readonly name = 'DatabaseUnavailableError';
  constructor(cause: unknown) {
    super('The server cannot answer this now. Try again later.', {
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    });
    // Not `originalError`, whose message and extensions graphql-js would take over.
    this.cause = cause;
  }
}

/** The database is not as the server needs it. `message` has one line for each problem, with what to do. */
export class DatabaseSetupError extends Error {
  override readonly name = 'DatabaseSetupError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Codes of the operating system for a connection that cannot be made or has broken. */
const SYSTEM_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** PostgreSQL error codes: class 08 connection, 53300 too many connections, 57P01 to 57P03 shutting down or starting. */
const SERVER_CODES = /^(08...|53300|57P0[123])$/;

/** What `pg` says, without a code, of a connection that broke, timed out or could not be had from the pool. */
const DRIVER_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/;

/**
 * The error to throw for one of the driver: `DatabaseUnavailableError` when the database cannot be reached, else the same
 * without what PostgreSQL tells of rows ("Failing row contains …"): errors are logged, and rows hold personal data.
 */
export function toDatabaseError(error: unknown): unknown {
  if (isOutage(error)) return new DatabaseUnavailableError(error);
  if (error instanceof pg.DatabaseError) {
    error.detail = undefined;
    error.where = undefined;
  }
  return error;
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Node makes one of these when a name has several addresses and none answers.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isOutage);
  const code: unknown = 'code' in error ? error.code : undefined;
  if (SYSTEM_CODES.has(code)) return true;
  if (typeof code === 'string') return SERVER_CODES.test(code);
  return DRIVER_MESSAGES.test(error.message);
}
