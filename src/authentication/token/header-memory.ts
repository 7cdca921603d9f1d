import { LRUCache } from 'lru-cache';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import { ownText } from '../own-text.js';
import type { UnverifiedHeader } from './unverified-header.js';

/** An entry of the cache and its header, beside their characters (a test holds the estimate within a quarter). */
const ENTRY_BYTES = 150;

/** Headers that were read, by their text. */
export interface HeaderMemory {
  /** The bytes that they take, as estimated. */
  readonly size: number;
  find(headerPart: string): UnverifiedHeader | undefined;
  /** Returns the header as it is remembered: a copy that keeps no token in memory. */
  remember(headerPart: string, header: UnverifiedHeader): UnverifiedHeader;
}

const DEFAULT_BOUNDS = {
  maxHeaders: AUTHENTICATION_LIMITS.rememberedHeaders.default,
  maxBytes: AUTHENTICATION_LIMITS.rememberedHeaderBytes.default,
} as const;

/** Creates a memory of token headers. Those not used for the longest time are forgotten first. */
export function createHeaderMemory({
  maxHeaders,
  maxBytes,
}: {
  readonly maxHeaders: number;
  readonly maxBytes: number;
} = DEFAULT_BOUNDS): HeaderMemory {
  const headers = new LRUCache<string, UnverifiedHeader>({ max: maxHeaders, maxSize: maxBytes });
  return {
    get size() {
      return headers.calculatedSize;
    },
    find: (headerPart) => headers.get(headerPart),
    remember(headerPart, { kid, x5t }) {
      const header = { kid: kid && ownText(kid), x5t: x5t && ownText(x5t) };
      const size = ENTRY_BYTES + headerPart.length + (kid?.length ?? 0) + (x5t?.length ?? 0);
      headers.set(ownText(headerPart), header, { size });
      return header;
    },
  };
}
