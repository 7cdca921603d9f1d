import { CapacityError } from '../database-errors.js';

/** The time limit of an operation and its early end. */
export interface OperationTime {
  /** Aborted at the end of the time. The reason is the error to throw. */
  signal(): AbortSignal;
  /** Ends the time now because the client has left. */
  abandon(): void;
  /** Stops the timer because the operation is over. */
  stop(): void;
}

/**
 * Starts the time. Timer and signal are made when they are first asked for, so that an operation that needs none pays
 * nothing.
 *
 * @param late makes the error at the end of the time
 */
export function createOperationTime(
  ms: number,
  late: () => Error,
  now: () => number = () => performance.now(),
): OperationTime {
  const startedAt = now();
  let controller: AbortController | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isAbandoned = false;

  const abandoned = () =>
    new CapacityError('The client has left.', 503, { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 });
  return {
    signal() {
      if (controller) return controller.signal;
      const made = new AbortController();
      controller = made;
      if (isAbandoned) made.abort(abandoned());
      else timer = setTimeout(() => made.abort(late()), Math.max(0, startedAt + ms - now()));
      return made.signal;
    },
    abandon() {
      isAbandoned = true;
      clearTimeout(timer);
      controller?.abort(abandoned());
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
