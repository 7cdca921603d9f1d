import { isSameKey, type SigningKey } from './signing-key.js';

const HOUR_MS = 3_600_000;

/**
 * How long a key is trusted after it was last seen, in milliseconds. Entra's key sets flap: keys vanish for hours and
 * come back, so a set that replaced the one before would refuse good tokens (Microsoft identity platform: signing key
 * rollover).
 */
export const TRUSTED_FOR_MS = 24 * HOUR_MS;

/** The ones unseen for longest go first. */
const MAX_KEYS_HELD = 1000;

interface HeldKey {
  readonly key: SigningKey;
  readonly lastSeenAtMs: number;
}

/** The keys that are trusted now: those of the latest key sets, merged by kid. */
export class HeldKeys {
  /** In the order in which they were last seen. */
  readonly #held = new Map<string, HeldKey>();
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  find(kid: string): SigningKey | undefined {
    const entry = this.#held.get(kid);
    return entry && this.#isTrusted(entry) ? entry.key : undefined;
  }

  get count(): number {
    return [...this.#held.values()].filter((entry) => this.#isTrusted(entry)).length;
  }

  /**
   * Adds the keys of a key set that was read just now. A key that is known already stays the same object, by which a
   * verified token recognises that its key has not changed.
   */
  merge(keys: readonly SigningKey[]): void {
    const lastSeenAtMs = this.#now();
    for (const key of keys) {
      const known = this.#held.get(key.kid)?.key;
      this.#held.delete(key.kid);
      this.#held.set(key.kid, { key: known && isSameKey(known, key) ? known : key, lastSeenAtMs });
    }
    for (const kid of this.#held.keys()) {
      if (this.#held.size > MAX_KEYS_HELD) this.#held.delete(kid);
    }
  }

  #isTrusted({ lastSeenAtMs }: HeldKey): boolean {
    return this.#now() - lastSeenAtMs < TRUSTED_FOR_MS;
  }
}
