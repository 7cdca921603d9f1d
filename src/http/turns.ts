/** Returns nothing when work of this holder may begin at once. Otherwise resolves when it is its turn. */
export type TakeTurn = (holder: string) => Promise<void> | undefined;

/**
 * Creates turns for requests, operations, or the answers to events. Each turn of Node's event loop begins one of them. If
 * one client sends many at once, another client waits for one of them and not for all. An answer can leave before the next
 * one is made.
 *
 * @returns function that takes a turn. Holders that wait take turns in a circle. The work of one holder keeps its order
 */
export function createTurns(): TakeTurn {
  /** Never has an empty list. The holder that is next comes first. */
  const waiting = new Map<string, (() => void)[]>();
  /** Whether something was begun in this turn of the event loop. It is true while something waits. */
  let isTaken = false;
  const turn = () => {
    isTaken = waiting.size > 0;
    if (!isTaken) return;
    setImmediate(turn);
    for (const [holder, works] of waiting) {
      waiting.delete(holder);
      works.shift()?.();
      if (works.length > 0) waiting.set(holder, works);
      return;
    }
  };
  return (holder) => {
    if (!isTaken) {
      isTaken = true;
      setImmediate(turn);
      return undefined;
    }
    return new Promise((resolve) => {
      const works = waiting.get(holder);
      if (works) works.push(resolve);
      else waiting.set(holder, [resolve]);
    });
  };
}
