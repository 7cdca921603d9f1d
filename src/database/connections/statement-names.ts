import { LRUCache } from 'lru-cache';
import type pg from 'pg';

/** Decides which statements are prepared. PostgreSQL keeps the plan of a named statement on each connection separately. */
export interface StatementNames {
  /**
   * Returns the name under which the connection prepares the statement. Returns undefined if the statement is sent without
   * a name.
   */
  nameOn(client: pg.ClientBase, text: string): string | undefined;
  /** Returns whether the connection has prepared as many statements as it may. It must then be replaced by a new one. */
  isFull(client: pg.ClientBase): boolean;
}

/**
 * Creates the names. A statement gets a name when it comes for the second time, because planning one that comes only once
 * does not pay.
 *
 * @param limit on the statements that are remembered here, and on those that one connection prepares
 */
export function createStatementNames(limit: number): StatementNames {
  const names = new LRUCache<string, { name?: string }>({ max: limit });
  const prepared = new WeakMap<pg.ClientBase, Set<string>>();
  let count = 0;
  return {
    nameOn(client, text) {
      const known = names.get(text);
      if (!known) {
        names.set(text, {});
        return undefined;
      }
      if (known.name === undefined) {
        count += 1;
        known.name = `entra_${count}`;
      }
      const ofClient = prepared.get(client);
      if (ofClient) ofClient.add(known.name);
      else prepared.set(client, new Set([known.name]));
      return known.name;
    },
    isFull: (client) => (prepared.get(client)?.size ?? 0) >= limit,
  };
}

/** Names for poolers that give each transaction another connection. Nothing prepared can be found again there. */
export const NO_STATEMENT_NAMES: StatementNames = { nameOn: () => undefined, isFull: () => false };
