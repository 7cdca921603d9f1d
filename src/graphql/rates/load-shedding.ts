import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { DescribeLimit, LimitError } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';
import type { Turns } from '../../http/turns.js';

/** Refuses requests that would wait for long, so that those that are let in are answered in time. */
export interface LoadShedding {
  /**
   * Returns the error for a request that is refused.
   *
   * @param isKnown whether its caller is verified. Such a request is refused only at twice the delay
   * @param holder name of the caller whose turn it would wait for. Undefined: only the delay of the event loop counts
   */
  refuse(isKnown: boolean, holder: string | undefined): LimitError | undefined;
  stop(): void;
}

const EVERY_MS = 500;
const RESOLUTION_MS = 10;

/**
 * Creates load shedding by the longer of two waits: the delay of the event loop, and the wait until the caller's next turn.
 *
 * @param readDelay returns the mean delay in milliseconds since the last call. Default: that of this process
 */
export function createLoadShedding(
  { eventLoopDelayMs }: Pick<Limits, 'eventLoopDelayMs'>,
  describeLimit: DescribeLimit,
  turns: Pick<Turns, 'expectedMs' | 'hurry'>,
  readDelay: () => number = watchEventLoop(),
): LoadShedding {
  let last = 0;
  let delayMs = 0;
  const timer = setInterval(() => {
    const now = readDelay();
    // A single long pause does not count. It is over before a request could be refused for it.
    delayMs = Math.min(last, now);
    last = now;
  }, EVERY_MS).unref();
  return {
    refuse(isKnown, holder) {
      const expectedMs = Math.max(delayMs, holder === undefined ? 0 : turns.expectedMs({ name: holder, isKnown }));
      if (eventLoopDelayMs === 0 || expectedMs <= (isKnown ? 2 * eventLoopDelayMs : eventLoopDelayMs)) return undefined;
      turns.hurry();
      return describeLimit('eventLoopDelayMs', Math.round(expectedMs), 'SERVICE_UNAVAILABLE');
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
