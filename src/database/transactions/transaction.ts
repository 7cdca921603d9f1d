import pg from 'pg';
import type { Caller } from '../../authentication/caller.js';
import type { Connections } from '../connections/connections.js';
import {
  CapacityError,
  CommitUncertainError,
  DatabaseRightsError,
  DatabaseUnavailableError,
  toDatabaseError,
} from '../database-errors.js';
import { callerSettings } from './caller-settings.js';
import { createStatements } from './statements.js';

/** A transaction on a connection of its own. It takes one statement at a time. */
export interface Transaction {
  /** What went wrong first: a statement failed or the connection is lost. Then it can only be ended. */
  readonly failure: unknown;
  /** @throws CapacityError, or what PostgreSQL says */
  query(sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult>;
  /**
   * Gives the connection back.
   *
   * @throws CommitUncertainError when PostgreSQL was told to commit and did not answer. After any other error nothing is
   *   stored
   */
  commit(): Promise<void>;
  /** Gives the connection back; never rejects. */
  rollback(): Promise<void>;
}

/**
 * `read only` shows one state of the database throughout, so that a list and its count agree. `read write` sees what others
 * commit meanwhile, which is what a row lock is taken for.
 */
export type TransactionMode = 'read only' | 'read write';

const BEGIN: Readonly<Record<TransactionMode, string>> = {
  'read only': 'begin isolation level repeatable read, read only',
  // Not "read write", which would overrule an operator who set the database to read only.
  'read write': 'begin isolation level read committed',
};

/** What a transaction belongs to. */
export interface TransactionOwner {
  readonly caller: Caller | undefined;
  /** Nobody's share of the connections is used: many subscriptions of the caller share the answer. */
  readonly isShared?: boolean;
  /** Ends it: a statement that runs is cancelled, and fails with the reason. A commit is not disturbed. */
  readonly signal: AbortSignal;
}

/**
 * Opens a transaction and tells row-level security who is asking, in the same round trip.
 *
 * @throws CapacityError
 */
export async function beginTransaction(
  connections: Connections,
  mode: TransactionMode,
  { caller, signal, isShared = false }: TransactionOwner,
): Promise<Transaction> {
  const lease = await connections.take(isShared ? 'shared' : caller, signal);
  const { client } = lease;
  const statements = createStatements(connections, client);
  const readsOnly = mode === 'read only';
  let failure: unknown;
  let hasEnded = false;

  const noteFailure = (cause: unknown) => {
    if (failure !== undefined) return;
    failure = toDatabaseError(cause, { readsOnly });
    if (failure instanceof DatabaseUnavailableError) connections.failures.note(cause);
  };
  const stop = () => {
    failure ??= signal.reason;
    statements.cancel();
  };
  // Between two statements nobody else listens, and Node would end the process when the connection breaks.
  client.on('error', noteFailure);
  signal.addEventListener('abort', stop);

  const send = async <Result>(statement: () => Promise<Result>): Promise<Result> => {
    // The connection may be another caller's by now.
    if (hasEnded) throw new TypeError('The transaction has ended: a statement was not awaited');
    if (failure instanceof CapacityError) throw failure;
    try {
      return await statement();
    } catch (cause) {
      noteFailure(cause);
      // A statement that was cancelled failed for the reason of the cancelling.
      throw failure instanceof CapacityError ? failure : toDatabaseError(cause, { readsOnly });
    }
  };
  const release = () => {
    hasEnded = true;
    client.off('error', noteFailure);
    signal.removeEventListener('abort', stop);
    // A connection whose transaction did not end in order is closed: the next caller must never meet this one's settings.
    lease.release(failure !== undefined);
  };
  const rollback = async () => {
    if (!(failure instanceof CapacityError)) {
      failure = undefined;
      await send(() => statements.run('rollback')).catch(() => undefined);
    }
    release();
  };
  const commit = async () => {
    if (failure !== undefined) {
      const reason = failure;
      await rollback();
      throw reason;
    }
    signal.removeEventListener('abort', stop);
    let isRolledBack = false;
    const store = () =>
      statements.runUndisturbed('commit').catch((cause: unknown) => {
        isRolledBack = saysRolledBack(cause);
        throw cause;
      });
    try {
      await send(store);
    } catch (error) {
      throw isRolledBack ? error : new CommitUncertainError(error);
    } finally {
      release();
    }
  };

  try {
    await send(() =>
      statements.begin(`${BEGIN[mode]}; ${settingsOf(caller, connections)}, pg_backend_pid() as backend`),
    );
  } catch (error) {
    release();
    // The request had no part in it yet.
    const isTold = error instanceof CapacityError || error instanceof DatabaseRightsError;
    throw isTold ? error : new DatabaseUnavailableError(error);
  }
  return {
    get failure() {
      return failure;
    },
    query: (sql, parameters) => send(() => statements.run(sql, parameters)),
    commit,
    rollback,
  };
}

/** FATAL is not enough: PostgreSQL may end a session after it has committed and before it has said so. */
function saysRolledBack(cause: unknown): boolean {
  return cause instanceof pg.DatabaseError && cause.severity === 'ERROR';
}

/** The caller, and PostgreSQL's own time limits: a session of the pool does not have them. */
function settingsOf(caller: Caller | undefined, { limits }: Pick<Connections, 'limits'>): string {
  return callerSettings(caller, {
    statement_timeout: String(limits.statementSeconds * 1000),
    idle_in_transaction_session_timeout: String(limits.idleTransactionSeconds * 1000),
  });
}
