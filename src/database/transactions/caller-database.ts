import type { Caller } from '../../authentication/caller.js';
import type { Connections } from '../connections/connections.js';
import { CapacityError, type Changes, CommitUncertainError } from '../database-errors.js';
import type { RunStatement } from '../kysely-dialect.js';
import { toLimitError } from '../limit-errors.js';
import { createMutex } from '../mutex.js';
import { LostStatementError, StaleConnectionError } from '../statements/lost-statement.js';
import { createQueries, type Queries } from '../statements/queries.js';
import type { Statement, StatementResult } from '../statements/statement.js';
import { createOperationTime } from './operation-time.js';
import { beginTransaction, type Transaction, type TransactionMode } from './transaction.js';
import { createWaitingTime, type WaitingTime } from './waiting-time.js';

/**
 * The database as one caller sees it during one request. It uses at most one connection at a time.
 *
 * Queries run in a read-only transaction that all reads of the request share. The first read opens it. Within `write`, they
 * run in its transaction.
 */
export interface CallerDatabase<Tables> extends Queries<Tables> {
  /**
   * Runs `work` in a transaction that may write. It is committed when `work` resolves and rolled back when it rejects.
   * Reads that follow see the result. `work` must use the database it is given because the outer one waits until it is
   * done.
   *
   * @param name of the change. A later error for lack of capacity lists the stored changes in `extensions.committed`
   */
  write<Result>(work: (database: CallerDatabase<Tables>) => Promise<Result>, name?: string): Promise<Result>;
  /** Returns the first lack of capacity if no transaction was begun. It explains why the request got nothing. */
  refusal(): CapacityError | undefined;
  /** Returns the milliseconds in which the request has waited for the database, a connection included. */
  waitedMs(): number;
  /** Returns the changes so far of an operation that has asked to write. */
  changes(): Changes | undefined;
  /**
   * Gives the connection back while the request waits for something else, such as another API. The next read takes one
   * again and may see a later state of the database. Never throws.
   */
  pause(): void;
  /** Cancels running statements and refuses later ones, because the client no longer waits for the answer. Never rejects. */
  abandon(): void;
  /** Ends open transactions and refuses later statements. Never rejects. It is safe to call twice. */
  dispose(): Promise<void>;
}

/**
 * Creates the caller's database. Opens nothing yet, so a request that reads nothing costs no connection. Otherwise
 * row-level security costs two round trips. One begins the transaction with the caller's identity and one ends it.
 *
 * The time of the operation begins now. At its end a running statement is cancelled and the connection given back.
 *
 * @param parts.decideCaller returns the caller with all its roles, where the token does not have them
 * @param parts.address of an anonymous client, by which its connections are counted. Without it, such clients share a part
 */
export function createCallerDatabase<Tables>(
  connections: Connections,
  caller: Caller | undefined,
  {
    decideCaller,
    address,
  }: {
    readonly decideCaller?: (() => Promise<Caller>) | undefined;
    readonly address?: string | undefined;
  } = {},
): CallerDatabase<Tables> {
  const { limits, describeLimit } = connections;
  const runExclusive = createMutex();
  const time = createOperationTime(limits.operationSeconds * 1000, () =>
    toLimitError(describeLimit, 'operationSeconds', 'LIMIT_EXCEEDED'),
  );
  const history = createHistory();
  const waiting = createWaitingTime();
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
  const onOpen = () => {
    history.hasBegun = true;
  };
  const begin = async (mode: TransactionMode) =>
    beginTransaction(connections, mode, {
      caller: decideCaller ? await decideCaller() : caller,
      address,
      signal: time.signal(),
      onOpen,
    });
  const transactionForReads = async () => {
    requireOpen();
    // PostgreSQL refuses everything after a failed statement. The other fields of the request get a new transaction.
    if (reading?.failure !== undefined) await endReading();
    reading ??= await begin('read only');
    return reading;
  };
  const readOnce = async (statement: Statement) => (await transactionForReads()).query(statement);
  /** Nothing new is sent meanwhile, so at the second time no other statement can fail before this one. */
  const readAlone = (statement: Statement) =>
    runExclusive(() => readOnce(statement).catch(ifLost(() => readOnce(statement))));
  const read: RunStatement = (statement) =>
    history.tell(() =>
      waiting.during(async () => {
        // The statement is sent before anything else can end the transaction. Its result is not waited for there.
        const { result } = await runExclusive(async () => ({ result: (await transactionForReads()).query(statement) }));
        return result.catch(ifLost(() => readAlone(statement)));
      }),
    );

  const queries = createQueries<Tables>(connections, read);
  return {
    get kysely() {
      return queries.kysely;
    },
    run: queries.run,
    write: (work, name = 'write') =>
      history.tell(() =>
        runExclusive(async () => {
          requireOpen();
          history.committed ??= [];
          await endReading();
          const transaction = await waiting.during(() => withSecondOpening(() => begin('read write')));
          const timed = withWaitingTime(history.watchCommit(transaction, name), waiting);
          return runInTransaction(connections, timed, work, time.signal());
        }),
      ),
    refusal: () => (history.hasBegun ? undefined : history.refusal),
    waitedMs: () => waiting.total(),
    changes: () => history.changes(),
    pause: () => void runExclusive(endReading),
    abandon() {
      time.abandon();
      // Work that waits for something else may never ask again and would keep the connection.
      void runExclusive(endReading);
    },
    async dispose() {
      isDisposed = true;
      await runExclusive(endReading);
      time.stop();
    },
  };
}

