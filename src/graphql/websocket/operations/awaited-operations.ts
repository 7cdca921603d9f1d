/** The operations of one WebSocket that have no answer yet, and the subscriptions that are open. */
export interface AwaitedOperations {
  /**
   * @param isWanted tells whether the client still waits
   * @returns a signal that is aborted when the client no longer waits, and a function to call with the whole answer
   */
  begin(isWanted: () => boolean): { readonly signal: AbortSignal; readonly end: () => void };
  /** Aborts the operations whose client no longer waits. */
  sweep(): void;
}

/**
 * Finds operations whose client has sent `complete` or has gone. The library of the protocol takes them from its list and
 * does not say so.
 */
export function createAwaitedOperations(): AwaitedOperations {
  const awaited = new Map<AbortController, () => boolean>();
  return {
    begin(isWanted) {
      const controller = new AbortController();
      awaited.set(controller, isWanted);
      return { signal: controller.signal, end: () => awaited.delete(controller) };
    },
    sweep() {
      for (const [controller, isWanted] of awaited) {
        if (isWanted()) continue;
        awaited.delete(controller);
        controller.abort();
      }
    },
  };
}
