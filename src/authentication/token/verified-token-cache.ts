import { hash } from 'node:crypto';
import type { Verification, VerifiedAccessToken } from './verify-access-token.js';

/** Settings of the cache. */
export interface VerifiedTokenCacheSettings {
  /** Tokens remembered at most; 0 remembers none. */
  readonly maxEntries: number;
  readonly clockToleranceSeconds: number;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Remembers accepted tokens, so that a signature is checked once. Keyed by SHA-256, it holds no token. Only accepted
 * tokens get in, and what may change between two requests is asked each time: the clock (also one set back), and whether
 * the key is still trusted and the same.
 *
 * Bounded by two generations: when the young one is full it becomes the old one, and the old one is forgotten; what is
 * used again in the old one moves to the young. Almost a least-recently-used order, without the cost of keeping one.
 */
export class VerifiedTokenCache {
  readonly #settings: VerifiedTokenCacheSettings;
  #young = new Map<string, Verification>();
  #old = new Map<string, Verification>();

  constructor(settings: VerifiedTokenCacheSettings) {
    this.#settings = settings;
  }

  /**
   * The token as verified before, if it would still be accepted.
   *
   * @param digest {@link digestOf} the token
   */
  find(digest: string): VerifiedAccessToken | undefined {
    const known = this.#young.get(digest) ?? this.#rejuvenate(digest);
    return known && this.#isStillAccepted(known) ? known.verified : undefined;
  }

  /** @param verification of exactly the token of that digest, in canonical encoding */
  remember(digest: string, verification: Verification): void {
    const generationSize = Math.ceil(this.#settings.maxEntries / 2);
    if (generationSize === 0) return;
    if (this.#young.size >= generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(digest, verification);
  }

  #rejuvenate(digest: string): Verification | undefined {
    const known = this.#old.get(digest);
    if (known) this.remember(digest, known);
    return known;
  }

  #isStillAccepted({ claims, key, keys, tenant }: Verification): boolean {
    const nowSeconds = Math.floor(this.#settings.now() / 1000);
    const { clockToleranceSeconds } = this.#settings;
    return (
      nowSeconds < claims.expiresAtSeconds + clockToleranceSeconds &&
      nowSeconds + clockToleranceSeconds >= claims.notBeforeSeconds &&
      nowSeconds + clockToleranceSeconds >= claims.issuedAtSeconds &&
      keys.find(key.kid, tenant) === key
    );
  }
}

/** SHA-256 of an access token, base64. */
export function digestOf(accessToken: string): string {
  return hash('sha256', accessToken, 'base64');
}