/** Creates the record of what a request has done so far, for the errors that keep it from doing more. */
function createHistory() {
  return {
    hasBegun: false,
    refusal: undefined as CapacityError | undefined,
    /** Undefined: it has not asked to write. */
    committed: undefined as string[] | undefined,
    /** Their COMMIT has been sent, and PostgreSQL has not answered. */
    uncertain: [] as string[],
    changes(): Changes | undefined {
      return this.committed && { committed: [...this.committed], uncertain: [...this.uncertain] };
    },
    /** Returns the transaction, whose commit is noted under the name. */
    watchCommit(transaction: Transaction, name: string): Transaction {
      const commit = async () => {
        this.uncertain.push(name);
        try {
          await transaction.commit();
          this.committed?.push(name);
          this.uncertain.pop();
        } catch (error) {
          if (!(error instanceof CommitUncertainError)) {
            this.uncertain.pop();
            throw error;
          }
          throw error.withChanges(this.changes() ?? { committed: [], uncertain: [name] });
        }
      };
      return {
        get failure() {
          return transaction.failure;
        },
        query: transaction.query,
        rollback: transaction.rollback,
        commit,
      };
    },
    async tell<Result>(run: () => Promise<Result>): Promise<Result> {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof CapacityError)) throw error;
        this.refusal ??= error;
        throw this.committed ? error.withCommitted(this.committed) : error;
      }
    },
  };
}

/**
 * Begins a transaction that can send its first statement once more on another connection. It does so if the first connection
 * is dead or its prepared statements have changed, because nothing has run then. For a later statement this is not certain, so
 * the client has to repeat the change.
 */
async function withSecondOpening(begin: () => Promise<Transaction>): Promise<Transaction> {
  let transaction = await begin();
  let first: Promise<StatementResult> | undefined;
  let isOpening = false;
  const queryFirst = async (statement: Statement) => {
    isOpening = true;
    try {
      return await transaction.query(statement);
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
      await transaction.rollback();
      transaction = await begin();
      return await transaction.query(statement);
    } finally {
      isOpening = false;
    }
  };
  /** Until the first statement is answered, the transaction may be replaced by another one. */
  const afterFirst = <Result>(run: () => Promise<Result>) => (first && isOpening ? first.then(run, run) : run());
  return {
    get failure() {
      return transaction.failure;
    },
    query(statement) {
      if (first) return afterFirst(() => transaction.query(statement));
      first = queryFirst(statement);
      return first;
    },
    commit: () => afterFirst(() => transaction.commit()),
    rollback: () => afterFirst(() => transaction.rollback()),
  };
}

/** Returns the transaction with its waits counted. */
function withWaitingTime(transaction: Transaction, waiting: WaitingTime): Transaction {
  return {
    get failure() {
      return transaction.failure;
    },
    query: (statement) => waiting.during(() => transaction.query(statement)),
    commit: () => waiting.during(() => transaction.commit()),
    rollback: () => waiting.during(() => transaction.rollback()),
  };
}

/**
 * Creates a database over a transaction that others begin and end.
 *
 * @param cannotWrite message of the error for a change
 */
export function createInnerDatabase<Tables>(
  connections: Connections,
  send: RunStatement,
  cannotWrite: string,
): CallerDatabase<Tables> {
  const queries = createQueries<Tables>(connections, send);
  return {
    get kysely() {
      return queries.kysely;
    },
    run: queries.run,
    write: () => Promise.reject(new TypeError(cannotWrite)),
    refusal: () => undefined,
    waitedMs: () => 0,
    changes: () => undefined,
    pause: () => undefined,
    abandon: () => undefined,
    dispose: async () => undefined,
  };
}

async function runInTransaction<Tables, Result>(
  connections: Connections,
  transaction: Transaction,
  work: (database: CallerDatabase<Tables>) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const database = createInnerDatabase<Tables>(
    connections,
    transaction.query,
    'A transaction cannot contain another one',
  );
  let result: Result;
  try {
    result = await unlessAborted(work(database), signal);
  } catch (error) {
    const { failure } = transaction;
    await transaction.rollback();
    // `work` may turn an outage into another error (a policy that cannot read denies). The outage is the reason to report.
    throw failure instanceof CapacityError || error instanceof LostStatementError ? failure : error;
  }
  await transaction.commit();
  return result;
}

/**
 * Rejects when the operation ends, even if the work waits for something other than the database. The transaction would hold
 * its connection otherwise.
 */
function unlessAborted<Result>(working: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    working.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Runs a statement again that did not run because its connection or another statement of its transaction failed. */
function ifLost<Result>(again: () => Promise<Result>): (error: unknown) => Promise<Result> {
  return (error) => {
    if (error instanceof LostStatementError) return again();
    throw error;
  };
}
