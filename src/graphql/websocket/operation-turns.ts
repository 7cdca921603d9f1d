/** Resolves when it is the turn of one more piece of work for this holder. */
export type TakeTurn = (holder: string) => Promise<void>;

/**
 * Creates turns for operations, or for the answers to events. Each turn of Node's event loop begins one of them. Many that
 * come at once then delay a request by one at a time, and not by all of them. Each holds its place while it waits, and an
 * answer can leave before the next one is made.
 *
 * @returns takes a turn. Holders take turns in a circle. The work of one holder keeps its order
 */
export function createTurns(): TakeTurn {
  /** Never has an empty list. The holder that is next comes first. */
  const waiting = new Map<string, (() => void)[]>();
  const begin = () => {
    for (const [holder, works] of waiting) {
      works.shift()?.();
      waiting.delete(holder);
      if (works.length > 0) waiting.set(holder, works);
      break;
    }
    if (waiting.size > 0) setImmediate(begin);
  };
  return (holder) =>
    new Promise((resolve) => {
      if (waiting.size === 0) setImmediate(begin);
      const works = waiting.get(holder);
      if (works) works.push(resolve);
      else waiting.set(holder, [resolve]);
    });
}
