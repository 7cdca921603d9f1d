/** The time in which a request waits for the database. Statements that wait together count once. */
export interface WaitingTime {
  /** Counts the time until the promise settles. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Milliseconds so far. */
  total(): number;
}

/** @param now clock in milliseconds. Default: the process's */
export function createWaitingTime(now: () => number = () => performance.now()): WaitingTime {
  let waiting = 0;
  let since = 0;
  let ended = 0;
  return {
    async during(work) {
      if (waiting === 0) since = now();
      waiting += 1;
      try {
        return await work();
      } finally {
        waiting -= 1;
        if (waiting === 0) ended += now() - since;
      }
    },
    total: () => ended + (waiting > 0 ? now() - since : 0),
  };
}
