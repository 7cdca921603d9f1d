import type pg from 'pg';
import { DatabaseUnavailableError, toDatabaseError } from './database-errors.js';

/** A transaction on a connection of its own. It takes one statement at a time. */
export interface Transaction {
  /** What went wrong first: a statement failed or the connection is lost. Then it can only be ended. */
  readonly failure: unknown;
  /** @throws DatabaseUnavailableError, or what PostgreSQL says */
  query(sql: string, parameters: readonly unknown[]): Promise<pg.QueryResult>;
  /**
   * Gives the connection back.
   *
   * @throws what kept it from being committed; then nothing of it is stored, unless the connection broke while committing
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
  'read write': 'begin isolation level read committed, read write',
};

/**
 * Opens a transaction and applies `settings` in the same round trip.
 *
 * @param settings SQL, or an empty string
 * @throws DatabaseUnavailableError
 */
export async function beginTransaction(pool: pg.Pool, mode: TransactionMode, settings: string): Promise<Transaction> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toDatabaseError(error);
  });
  let failure: unknown;
  let hasEnded = false;
  const noteFailure = (error: unknown) => {
    failure ??= toDatabaseError(error);
  };
  // Between two statements nobody else listens, and Node would end the process when the connection breaks.
  client.on('error', noteFailure);

  const query = async (sql: string, parameters?: readonly unknown[]): Promise<pg.QueryResult> => {
    // The connection may be another caller's by now.
    if (hasEnded) throw new TypeError('The transaction has ended: a statement was not awaited');
    try {
      return await (parameters ? client.query(sql, [...parameters]) : client.query(sql));
    } catch (cause) {
      noteFailure(cause);
      throw toDatabaseError(cause);
    }
  };
  const release = () => {
    hasEnded = true;
    client.off('error', noteFailure);
    // A connection whose transaction did not end in order is closed: the next caller must never meet this one's settings.
    client.release(failure !== undefined);
  };
  const rollback = async () => {
    if (!(failure instanceof DatabaseUnavailableError)) {
      failure = undefined;
      await query('rollback').catch(() => undefined);
    }
    release();
  };
  const commit = async () => {
    if (failure !== undefined) {
      const reason = failure;
      await rollback();
      throw reason;
    }
    await query('commit').finally(release);
  };

  try {
    await query(`${BEGIN[mode]}; ${settings}`);
  } catch (error) {
    release();
    throw error;
  }
  return {
    get failure() {
      return failure;
    },
    query,
    commit,
    rollback,
  };
}
