import { describe, expect, it } from 'vitest';
import { createElapsedTime } from '../../../src/authentication/keys/elapsed-time.js';

const DAY = 24 * 3_600_000;

/** Milliseconds that pass while a clock shows these times, one after the other. */
function elapsed(...times: number[]): number[] {
  let nowMs = 0;
  const elapsedMs = createElapsedTime(() => nowMs);
  return times.map((time) => {
    nowMs = time;
    return elapsedMs();
  });
}

describe('elapsed time', () => {
  it('grows as a clock does', () => {
    expect(elapsed(1000, 1000, 1001, 1500)).toEqual([0, 0, 1, 500]);
  });

  it('stands still while a clock is set back, and goes on from there', () => {
    expect(elapsed(DAY, 2 * DAY, DAY, DAY + 5, 0, 7)).toEqual([0, DAY, DAY, DAY + 5, DAY + 5, DAY + 12]);
  });

  it('does not depend on the wall clock when no clock is given', () => {
    const elapsedMs = createElapsedTime(undefined);
    const before = performance.now();
    const measured = elapsedMs();
    expect(measured).toBeGreaterThanOrEqual(before);
    expect(measured).toBeLessThanOrEqual(performance.now());
  });
});
