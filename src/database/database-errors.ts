import { GraphQLError } from 'graphql';
import pg from 'pg';
import { breaksConstraint, constraintAdvice, POLICY_ADVICE } from './refused-rows.js';

/** A failure of the database without the driver's objects. It may be logged. */
export interface DatabaseFailure extends Error {
  /** Code of PostgreSQL (`57P01`) or of the operating system (`ECONNREFUSED`). */
  readonly code?: string;
}

/** The server has no room or no database for this now. The client may try again later. */
export class CapacityError extends GraphQLError {
  /** @param status of the answer, where nothing of the operation has run */
  constructor(
    message: string,
    readonly status: 429 | 503 | 504,
    extensions: { readonly code: string; readonly retryAfterSeconds: number; readonly [name: string]: unknown },
  ) {
    super(message, { extensions });
  }

  /** Returns the same error with the names of the stored changes. A client must not repeat those. */
  withCommitted(committed: readonly string[]): CapacityError {
    const { code, retryAfterSeconds, ...rest } = this.extensions;
    const error = new CapacityError(this.message, this.status, {
      ...rest,
      code: String(code),
      retryAfterSeconds: Number(retryAfterSeconds),
      committed: [...committed],
    });
    error.cause = this.cause;
    return error;
  }
}

/** The wait before another attempt, in seconds. */
const RETRY_AFTER_SECONDS = 5;

/** The database cannot be reached or cannot serve now. The pool recovers by itself. */
export class DatabaseUnavailableError extends CapacityError {
  override readonly name = 'DatabaseUnavailableError';
  /** Code of PostgreSQL or of the system. Clients do not get it. */
  readonly code: string | undefined;
  constructor(cause: unknown) {
    super('The server cannot answer this now. Try again later.', 503, {
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
    // Not `originalError`, whose message and extensions graphql-js would take over.
    const failure = toDatabaseFailure(cause);
    this.cause = failure;
    this.code = failure.code;
  }
}

/** The roles of the caller are not all known. Row-level security would hide rows as if the caller lacked the others. */
export class UndecidedCallerError extends CapacityError {
  override readonly name = 'UndecidedCallerError';
  constructor() {
    super('The server could not decide now what you may see. Try again later.', 503, {
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
}

/**
 * The connection broke after COMMIT was sent and before the answer. The change may be stored. The code is not
 * SERVICE_UNAVAILABLE because clients repeat what failed with that, and the change could then be stored twice.
 */
export class CommitUncertainError extends GraphQLError {
  override readonly name = 'CommitUncertainError';

  constructor(cause: unknown, changes: Changes = { committed: [], uncertain: [] }) {
    super(
      'The connection to the database broke while the change was being stored. It may have been stored. Repeat the change with the same idempotencyKey, or read the data again before you repeat it.',
      { extensions: { code: 'COMMIT_UNCERTAIN', ...changes } },
    );
    this.cause = toDatabaseFailure(cause);
  }

  /** Returns the same error with the names of the changes. */
  withChanges(changes: Changes): CommitUncertainError {
    return new CommitUncertainError(this.cause, changes);
  }
}

/** Changes of an operation, by the names of their fields in the answer. */
export interface Changes {
  /** Stored. */
  readonly committed: readonly string[];
  /** Perhaps stored. Their COMMIT was sent and has no answer. */
  readonly uncertain: readonly string[];
}

/** The database is not as the server needs it. `message` has one line for each problem, with its next step. */
export class DatabaseSetupError extends Error {
  override readonly name = 'DatabaseSetupError';
  constructor(
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
  }
}

/**
 * The login lacks a right that every request of the server needs. This is a mistake of the operator. Clients get
 * INTERNAL_SERVER_ERROR and not SERVICE_UNAVAILABLE, because repeating the request does not help. `message` is for the log.
 */
export class DatabaseRightsError extends Error {
  override readonly name = 'DatabaseRightsError';
  readonly code: string | undefined;
  constructor(cause: unknown) {
    const failure = toDatabaseFailure(cause);
    super(
      `The login of DATABASE_URL lacks a right: ${failure.message}. Run "npm run migrate": it applies missing migrations and makes the login a member of the role that they grant rights to. A column that the server writes needs a grant of its own in a migration. If somebody revoked a right of that role, grant it again as in the migration.`,
      { cause: failure },
    );
    this.code = failure.code;
  }
}

/** Reasons why there is no access token for the database. */
export type IdentityFailure = 'ENTRA_PACKAGE' | 'ENTRA_IDENTITY' | 'ENTRA_REFUSED' | 'ENTRA_LATE' | 'ENTRA_FAILED';

/** There is no access token to log in to the database with. */
export class DatabaseIdentityError extends Error {
  override readonly name = 'DatabaseIdentityError';
  constructor(
    readonly code: IdentityFailure,
    message: string,
  ) {
    super(message);
  }
}

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

/** The function of PostgreSQL that refuses a new row. Messages may be in another language, so they count only without it. */
const REFUSES_ROWS = 'ExecWithCheckOptions';
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

/**
 * Returns only the message and code of an error. The driver's errors hold its client with the key that cancels statements.
 */
export function toDatabaseFailure(error: unknown): DatabaseFailure {
  if (error instanceof DatabaseUnavailableError) return toDatabaseFailure(error.cause);
  const failure: DatabaseFailure = new Error(messageOf(error));
  failure.stack = `${failure.name}: ${failure.message}`;
  const code = codeOf(error);
  return code === undefined ? failure : Object.assign(failure, { code });
}

function toClientError(code: string, message: string, cause: unknown): GraphQLError {
  const error = new GraphQLError(message, { extensions: { code } });
  const failure = toDatabaseFailure(cause);
  // PostgreSQL's code is for callers in this process. Clients only get message and extensions.
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

/**
 * Returns the message of an error. When a name has several addresses, Node leaves the message empty and puts the reasons
 * into `errors`.
 */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
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
