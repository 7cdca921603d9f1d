import { LRUCache } from 'lru-cache';
import { textSize } from '../../values/text-size.js';

/** An entry of lru-cache, with a key of 68 characters. */
const ENTRY_BYTES = 210;

/** Texts of automatic persisted queries by their hash. Apollo Server checks the hash and validates before it stores one. */
export interface PersistedQueries {
  /** The bytes that the texts take, as estimated. */
  readonly size: number;
  get(hash: string): Promise<string | undefined>;
  set(hash: string, text: string): Promise<void>;
  delete(hash: string): Promise<void>;
}

/**
 * A text is kept from its first request on, unlike parsed documents, because the protocol sends a text once and then only
 * its hash.
 *
 * @param maxBytes of all texts
 */
export function createPersistedQueries(maxBytes: number): PersistedQueries {
  const texts = new LRUCache<string, string>({
    maxSize: maxBytes,
    sizeCalculation: (text) => ENTRY_BYTES + textSize(text),
  });
  return {
    get size() {
      return texts.calculatedSize;
    },
    get: async (hash) => texts.get(hash),
    set: async (hash, text) => void texts.set(hash, text),
    delete: async (hash) => void texts.delete(hash),
  };
}
