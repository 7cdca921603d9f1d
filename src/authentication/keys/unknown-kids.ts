import { LRUCache } from 'lru-cache';
import { ownText } from '../../values/own-text.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';

/** An entry of the cache beside the characters of its kid (a test holds the estimate within a quarter). */
const ENTRY_BYTES = 115;

/**
 * Maximum of misses that count. A kid is public. Without a bound, an attacker could keep sending the kid of a key that is
 * away for hours. The tokens of others would then be refused for as long again once the key is back.
 */
const MAX_MISSES = AUTHENTICATION_LIMITS.unknownKeyMisses.default;

/**
 * Key ids that were not found. The wait before the next look for the same key grows each time. So a client that keeps
 * sending a token of another authority does not cause a stream of fetches. From the fifth time on the wait stays the same.
 */
export class UnknownKids {
  readonly #misses = new LRUCache<string, { readonly count: number; readonly lastAtMs: number }>({
    max: AUTHENTICATION_LIMITS.unknownKeys.default,
    maxSize: AUTHENTICATION_LIMITS.unknownKeyBytes.default,
  });

  /**
   * @param waitMs how long one miss keeps a kid from being looked for; two keep it twice as long, five or more five times
   * @param elapsedMs milliseconds of a clock that never goes back
   */
  constructor(
    private readonly waitMs: number,
    private readonly elapsedMs: () => number,
  ) {}

  /** The bytes that the kids take, as estimated. */
  get size(): number {
    return this.#misses.calculatedSize;
  }

  /** Returns whether it may be looked for. Asking does not keep it remembered, because a flood of one kid could do so. */
  mayLookFor(kid: string): boolean {
    const misses = this.#misses.peek(kid);
    return !misses || this.elapsedMs() - misses.lastAtMs >= misses.count * this.waitMs;
  }

  /** Notes that a key set which was read just now does not have it. */
  addMiss(kid: string): void {
    const count = Math.min(MAX_MISSES, (this.#misses.peek(kid)?.count ?? 0) + 1);
    this.#misses.set(ownText(kid), { count, lastAtMs: this.elapsedMs() }, { size: ENTRY_BYTES + kid.length });
  }
}
