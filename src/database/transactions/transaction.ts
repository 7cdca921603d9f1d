import pg from 'pg';
import type { Caller } from '../../authentication/caller.js';
import type { Connections } from '../connections/connections.js';
import {
  CapacityError,
  CommitUncertainError,
  DatabaseRightsError,
  DatabaseUnavailableError,
  UndecidedCallerError,
} from '../database-errors.js';
import { toDatabaseError } from '../driver-errors.js';
import {
  isOfFailedTransaction,
  isOfStaleConnection,
  LostStatementError,
  StaleConnectionError,
} from '../statements/lost-statement.js';
import type { Statement, StatementResult } from '../statements/statement.js';
import { createStatements } from '../statements/statements.js';
import { settingsStatement } from './caller-settings.js';

/**
 * A transaction on a connection of its own. The first statement opens it. Statements are sent without waiting for those
 * before them.
 */
export interface Transaction {
  /** First failure of a statement or of the connection. After it the transaction can only be ended. */
  readonly failure: unknown;
  /** @throws LostStatementError when the statement is not to blame, another CapacityError or the error of PostgreSQL */
  query(statement: Statement): Promise<StatementResult>;
  /**
   * Gives the connection back.
   *
   * @throws CommitUncertainError when COMMIT was sent and PostgreSQL did not answer. After any other error nothing is
   *   stored
   */
  commit(): Promise<void>;
  /** Gives the connection back. Never rejects. */
  rollback(): Promise<void>;
}

/**
 * `read only` shows one state of the database throughout, so that a list and its count agree. `read write` sees later
 * commits of others, as code that takes a row lock expects.
 */
export type TransactionMode = 'read only' | 'read write';

const BEGIN: Readonly<Record<TransactionMode, Statement>> = {
  'read only': { text: 'begin isolation level repeatable read, read only', values: [] },
  // Not "read write", which would overrule an operator who set the database to read only.
  'read write': { text: 'begin isolation level read committed', values: [] },
};

export interface TransactionOwner {
  readonly caller: Caller | undefined;
  /** Address of an anonymous client, by which its connections are counted. */
  readonly address?: string | undefined;
  /** Uses no caller's share of the connections, because many subscriptions of the caller share the answer. */
  readonly isShared?: boolean;
  /** Ends the transaction. A running statement is cancelled and fails with the reason. A commit is not disturbed. */
  readonly signal: AbortSignal;
  /** Called when PostgreSQL has begun it. */
  onOpen?(): void;
}

/**
 * Takes a connection for a transaction. The first statement takes BEGIN and the caller's settings with it.
 *
 * @throws CapacityError
 */
export async function beginTransaction(
  connections: Connections,
  mode: TransactionMode,
  { caller, address, signal, isShared = false, onOpen }: TransactionOwner,
): Promise<Transaction> {
  requireDecided(caller);
  const lease = await connections.take(isShared ? 'shared' : caller, signal, address);
  const { client } = lease;
  const readsOnly = mode === 'read only';
  let opening: Promise<StatementResult> | undefined;
  let failure: unknown;
  let hasEnded = false;

  const noteFailure = (cause: unknown) => {
    if (failure !== undefined) return;
    failure = toFailure(cause);
    // The connections of its age are distrusted already.
    if (cause instanceof StaleConnectionError) return;
    if (failure instanceof StaleConnectionError) connections.distrustIdle();
    else if (failure instanceof DatabaseUnavailableError) connections.failures.note(cause);
  };
  const toFailure = (cause: unknown) => {
    if (cause instanceof StaleConnectionError) return cause;
    if (isOfStaleConnection(cause)) return new StaleConnectionError(cause);
    const error = toDatabaseError(cause, { readsOnly });
    // The request had no part in it yet.
    const isTold = statements.isOpen || error instanceof CapacityError || error instanceof DatabaseRightsError;
    return isTold ? error : new DatabaseUnavailableError(error);
  };
  const statements = createStatements(connections, client, {
    onOpen: () => onOpen?.(),
    onFailure: (cause) => noteFailure(cause),
  });
  const stop = () => {
    failure ??= signal.reason;
    statements.cancel();
  };
  // Between two statements nothing else listens, and Node would end the process when the connection breaks.
  client.on('error', noteFailure);
  signal.addEventListener('abort', stop);

  const toError = (cause: unknown) => {
    if (cause instanceof LostStatementError) return cause;
    // A cancelled statement fails with the reason for the cancelling.
    if (failure instanceof CapacityError) return failure;
    return isOfFailedTransaction(cause) ? new LostStatementError(cause) : toFailure(cause);
  };
  const send = async (statement: Statement) => {
    if (!opening) {
      opening = statements.open([BEGIN[mode], settingsStatement(caller, connections)], statement);
      return opening;
    }
    // A statement that may write is never sent before its transaction is open.
    if (!readsOnly && !statements.isOpen) await opening.catch(() => undefined);
    if (failure !== undefined) throw new LostStatementError(failure);
    const result = await statements.run(statement);
    // The answer came from outside the transaction and without the caller's settings.
    if (!statements.isOpen) throw new LostStatementError(failure);
    return result;
  };
  const release = () => {
    client.off('error', noteFailure);
    signal.removeEventListener('abort', stop);
    // A connection whose transaction did not end properly is closed. The next caller must never get this one's settings.
    lease.release(failure !== undefined);
  };
  const refuseMore = async () => {
    hasEnded = true;
    await statements.settled();
  };
  const end = async () => {
    if (!statements.isOpen || failure instanceof CapacityError) return release();
    failure = undefined;
    const ending = statements.end('rollback').catch(() => undefined);
    if (!readsOnly) await ending;
    release();
    // The next statement of the connection waits behind the rollback.
    if (readsOnly) void ending.then(() => failure !== undefined && lease.destroy());
  };

  return {
    get failure() {
      return failure;
    },
    async query(statement) {
      // Another caller may hold the connection by now.
      if (hasEnded) throw new TypeError('The transaction has ended: a statement was not awaited');
      if (failure instanceof CapacityError) throw failure;
      try {
        return await send(statement);
      } catch (cause) {
        throw toError(cause);
      }
    },
    async commit() {
      await refuseMore();
      if (failure !== undefined) {
        const reason = failure;
        await end();
        throw reason;
      }
      if (!statements.isOpen) return release();
      signal.removeEventListener('abort', stop);
      try {
        await statements.end('commit');
      } catch (cause) {
        throw saysRolledBack(cause) ? failure : new CommitUncertainError(cause);
      } finally {
        release();
      }
    },
    async rollback() {
      await refuseMore();
      await end();
    },
  };
}

/** @throws UndecidedCallerError when the caller may have more roles, since row-level security would hide rows */
export function requireDecided(caller: Caller | undefined): void {
  if (caller?.kind === 'delegated' && caller.undecidedRoles) throw new UndecidedCallerError();
}

/**
 * Returns whether PostgreSQL certainly rolled back. FATAL is not enough, because PostgreSQL may end a session after it has
 * committed and before it has said so.
 */
function saysRolledBack(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && cause.severity === 'ERROR';
}
