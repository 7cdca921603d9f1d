/** A map whose entries expire. It drops its oldest entry rather than grow past its capacity. */
export interface ExpiringMap<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  /** Combines `get` and `delete` for values that can be used only once. */
  take(key: string): Value | undefined;
  delete(key: string): void;
}

/** @param now milliseconds since 1970 */
export function createExpiringMap<Value>(options: {
  readonly capacity: number;
  readonly lifetimeSeconds: number;
  readonly now: () => number;
}): ExpiringMap<Value> {
  // A Map iterates in the order of insertion, so its first key is the oldest.
  const entries = new Map<string, { readonly value: Value; readonly expiresAtMs: number }>();

  function get(key: string): Value | undefined {
    const entry = entries.get(key);
    if (entry && options.now() < entry.expiresAtMs) return entry.value;
    entries.delete(key);
    return undefined;
  }

  return {
    get,
    set(key, value) {
      entries.delete(key);
      for (const oldest of entries.keys()) {
        if (entries.size < options.capacity) break;
        entries.delete(oldest);
      }
      entries.set(key, { value, expiresAtMs: options.now() + options.lifetimeSeconds * 1000 });
    },
    take(key) {
      const value = get(key);
      entries.delete(key);
      return value;
    },
    delete(key) {
      entries.delete(key);
    },
  };
}
