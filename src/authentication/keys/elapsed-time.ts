/**
 * Creates a clock in milliseconds that only grows, to measure how long ago something was. The wall clock cannot do that. Set
 * back a day and then corrected, it would make every key a day older. Set back by a year, it would keep a withdrawn key for
 * a year.
 *
 * @param now the caller's own clock, whose steps back are left out. Undefined: the monotonic clock of the process.
 */
export function createElapsedTime(now: (() => number) | undefined): () => number {
  if (!now) return () => performance.now();
  let lastMs: number | undefined;
  let elapsedMs = 0;
  return () => {
    const nowMs = now();
    if (lastMs !== undefined && nowMs > lastMs) elapsedMs += nowMs - lastMs;
    lastMs = nowMs;
    return elapsedMs;
  };
}
