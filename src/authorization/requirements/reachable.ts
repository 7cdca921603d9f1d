/** Returns these and all that `nextOf` leads to from them. */
export function withReachable<T>(starts: Iterable<T>, nextOf: (one: T) => Iterable<T>): ReadonlySet<T> {
  const found = new Set(starts);
  // A Set may grow while it is iterated: what is added is visited too.
  for (const one of found) for (const next of nextOf(one)) found.add(next);
  return found;
}

/** Creates a function that follows edges from their first end. */
export function along<T>(edges: Iterable<readonly [from: T, to: T]>): (from: T) => readonly T[] {
  const targets = new Map<T, T[]>();
  for (const [from, to] of edges) {
    const known = targets.get(from);
    if (known) known.push(to);
    else targets.set(from, [to]);
  }
  return (from) => targets.get(from) ?? [];
}
