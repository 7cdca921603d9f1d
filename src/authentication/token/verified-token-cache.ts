import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { verificationSize } from './verification-size.js';
import type { Verification, VerifiedAccessToken } from './verify-access-token.js';

export interface VerifiedTokenCacheSettings {
  /** Tokens remembered at most; 0 remembers none. */
  readonly maxEntries: number;
  /** Memory for all of them, as estimated. */
  readonly maxBytes: number;
  readonly clockToleranceSeconds: number;
  /** Milliseconds since 1970. */
  now(): number;
}

interface KnownToken {
  /** SHA-256, base64. */
  readonly digest: string;
  readonly verification: Verification;
}

/**
 * Remembers accepted tokens so that a signature is checked once. It holds no tokens. Entries are looked up by the end of the
 * signature and confirmed by the SHA-256 of the token. A token that was never seen need not be hashed. Only accepted tokens
 * are stored. Two things are checked each time because they may change: the clock (which may be set back) and whether the
 * key is still trusted and the same.
 */
export class VerifiedTokenCache {
  readonly #settings: VerifiedTokenCacheSettings;
  readonly #known: LRUCache<string, KnownToken> | undefined;
  readonly lookups = { hits: 0, misses: 0 };

  constructor(settings: VerifiedTokenCacheSettings) {
    this.#settings = settings;
    const { maxEntries, maxBytes } = settings;
    // The library takes 0 as "no bound".
    if (maxEntries > 0) this.#known = new LRUCache({ max: maxEntries, maxSize: maxBytes });
  }

  /** The bytes that the remembered tokens take, as estimated. */
  get size(): number {
    return this.#known?.calculatedSize ?? 0;
  }

  /** The token as verified before, if it would still be accepted. */
  find(accessToken: string): VerifiedAccessToken | undefined {
    const found = this.#find(accessToken);
    this.lookups[found ? 'hits' : 'misses'] += 1;
    return found;
  }

  #find(accessToken: string): VerifiedAccessToken | undefined {
    const known = this.#known?.get(endingOf(accessToken));
    if (!known || known.digest !== digestOf(accessToken)) return undefined;
    return this.#isStillAccepted(known.verification) ? known.verification.verified : undefined;
  }

  /** @param verification of exactly this token, in canonical encoding */
  remember(accessToken: string, verification: Verification): void {
    const known = { digest: digestOf(accessToken), verification };
    this.#known?.set(endingOf(accessToken), known, { size: verificationSize(verification) });
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

function digestOf(accessToken: string): string {
  return hash('sha256', accessToken, 'base64');
}

/** Returns 72 bits of the signature. V8 copies so few characters and therefore does not keep the whole token in memory. */
function endingOf(accessToken: string): string {
  return accessToken.slice(-12);
}
