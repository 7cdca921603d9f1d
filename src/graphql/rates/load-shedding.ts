import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { DescribeLimit, LimitError } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';

/** Refuses requests while the event loop is late, so that those that are let in are answered in time. */
export interface LoadShedding {
  /**
   * Returns the error for a request that is refused.
   *
   * @param isKnown its caller is verified. Such requests are refused at twice the delay only
   */
  refuse(isKnown: boolean): LimitError | undefined;
  stop(): void;
}

const EVERY_MS = 500;
const RESOLUTION_MS = 10;

/** @param readDelay returns the mean delay in milliseconds since the last call. Default: that of this process */
export function createLoadShedding(
  { eventLoopDelayMs }: Pick<Limits, 'eventLoopDelayMs'>,
  describeLimit: DescribeLimit,
  readDelay: () => number = watchEventLoop(),
): LoadShedding {
  let last = 0;
  let delayMs = 0;
  const timer = setInterval(() => {
    const now = readDelay();
    // One long pause is over before anybody could be refused for it.
    delayMs = Math.min(last, now);
    last = now;
  }, EVERY_MS).unref();
  return {
    refuse(isKnown) {
      if (eventLoopDelayMs === 0 || delayMs <= (isKnown ? 2 * eventLoopDelayMs : eventLoopDelayMs)) return undefined;
      return describeLimit('eventLoopDelayMs', Math.round(delayMs), 'SERVICE_UNAVAILABLE');
    },
    stop: () => clearInterval(timer),
  };
}

function watchEventLoop(): () => number {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return () => {
    // Nothing was sampled if the loop stood still all the time: the next sample has that delay.
    const mean = histogram.mean / 1e6;
    histogram.reset();
    return Number.isFinite(mean) ? Math.max(0, mean - RESOLUTION_MS) : 0;
  };
}
