import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { createLoadShedding } from '../../../src/graphql/rates/load-shedding.js';

const { eventLoopDelayMs } = defaultLimits;
let delay: number;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether an unknown and a known caller are refused, after a second with the delay. */
function refusals(ms: number, limits = defaultLimits): boolean[] {
  const shedding = createLoadShedding(limits, createDescribeLimit(limits, true), () => delay);
  delay = ms;
  vi.advanceTimersByTime(1_000);
  const found = [shedding.refuse(false), shedding.refuse(true)].map((error) => error !== undefined);
  shedding.stop();
  return found;
}

it.each([
  ['at the bound', eventLoopDelayMs, [false, false]],
  ['above the bound', eventLoopDelayMs + 1, [true, false]],
  ['at twice the bound', 2 * eventLoopDelayMs, [true, false]],
  ['above twice the bound', 2 * eventLoopDelayMs + 1, [true, true]],
])('a delay %s refuses unknown callers first', (_what, ms, expected) => {
  expect(refusals(ms)).toEqual(expected);
});

it('0 refuses no request', () => {
  expect(refusals(1_000_000, { ...defaultLimits, eventLoopDelayMs: 0 })).toEqual([false, false]);
});

it('one long pause refuses no request', () => {
  const shedding = createLoadShedding(defaultLimits, createDescribeLimit(defaultLimits, true), () => delay);
  delay = 0;
  vi.advanceTimersByTime(500);
  delay = 10_000;
  vi.advanceTimersByTime(500);
  expect(shedding.refuse(false)).toBeUndefined();
  vi.advanceTimersByTime(500);
  expect(shedding.refuse(false)).toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
  delay = 0;
  vi.advanceTimersByTime(500);
  expect(shedding.refuse(false)).toBeUndefined();
  shedding.stop();
});
