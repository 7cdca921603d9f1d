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

/** Remembers accepted tokens, so that a signature is checked once. */
export interface VerifiedTokenCache {
  /**
   * The token as verified before, if it would still be accepted.
   *
   * @param digest {@link digestOf} the token
   */
  find(digest: string): VerifiedAccessToken | undefined;
  /** @param verification of exactly the token of that digest, in canonical encoding */
  remember(digest: string, verification: Verification): void;
}

/**
 * A cache by SHA-256 of the token, so that it holds no token. Only accepted tokens get in, and what may change between
 * two requests is asked each time: the clock (also one set back), and whether the key is still trusted and the same.
 *
 * Bounded by two generations: when the young one is full it becomes the old one, and the old one is forgotten; what is
 * used again in the old one moves to the young. Almost a least-recently-used order, without the cost of keeping one.
 */
export function createVerifiedTokenCache(settings: VerifiedTokenCacheSettings): VerifiedTokenCache {
  const generationSize = Math.ceil(settings.maxEntries / 2);
  let young = new Map<string, Verification>();
  let old = new Map<string, Verification>();

  function insert(digest: string, verification: Verification): void {
    if (generationSize === 0) return;
    if (young.size >= generationSize) {
      old = young;
      young = new Map();
    }
    young.set(digest, verification);
  }

  function lookUp(digest: string): Verification | undefined {
    const recent = young.get(digest);
    if (recent) return recent;
    const earlier = old.get(digest);
    if (earlier) insert(digest, earlier);
    return earlier;
  }

  function isStillAccepted({ claims, key, keys }: Verification): boolean {
    const nowSeconds = Math.floor(settings.now() / 1000);
    return (
      nowSeconds < claims.expiresAtSeconds + settings.clockToleranceSeconds &&
      nowSeconds + settings.clockToleranceSeconds >= claims.notBeforeSeconds &&
      nowSeconds + settings.clockToleranceSeconds >= claims.issuedAtSeconds &&
      keys.find(key.kid) === key
    );
  }

  return {
    find(digest) {
      const known = lookUp(digest);
      return known && isStillAccepted(known) ? known.verified : undefined;
    },
    remember: insert,
  };
}

/** SHA-256 of an access token, base64. */
export function digestOf(accessToken: string): string {
  return hash('sha256', accessToken, 'base64');
}
