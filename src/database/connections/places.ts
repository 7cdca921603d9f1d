/** A bounded number of places with a queue. */
export interface Places {
  /**
   * Resolves when a place is free. Waiters are served in the order of arrival.
   *
   * @returns gives the place back. Call it once
   * @throws an error of {@link QueueOptions}, or the reason of `signal`
   */
  take(signal?: AbortSignal): Promise<() => void>;
  /** Returns how many wait for a place. */
  waiting(): number;
  /** Returns true if every place is free and nothing waits for one. */
  isUnused(): boolean;
}

/** The bounds of a queue, and the error for each of them. */
export interface QueueOptions {
  readonly maxWaiting: number;
  /** Error at once if `maxWaiting` are waiting. */
  full(): Error;
  /** Longest wait to be expected, by how fast others got their places lately. */
  readonly expectedMs: number;
  /** Error at once if the expected wait is longer than `expectedMs`. */
  slow(): Error;
  readonly waitMs: number;
  /** Error after a wait of `waitMs`. */
  late(): Error;
}

export interface PlacesOptions {
  readonly count: number;
  /** Undefined: every request waits for its turn. The number of requests must be bounded elsewhere then. */
  readonly queue?: QueueOptions;
}

/** Waiters that the pace follows. A single long pause counts little. */
const REMEMBERED = 16;

/** Creates the places. All of them are free. */
export function createPlaces({ count, queue }: PlacesOptions): Places {
  /** Waiters in the order of arrival. A Set allows removing those that stop waiting. */
  const waiting = new Set<() => void>();
  let free = count;
  let givenAt = 0;
  /** Mean time from one waiter that gets a place to the next. */
  let paceMs = 0;

  const giveBack = () => {
    const [next] = waiting;
    if (next) {
      const now = performance.now();
      paceMs += (now - givenAt - paceMs) / REMEMBERED;
      givenAt = now;
      waiting.delete(next);
      next();
    } else free += 1;
  };
  const wait = (signal: AbortSignal | undefined) =>
    new Promise<() => void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', leave);
        waiting.delete(enter);
      };
      const enter = () => {
        stop();
        resolve(giveBack);
      };
      const leave = () => {
        stop();
        reject(signal?.reason);
      };
      const giveUp = (late: () => Error) => {
        stop();
        reject(late());
      };
      const timer = queue && setTimeout(giveUp, queue.waitMs, queue.late);
      signal?.addEventListener('abort', leave);
      waiting.add(enter);
    });

  return {
    async take(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return giveBack;
      }
      if (queue && waiting.size >= queue.maxWaiting) throw queue.full();
      if (queue && waiting.size * paceMs > queue.expectedMs) throw queue.slow();
      if (waiting.size === 0) givenAt = performance.now();
      return wait(signal);
    },
    waiting: () => waiting.size,
    isUnused: () => free === count && waiting.size === 0,
  };
}
