import { createSigningKey, type SigningKey } from './signing-key.js';

/** The keys of an emulator. One signs and the next one is already published. Retired ones may still be. */
export interface KeyRing {
  /** Returns the key that signs now. */
  current(): Promise<SigningKey>;
  /** Returns all keys of the key documents. */
  published(): Promise<readonly SigningKey[]>;
  /**
   * Makes the next key sign from now on and publishes a new next one. Resolves when the key documents show it.
   *
   * Like Entra's rollover, one rotation gives tokens whose kid was announced before. Two of them in a row give a kid that a
   * server with an older copy of the keys has never seen.
   *
   * @param keepOld whether the key that signed until now stays published
   */
  rotate(keepOld: boolean): Promise<void>;
}

/** Enough for any rollover in a test. Few enough for an ordinary key document. */
const RETIRED_KEYS = 4;

/** Creates the ring and starts making the first two keys at once. The first caller that needs one waits for it. */
export function createKeyRing(createKey: () => Promise<SigningKey> = createSigningKey): KeyRing {
  let current = createKey();
  let next = createKey();
  let retired: readonly Promise<SigningKey>[] = [];
  return {
    current: () => current,
    published: () => Promise.all([current, next, ...retired]),
    async rotate(keepOld) {
      if (keepOld) retired = [current, ...retired].slice(0, RETIRED_KEYS);
      current = next;
      next = createKey();
      await next;
    },
  };
}
