/** Returns one item for each key, in the order of the keys' first items. Of items with one key, the last is kept. */
export function distinct<T>(items: Iterable<T>, keyOf: (item: T) => unknown): readonly T[] {
  return [...new Map(Array.from(items, (item) => [keyOf(item), item])).values()];
}
