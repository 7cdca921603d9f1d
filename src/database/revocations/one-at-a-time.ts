/**
 * Creates a function that resolves when a read has ended which began after the call. Calls during a read share the next one.
 * Two reads at once could end in the wrong order, and the older one would take the place of the newer one.
 */
export function oneAtATime(read: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= last
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        last = read();
        return last;
      });
    return next;
  };
}
