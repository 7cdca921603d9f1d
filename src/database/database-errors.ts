import { GraphQLError } from 'graphql';

/** A failure of the database without the driver's objects. It may be logged. */
export interface DatabaseFailure extends Error {
  /** Code of PostgreSQL (`57P01`) or of the operating system (`ECONNREFUSED`). */
  readonly code?: string;
}

/** The server has no room or no database for this now. The client may try again later. */
export class CapacityError extends GraphQLError {
  /** @param status of the response if no part of the operation has run */
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

/** Some roles of the caller are not known. Row-level security would hide rows as if the caller did not have them. */
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

/** The database lacks something that the server needs. `message` has one line for each problem, with its next step. */
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

/** Reasons why the server has no access token for the database. */
export type IdentityFailure = 'ENTRA_PACKAGE' | 'ENTRA_IDENTITY' | 'ENTRA_REFUSED' | 'ENTRA_LATE' | 'ENTRA_FAILED';

/** The server has no access token to log in to the database with. */
export class DatabaseIdentityError extends Error {
  override readonly name = 'DatabaseIdentityError';
  constructor(
    readonly code: IdentityFailure,
    message: string,
  ) {
    super(message);
  }
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

/**
 * Returns the message of an error. When a name has several addresses, Node leaves the message empty and puts the reasons
 * into `errors`.
 */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** Returns the code of an error of PostgreSQL or of the operating system. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
