/** Ids of changed reports that wait for one subscriber. */
export interface WaitingReports {
  /**
   * Adds an id once. An id that waits already is not added again, because its report is read when its turn comes.
   *
   * @returns number of ids before it, or undefined if ids are no longer taken
   */
  add(id: string): number | undefined;
  /** The id that waits longest, as soon as there is one; undefined after `end`. One call at a time. Rejects after `fail`. */
  take(): Promise<string | undefined>;
  end(): void;
  fail(error: unknown): void;
}

/** @param onOverflow makes the error that `take` rejects with when more than `limit` ids wait */
export function createWaitingReports(limit: number, onOverflow: () => Error): WaitingReports {
  const waiting = new Set<string>();
  let outcome: { readonly error?: unknown } | undefined;
  let wake: () => void = () => undefined;

  const finish = (how: { readonly error?: unknown }) => {
    outcome ??= how;
    waiting.clear();
    wake();
  };
  return {
    add(id) {
      if (outcome) return undefined;
      waiting.add(id);
      if (waiting.size > limit) finish({ error: onOverflow() });
      else wake();
      return waiting.has(id) ? waiting.size - 1 : undefined;
    },
    async take() {
      while (waiting.size === 0 && !outcome) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (outcome && 'error' in outcome) throw outcome.error;
      const [id] = waiting;
      if (id !== undefined) waiting.delete(id);
      return id;
    },
    end: () => finish({}),
    fail: (error) => finish({ error }),
  };
}
