import { LRUCache } from 'lru-cache';
import type pg from 'pg';

/** Which statements are prepared: PostgreSQL keeps the plan of one that has a name, on each connection for itself. */
export interface StatementNames {
  /** Returns the name under which the connection prepares the statement. Undefined: it is sent without one. */
  nameOn(client: pg.ClientBase, text: string): string | undefined;
  /** Whether the connection has prepared as many statements as it may. Then it is to be replaced by a new one. */
  isFull(client: pg.ClientBase): boolean;
}

/**
 * A statement gets a name when it comes for the second time: one that comes once would be planned for nobody.
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

/** For poolers that give each transaction another connection, where nothing prepared can be found again. */
export const NO_STATEMENT_NAMES: StatementNames = { nameOn: () => undefined, isFull: () => false };
