import type { Caller } from '../../authentication/caller.js';
import type { Connections } from '../connections/connections.js';
import type { RunStatement } from '../kysely-dialect.js';
import { type CallerDatabase, createInnerDatabase } from './caller-database.js';
import { createSharedReads } from './shared-reads.js';

/**
 * Opens the database as a caller sees it, to read what has changed for the caller's subscriptions. Without a caller,
 * row-level security shows nothing: that is for functions which read for several callers.
 */
export type OpenEventDatabase<Tables> = (caller: Caller | undefined) => CallerDatabase<Tables>;

/**
 * Creates databases for events. All of them together use at most `maxConnections` connections of the pool, so that requests
 * find the others free however many subscriptions there are. Reads beyond that wait for their turn.
 *
 * Reads that wait at the same time share a short transaction: a subscriber that is slow to answer its event never holds a
 * connection. Rows are frozen, because the answers of several subscriptions share them.
 */
export function createEventDatabases<Tables>(
  connections: Connections,
  maxConnections: number,
): OpenEventDatabase<Tables> {
  const runForCaller = createSharedReads(connections, maxConnections);
  return (caller) => {
    const read: RunStatement = async (statement) => {
      const result = await runForCaller(caller, statement);
      for (const row of result.rows) Object.freeze(row);
      return result;
    };
    return createInnerDatabase<Tables>(connections, read, 'The answer to an event cannot write');
  };
}
