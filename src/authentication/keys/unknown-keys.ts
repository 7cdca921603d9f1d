import { LRUCache } from 'lru-cache';
import { ownText } from '../../values/own-text.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';

/** Bytes of a cache entry without the characters of its key name. A test holds the estimate within a quarter. */
const ENTRY_BYTES = 115;

/**
 * Maximum of misses that count. A key name is public. Without a bound, an attacker could send the name of a key that is away
 * for hours again and again. The tokens of others would then be refused for just as long after the key is back.
 */
const MAX_MISSES = AUTHENTICATION_LIMITS.unknownKeyMisses.default;

/**
 * Remembers the names of keys that were not found. The wait before the next look for the same key grows up to the fifth time.
 * So a client that keeps sending a token of another authority does not cause a stream of refreshes.
 */
export class UnknownKeys {
  readonly #misses = new LRUCache<string, { readonly count: number; readonly lastAtMs: number }>({
    max: AUTHENTICATION_LIMITS.unknownKeys.default,
    maxSize: AUTHENTICATION_LIMITS.unknownKeyBytes.default,
  });

  /**
   * @param waitMs wait after one miss. After two it is twice as long, after five or more five times
   * @param elapsedMs milliseconds of a clock that never goes back
   */
  constructor(
    private readonly waitMs: number,
    private readonly elapsedMs: () => number,
  ) {}

  /** Estimated bytes that the key names take. */
  get size(): number {
    return this.#misses.calculatedSize;
  }

  /** Returns whether a key may be looked for. Asking does not refresh its entry, so a flood cannot keep it remembered. */
  mayLookFor(keyName: string): boolean {
    const misses = this.#misses.peek(keyName);
    return !misses || this.elapsedMs() - misses.lastAtMs >= misses.count * this.waitMs;
  }

  /** Notes that a key was looked for just now and not found. */
  addMiss(keyName: string): void {
    const count = Math.min(MAX_MISSES, (this.#misses.peek(keyName)?.count ?? 0) + 1);
    this.#misses.set(ownText(keyName), { count, lastAtMs: this.elapsedMs() }, { size: ENTRY_BYTES + keyName.length });
  }
}
