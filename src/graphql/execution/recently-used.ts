/**
 * Values by key, of which those not used for long are forgotten: a full young generation becomes the old one, and the old
 * one is dropped; what is found in the old one moves to the young. Almost a least-recently-used order, at the cost of none.
 */
export class RecentlyUsed<K, V> {
  readonly #generationSize: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  /** @param maxEntries at least 2 */
  constructor(maxEntries: number) {
    this.#generationSize = Math.floor(maxEntries / 2);
  }

  /** The value of this key, if there is one. */
  find(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.#remember(key, old);
    return old;
  }

  /** The value of this key, made and remembered when there is none. */
  get(key: K, create: () => V): V {
    const known = this.find(key);
    if (known !== undefined) return known;
    const value = create();
    this.#remember(key, value);
    return value;
  }

  #remember(key: K, value: V): void {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
