import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { textSize } from '../../values/text-size.js';

/** Decides which statements are prepared. PostgreSQL keeps the plan of a named statement on each connection separately. */
export interface StatementNames {
  /**
   * Returns the name under which the connection prepares the statement. Returns undefined if the statement is sent without
   * a name.
   */
  nameOn(client: pg.ClientBase, text: string): string | undefined;
  /**
   * Returns whether the connection must be replaced by a new one. It has prepared as many statements as it may, and not just
   * now: a client that varies its queries would otherwise have connections replaced all the time.
   */
  isOutdated(client: pg.ClientBase): boolean;
  /** Estimated bytes of the texts that are remembered. */
  readonly size: number;
}

interface Prepared {
  readonly names: Set<string>;
  /** Estimated bytes of their texts. The driver keeps them for each connection, and so does PostgreSQL. */
  bytes: number;
  /** It prepares no more. */
  isFull: boolean;
  /** Time at which the connection prepared its first statement. */
  readonly since: number;
}

/** Estimate in bytes of an entry without its text. */
const BYTES = { entry: 130 } as const;

/**
 * Creates the names. A statement gets a name when it comes for the second time, because planning one that comes only once
 * does not pay. A connection that has prepared enough of them sends others without a name.
 *
 * @param options.limit on the statements that are remembered here, and on those that one connection prepares
 * @param options.maxBytes of the texts that are remembered here, and of those that one connection prepares. A text that is
 *   larger alone is never prepared
 * @param options.lifeMs time for which a connection with so many is used
 * @param options.now returns milliseconds. Default: the clock of this process
 */
export function createStatementNames(options: {
  readonly limit: number;
  readonly maxBytes: number;
  readonly lifeMs: number;
  now?(): number;
}): StatementNames {
  const { limit, maxBytes, lifeMs, now = () => performance.now() } = options;
  const sizeOf = (text: string) => BYTES.entry + textSize(text);
  const names = new LRUCache<string, { name?: string }>({
    max: limit,
    maxSize: maxBytes,
    sizeCalculation: (_known, text) => sizeOf(text),
  });
  const byClient = new WeakMap<pg.ClientBase, Prepared>();
  let count = 0;

  const prepare = (prepared: Prepared, name: string, text: string) => {
    prepared.bytes += sizeOf(text);
    prepared.isFull = prepared.bytes > maxBytes;
    if (prepared.isFull) return undefined;
    prepared.names.add(name);
    prepared.isFull = prepared.names.size >= limit;
    return name;
  };
  const preparedOn = (client: pg.ClientBase) => {
    const known = byClient.get(client);
    if (known) return known;
    const prepared: Prepared = { names: new Set(), bytes: 0, isFull: false, since: now() };
    byClient.set(client, prepared);
    return prepared;
  };
  return {
    nameOn(client, text) {
      const known = names.get(text);
      if (!known) {
        names.set(text, {});
        return undefined;
      }
      const prepared = preparedOn(client);
      if (known.name === undefined) {
        count += 1;
        known.name = `entra_${count}`;
      }
      if (prepared.names.has(known.name)) return known.name;
      return prepared.isFull ? undefined : prepare(prepared, known.name, text);
    },
    isOutdated(client) {
      const prepared = byClient.get(client);
      return prepared?.isFull === true && now() - prepared.since >= lifeMs;
    },
    get size() {
      return names.calculatedSize;
    },
  };
}

/** Names for poolers that give each transaction another connection. Nothing prepared can be found again there. */
export const NO_STATEMENT_NAMES: StatementNames = { nameOn: () => undefined, isOutdated: () => false, size: 0 };
