import { LRUCache } from 'lru-cache';

interface Held<Key extends object, Value> {
  readonly key: WeakRef<Key>;
  readonly value: Value;
}

/**
 * Caches values derived from objects, such as the plan of an operation. A value lives at most as long as its object. When
 * all values together are estimated to exceed the bound, those not used for the longest time are forgotten. The cache does
 * not keep the objects alive although values refer to them.
 */
export class WeakCache<Key extends object, Value> {
  readonly #held = new WeakMap<Key, Held<Key, Value>>();
  /** Order of use, with sizes. An object that is gone counts until it is the one not used for longest. */
  readonly #turns: LRUCache<WeakRef<Key>, true>;

  constructor(maxBytes: number) {
    this.#turns = new LRUCache({ maxSize: maxBytes, dispose: (_true, key) => this.#forget(key) });
  }

  /** The bytes that the values take, as estimated. */
  get size(): number {
    return this.#turns.calculatedSize;
  }

  get(key: Key): Value | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#turns.get(held.key);
    return held.value;
  }

  /** @param bytes that the value takes beside what other values share. A value over the bound is not kept. */
  set(key: Key, value: Value, bytes: number): void {
    const known = this.#held.get(key)?.key;
    if (known) this.#turns.delete(known);
    const held = { key: new WeakRef(key), value };
    this.#turns.set(held.key, true, { size: Math.ceil(bytes) + ENTRY_BYTES });
    if (this.#turns.has(held.key)) this.#held.set(key, held);
  }

  #forget(turn: WeakRef<Key>): void {
    // An object that is gone has no entry any more.
    this.#held.delete(Object(turn.deref()));
  }
}

/** An entry of the two tables. */
const ENTRY_BYTES = 350;
