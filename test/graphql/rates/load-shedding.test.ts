import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { createLoadShedding } from '../../../src/graphql/rates/load-shedding.js';

const { eventLoopDelayMs } = defaultLimits;
let delay: number;
/** Milliseconds for which a request would wait for its turn. */
let expected: number;
const turns = { expectedMs: () => expected, hurry: () => undefined };

beforeEach(() => {
  expected = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether an unknown and a known caller are refused, after a second with the delay. */
function refusals(ms: number, limits = defaultLimits): boolean[] {
  const shedding = createLoadShedding(limits, createDescribeLimit(limits, true), turns, () => delay);
  delay = ms;
  vi.advanceTimersByTime(1_000);
  const found = [shedding.refuse(false, 'a'), shedding.refuse(true, 'a')].map((error) => error !== undefined);
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

it('without a bound, no request is refused', () => {
  expect(refusals(1_000_000, { ...defaultLimits, eventLoopDelayMs: 0 })).toEqual([false, false]);
});

it('one long pause refuses no request', () => {
  const shedding = createLoadShedding(defaultLimits, createDescribeLimit(defaultLimits, true), turns, () => delay);
  delay = 0;
  vi.advanceTimersByTime(500);
  delay = 10_000;
  vi.advanceTimersByTime(500);
  expect(shedding.refuse(false, 'a')).toBeUndefined();
  vi.advanceTimersByTime(500);
  expect(shedding.refuse(false, 'a')).toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
  delay = 0;
  vi.advanceTimersByTime(500);
  expect(shedding.refuse(false, 'a')).toBeUndefined();
  shedding.stop();
});

it.each([
  ['at the bound', eventLoopDelayMs, [false, false]],
  ['above the bound', eventLoopDelayMs + 1, [true, false]],
  ['above twice the bound', 2 * eventLoopDelayMs + 1, [true, true]],
])('an expected wait %s refuses unknown callers first, while the event loop is quick', (_what, ms, refused) => {
  expected = ms;
  expect(refusals(0)).toEqual(refused);
});

it('the wait for a turn refuses nothing that has time', () => {
  expected = 1_000_000;
  const shedding = createLoadShedding(defaultLimits, createDescribeLimit(defaultLimits, true), turns, () => 0);
  expect(shedding.refuse(false, undefined)).toBeUndefined();
  shedding.stop();
});
