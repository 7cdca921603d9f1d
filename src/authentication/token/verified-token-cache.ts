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

/** An accepted token, told from all others by its digest. */
interface KnownToken {
  /** SHA-256, base64. */
  readonly digest: string;
  readonly verification: Verification;
}

/**
 * Remembers accepted tokens, so that a signature is checked once. It holds no token: one is looked for by the end of its
 * signature, and recognised by its SHA-256, which a token that nobody has sent before need not have computed. Only accepted
 * tokens get in, and what may change between two requests is asked each time: the clock (also one set back), and whether
 * the key is still trusted and the same.
 *
 * Bounded by two generations: when the young one is full it becomes the old one, and the old one is forgotten; what is
 * used again in the old one moves to the young. Almost a least-recently-used order, without the cost of keeping one.
 */
export class VerifiedTokenCache {
  readonly #settings: VerifiedTokenCacheSettings;
  #young = new Map<string, KnownToken>();
  #old = new Map<string, KnownToken>();

  constructor(settings: VerifiedTokenCacheSettings) {
    this.#settings = settings;
  }

  /** The token as verified before, if it would still be accepted. */
  find(accessToken: string): VerifiedAccessToken | undefined {
    const ending = endingOf(accessToken);
    const young = this.#young.get(ending);
    const known = young ?? this.#old.get(ending);
    if (!known || known.digest !== digestOf(accessToken)) return undefined;
    if (!young) this.#add(ending, known);
    return this.#isStillAccepted(known.verification) ? known.verification.verified : undefined;
  }

  /** @param verification of exactly this token, in canonical encoding */
  remember(accessToken: string, verification: Verification): void {
    this.#add(endingOf(accessToken), { digest: digestOf(accessToken), verification });
  }

  #add(ending: string, known: KnownToken): void {
    const generationSize = Math.ceil(this.#settings.maxEntries / 2);
    if (generationSize === 0) return;
    if (this.#young.size >= generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(ending, known);
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

/** 72 bits of its signature: V8 copies so few characters, and so does not keep the rest in memory with them. */
function endingOf(accessToken: string): string {
  return accessToken.slice(-12);
}
