import { LRUCache } from 'lru-cache';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import type { KeySet } from './key-set.js';
import { isKeyOf, isSameKey, type SigningKey, type TenantIssuer, thumbprintIn } from './signing-key.js';

/**
 * Milliseconds for which a key is trusted after it was last seen. Keys vanish from Entra's key sets for hours and come back.
 * If only the latest key set counted, good tokens would be refused (Microsoft identity platform: signing key rollover).
 */
export const TRUSTED_FOR_MS = AUTHENTICATION_LIMITS.signingKeySeconds.default * 1000;

/** The keys of one kid in the latest key set that has it: a single key, or one for each issuer. */
interface HeldKid {
  readonly keys: readonly SigningKey[];
  readonly lastSeenAtMs: number;
}

/** Holds the keys of all key sets that were read, merged by kid. A key that was not seen for too long is not returned. */
export class HeldKeys {
  /**
   * Keys by kid. Beyond the bound, the kids that were seen longest ago are forgotten. Looking up a key does not count as
   * seeing it.
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
   * Returns the trusted key with this name for the tenant. If the tenant has none, or no tenant is given, returns another
   * trusted key with this name. Callers must check it with {@link isKeyOf}.
   *
   * @param keyName a kid, or for a header without kid the `thumbprintName` of its thumbprint
   */
  find(keyName: string, tenant?: TenantIssuer): SigningKey | undefined {
    const keys = this.#keysNamed(keyName);
    const own = tenant && keys.length > 1 ? closestKey(keys, tenant) : undefined;
    return own ?? keys[0];
  }

  /** Searches all keys for a thumbprint. A header without kid is rare, and Entra publishes fewer than twenty keys. */
  #keysNamed(keyName: string): readonly SigningKey[] {
    const thumbprint = thumbprintIn(keyName);
    if (thumbprint === undefined) return this.#trustedKeys(this.#held.peek(keyName));
    const trusted = [...this.#held.values()].flatMap((entry) => this.#trustedKeys(entry));
    return trusted.filter(({ x5t }) => x5t === thumbprint);
  }

  #trustedKeys(entry: HeldKid | undefined): readonly SigningKey[] {
    return entry && this.#isTrusted(entry) ? entry.keys : [];
  }

  /** Number of trusted keys. */
  get count(): number {
    return [...this.#held.values()].flatMap((entry) => this.#trustedKeys(entry)).length;
  }

  /**
   * Adds the keys of a key set that was read just now. They replace the known keys of the same kids. A key that did not
   * change stays the same object, so that a remembered token can compare its key by identity.
   *
   * A kid whose keys in this set are all unusable is forgotten at once. Its private key may be public, and with it anyone
   * could sign tokens for the rest of the day. A kid that is merely absent stays trusted for a time.
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
