/**
 * Creates turns for the answers to events. Each turn of Node's event loop begins one answer: an event that hundreds of
 * subscriptions get then delays a request by one answer at a time, and not by all of them.
 *
 * @returns resolves when it is the turn of the answer, in the order of the calls
 */
export function createEventTurns(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const begin = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(begin);
  };
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(begin);
    });
}
