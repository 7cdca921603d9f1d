/**
 * Returns milliseconds that only grow, to measure how long ago something was. The wall clock does not serve for that: set
 * back a day and put right again, it would make every key a day older, and set back by a year it would keep a withdrawn key
 * for a year.
 *
 * @param now a clock of the caller's own, of which steps back are left out; undefined: the monotonic clock of the process
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
