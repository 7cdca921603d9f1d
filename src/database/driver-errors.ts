import { GraphQLError } from 'graphql';
import pg from 'pg';
import {
  codeOf,
  DatabaseIdentityError,
  DatabaseRightsError,
  DatabaseUnavailableError,
  toDatabaseFailure,
} from './database-errors.js';
import { breaksConstraint, constraintAdvice, POLICY_ADVICE } from './refused-rows.js';

/** Codes of the operating system for a connection that cannot be made or has broken. */
const SYSTEM_CODES: ReadonlySet<string> = new Set([
  'EACCES',
  'EADDRNOTAVAIL',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ENFILE',
  'ENOBUFS',
  'ENOENT',
  'ENOTCONN',
  'ENOTFOUND',
  'EPERM',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
]);

/**
 * Codes of Node for a broken connection and of OpenSSL for a certificate that is not trusted, such as one that has expired
 * since the start.
 */
const CONNECTION_CODES = /^(ERR_(SOCKET|STREAM|SSL|TLS)_|EAI_|UNABLE_TO_|(.+_)?(CERT|CRL|CA)(_|$)|HOSTNAME_MISMATCH$)/;

/**
 * PostgreSQL's codes for failures that the request did not cause. 08 is a connection failure. 25006 is a read-only server
 * (a standby). 25P03 and 25P04 are time limits of transactions. 28 is a refused login. 3D000 is a missing database. 40001
 * and 40P01 are conflicts with other transactions. 53 is a lack of resources. 55P03 is a lock that is not available. 57 is
 * a shutdown or a time limit of a statement. 58 is a system error.
 */
const UNAVAILABLE = /^(08...|25006|25P0[34]|28...|3D000|40001|40P01|53...|55P03|57...|58...)$/;

/**
 * PostgreSQL's codes for a value that it cannot take. Examples are text with U+0000, a date or number out of range and a
 * value too long for an index.
 */
const BAD_VALUES: ReadonlySet<string> = new Set([
  '22001',
  '22003',
  '22007',
  '22008',
  '22021',
  '22023',
  '22P02',
  '22P03',
  '22P05',
  '54000',
]);

/** PostgreSQL's code for "insufficient privilege": row-level security or a missing grant. */
const REFUSED = '42501';

/** The function of PostgreSQL in which row-level security refuses a new row. */
const REFUSES_ROWS = 'ExecWithCheckOptions';
/** The message counts only if an error names no function, because the server's language may not be English. */
const REFUSED_ROW = 'new row violates row-level security policy';
const READ_ONLY = '25006';

/** Messages of `pg` that come without a code. The connection broke, timed out or could not be taken from the pool. */
const DRIVER_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed',
  'Cannot use a pool after calling end',
  'The server does not support SSL connections',
  'There was an error establishing an SSL connection',
];

/**
 * Returns the error to throw for one of the driver. An outage, a refused row or a bad value becomes a GraphQL error. A right
 * that the server lacks becomes a DatabaseRightsError. Any other error keeps its class. PostgreSQL's text about rows
 * ("Failing row contains …") is removed, because errors are logged and rows hold personal data. A refused row gets a `hint`
 * for the log.
 *
 * @param readsOnly the transaction was opened to read, so a refused write is a mistake of the code and not a standby
 */
export function toDatabaseError(error: unknown, { readsOnly = false }: { readonly readsOnly?: boolean } = {}): unknown {
  if (error instanceof GraphQLError) return error;
  const code = codeOf(error);
  if (code === READ_ONLY && readsOnly) return withoutRows(error);
  if (isOutage(error)) return new DatabaseUnavailableError(error);
  if (!(error instanceof pg.DatabaseError) || code === undefined) return withoutRows(error);
  if (code === REFUSED) {
    if (!isRefusedRow(error)) return new DatabaseRightsError(error);
    const refused = toClientError('FORBIDDEN', 'The database refuses this: you may not store these rows.', error);
    // The client can do nothing about it. The log gets the table and the advice.
    Object.assign(Object(refused.cause), { hint: POLICY_ADVICE });
    return refused;
  }
  if (breaksConstraint(error)) error.hint = constraintAdvice(error);
  if (BAD_VALUES.has(code)) {
    return toClientError('BAD_USER_INPUT', 'A value of the request cannot be stored or compared. Change it.', error);
  }
  return withoutRows(error);
}

function toClientError(code: string, message: string, cause: unknown): GraphQLError {
  const error = new GraphQLError(message, { extensions: { code } });
  const failure = toDatabaseFailure(cause);
  // `code` is PostgreSQL's and for code in this process. The answer has only that of the extensions.
  return Object.assign(error, { cause: failure, code: failure.code });
}

/**
 * Returns whether row-level security refused a row that a caller stores. Rows that a caller may not read are left out
 * without an error.
 */
function isRefusedRow({ routine, message }: pg.DatabaseError): boolean {
  return routine === undefined ? message.startsWith(REFUSED_ROW) : routine === REFUSES_ROWS;
}

function withoutRows(error: unknown): unknown {
  if (error instanceof Error && 'client' in error) error.client = undefined;
  if (error instanceof pg.DatabaseError) {
    error.detail = undefined;
    error.where = undefined;
    error.internalQuery = undefined;
  }
  return error;
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DatabaseIdentityError) return true;
  // Node makes one of these when a name has several addresses and none answers.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isOutage);
  const code = codeOf(error);
  if (code !== undefined)
    return [CONNECTION_CODES, UNAVAILABLE].some((codes) => codes.test(code)) || SYSTEM_CODES.has(code);
  return DRIVER_MESSAGES.some((message) => error.message.startsWith(message));
}
