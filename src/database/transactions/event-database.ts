import type { Caller } from '../../authentication/caller.js';
import type { Connections } from '../connections/connections.js';
import { createPlaces } from '../connections/places.js';
import type { RunStatement } from '../kysely-dialect.js';
import { StaleConnectionError } from '../statements/lost-statement.js';
import { createQueries } from '../statements/queries.js';
import type { Statement } from '../statements/statement.js';
import type { CallerDatabase } from './caller-database.js';
import { beginTransaction } from './transaction.js';

/** Opens the database as a caller sees it, to read what has changed for the caller's subscriptions. */
export type OpenEventDatabase<Tables> = (caller: Caller) => CallerDatabase<Tables>;

/**
 * Creates databases for events. All of them together use at most `maxConnections` connections of the pool, so that requests
 * find the others free however many subscriptions there are. Reads beyond that wait for their turn.
 *
 * Each statement has a short transaction of its own: a subscriber that is slow to answer its event never holds a connection.
 * Rows are frozen, because the answers of several subscriptions share them.
 */
export function createEventDatabases<Tables>(
  connections: Connections,
  maxConnections: number,
): OpenEventDatabase<Tables> {
  // LIMIT_CALLER_SUBSCRIPTIONS and LIMIT_SUBSCRIPTION_EVENTS bound how many wait.
  const places = createPlaces({ count: maxConnections });
  // This signal never aborts. Each statement is its own transaction and has PostgreSQL's time limit.
  const { signal } = new AbortController();
  return (caller) => {
    const readAlone: RunStatement = async (statement) => {
      const transaction = await beginTransaction(connections, 'read only', { caller, signal, isShared: true });
      try {
        const result = await transaction.query(statement);
        for (const row of result.rows) Object.freeze(row);
        return result;
      } finally {
        await transaction.rollback();
      }
    };
    const readAgain = (statement: Statement) => (error: unknown) => {
      if (error instanceof StaleConnectionError) return readAlone(statement);
      throw error;
    };
    const read: RunStatement = async (statement) => {
      const leave = await places.take();
      return readAlone(statement).catch(readAgain(statement)).finally(leave);
    };
    const queries = createQueries<Tables>(connections, read);
    return {
      get kysely() {
        return queries.kysely;
      },
      run: queries.run,
      write: () => Promise.reject(new TypeError('The answer to an event cannot write')),
      refusal: () => undefined,
      waitedMs: () => 0,
      changes: () => undefined,
      pause: () => undefined,
      abandon: () => undefined,
      dispose: async () => undefined,
    };
  };
}
