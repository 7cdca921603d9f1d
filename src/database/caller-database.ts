import type pg from 'pg';
import type { Caller } from '../authentication/caller.js';
import { callerSettings } from './caller-settings.js';
import { DatabaseUnavailableError } from './database-errors.js';
import { Kysely } from './kysely.js';
import { createDialect, type RunStatement } from './kysely-dialect.js';
import { beginTransaction, type Transaction } from './transaction.js';
import { createTurns } from './turns.js';

/** The database as one caller sees it during one request. It uses at most one connection at a time. */
export interface CallerDatabase<Tables> {
  /**
   * Queries: of a read-only transaction that all of the request's reads share, opened by the first; or, within `write`, of
   * its transaction.
   */
  readonly kysely: Kysely<Tables>;
  /**
   * Runs `work` in a transaction that may write: committed when it resolves, rolled back when it rejects. Reads that follow
   * see the result. `work` must use the database it is given: the outer one waits until it is done.
   */
  write<Result>(work: (database: CallerDatabase<Tables>) => Promise<Result>): Promise<Result>;
  /** Ends what is open and refuses what comes later. Never rejects; safe to call twice. */
  dispose(): Promise<void>;
}

/**
 * Opens nothing yet: a request that reads nothing costs no connection. Otherwise row-level security costs two round trips,
 * one to begin the transaction with the caller's identity, one to end it.
 */
export function createCallerDatabase<Tables>(pool: pg.Pool, caller: Caller | undefined): CallerDatabase<Tables> {
  const takeTurn = createTurns();
  let reading: Transaction | undefined;
  let isDisposed = false;

  const endReading = async () => {
    const ended = reading;
    reading = undefined;
    await ended?.rollback();
  };
  const requireOpen = () => {
    if (isDisposed) throw new Error('The request is over: its database cannot be used any more');
  };

  const read: RunStatement = (sql, parameters) =>
    takeTurn(async () => {
      requireOpen();
      // PostgreSQL refuses everything after a failed statement; the other fields of the request are not to suffer from it.
      if (reading?.failure !== undefined) await endReading();
      reading ??= await beginTransaction(pool, 'read only', callerSettings(caller));
      return reading.query(sql, parameters);
    });
  const kysely = new Kysely<Tables>({ dialect: createDialect(read) });

  return {
    kysely,
    write: (work) =>
      takeTurn(async () => {
        requireOpen();
        await endReading();
        return runInTransaction(await beginTransaction(pool, 'read write', callerSettings(caller)), work);
      }),
    async dispose() {
      isDisposed = true;
      await takeTurn(endReading);
    },
  };
}

async function runInTransaction<Tables, Result>(
  transaction: Transaction,
  work: (database: CallerDatabase<Tables>) => Promise<Result>,
): Promise<Result> {
  const takeTurn = createTurns();
  const run: RunStatement = (sql, parameters) => takeTurn(() => transaction.query(sql, parameters));
  let result: Result;
  try {
    result = await work({
      kysely: new Kysely<Tables>({ dialect: createDialect(run) }),
      write: () => Promise.reject(new TypeError('A transaction cannot contain another one')),
      dispose: async () => undefined,
    });
  } catch (error) {
    const { failure } = transaction;
    await takeTurn(transaction.rollback);
    // Whatever `work` made of it (a policy that cannot read denies), the reason is the outage.
    throw failure instanceof DatabaseUnavailableError ? failure : error;
  }
  await takeTurn(transaction.commit);
  return result;
}
