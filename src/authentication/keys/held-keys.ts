import { LRUCache } from 'lru-cache';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import type { KeySet } from './key-set.js';
import { isKeyOf, isSameKey, type SigningKey, type TenantIssuer, thumbprintIn } from './signing-key.js';

/**
 * Milliseconds for which a key is trusted after it was last seen. Entra's key sets flap: keys vanish for hours and come
 * back. A set that replaced the one before would refuse good tokens (Microsoft identity platform: signing key rollover).
 */
export const TRUSTED_FOR_MS = AUTHENTICATION_LIMITS.signingKeySeconds.default * 1000;

/** The entries of the latest key set that has this kid. There is a key or one for each issuer. */
interface HeldKid {
  readonly keys: readonly SigningKey[];
  readonly lastSeenAtMs: number;
}

/** Holds the keys that are trusted now. They are those of the latest key sets merged by kid. */
export class HeldKeys {
  /**
   * Keys by kid. Those that were unseen for longest are forgotten first, because only a key set that has a kid touches its
   * entry.
   */
  readonly #held = new LRUCache<string, HeldKid>({
    maxSize: AUTHENTICATION_LIMITS.heldSigningKeys.default,
    sizeCalculation: ({ keys }) => keys.length,
  });
  readonly #elapsedMs: () => number;

  /** @param elapsedMs milliseconds of a clock that never goes back */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /**
   * Returns the key with this name for the tenant. If the tenant has none, or no tenant is given, returns another key with
   * this name. Callers must check it with {@link isKeyOf}.
   *
   * @param keyName a kid, or what `thumbprintName` makes of the thumbprint in a header without kid
   */
  find(keyName: string, tenant?: TenantIssuer): SigningKey | undefined {
    const keys = this.#keysNamed(keyName);
    const own = tenant && keys.length > 1 ? closestKey(keys, tenant) : undefined;
    return own ?? keys[0];
  }

  /** Thumbprints have no index because a header without kid is rare and Entra publishes fewer than twenty keys. */
  #keysNamed(keyName: string): readonly SigningKey[] {
    const thumbprint = thumbprintIn(keyName);
    if (thumbprint === undefined) return this.#trustedKeys(this.#held.peek(keyName));
    const trusted = [...this.#held.values()].flatMap((entry) => this.#trustedKeys(entry));
    return trusted.filter(({ x5t }) => x5t === thumbprint);
  }

  #trustedKeys(entry: HeldKid | undefined): readonly SigningKey[] {
    return entry && this.#isTrusted(entry) ? entry.keys : [];
  }

  get count(): number {
    return [...this.#held.values()].flatMap((entry) => this.#trustedKeys(entry)).length;
  }

  /**
   * Adds the keys of a key set that was read just now. For a kid that was known before, only this key set counts. A key that
   * is known already stays the same object, by which a verified token recognises that its key has not changed.
   *
   * A kid that is in this key set without a usable key is forgotten at once. Its private key was published or taken out of
   * use, and its holder could sign tokens for the rest of the day. A kid that is merely absent stays trusted for a time.
   */
  merge({ keys, unusable }: KeySet): void {
    const lastSeenAtMs = this.#elapsedMs();
    for (const { kid } of unusable) {
      if (!keys.some((key) => key.kid === kid)) this.#held.delete(kid);
    }
    for (const kid of new Set(keys.map((key) => key.kid))) {
      const known = this.#held.peek(kid)?.keys ?? [];
      const seen = keys.filter((key) => key.kid === kid);
      this.#held.set(kid, { keys: seen.map((key) => known.find((same) => isSameKey(same, key)) ?? key), lastSeenAtMs });
    }
  }

  #isTrusted({ lastSeenAtMs }: HeldKid): boolean {
    return this.#elapsedMs() - lastSeenAtMs < TRUSTED_FOR_MS;
  }
}

/** Prefers a key that names the tenant itself to one for all tenants. */
function closestKey(keys: readonly SigningKey[], tenant: TenantIssuer): SigningKey | undefined {
  return keys.find(({ issuer }) => issuer === tenant.issuer) ?? keys.find((key) => isKeyOf(key, tenant));
}
