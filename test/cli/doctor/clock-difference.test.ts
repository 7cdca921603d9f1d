import { describe, expect, it } from 'vitest';
import type { Fetch } from '../../../src/authentication/fetch/bounded-fetch.js';
import { checkClock, watchClock } from '../../../src/cli/doctor/clock-difference.js';

const PROVIDER_MS = 1_800_000_000_000;
const init = { headers: {}, redirect: 'manual', signal: new AbortController().signal } as const;

/** Our clock reads these values in turn; the provider's stands still. */
function watch(readings: number[], headers: Record<string, string> = { date: new Date(PROVIDER_MS).toUTCString() }) {
  const fetch: Fetch = async () => new Response('{}', { headers });
  return watchClock(fetch, () => readings.shift() ?? 0);
}

describe('watchClock', () => {
  it('compares the middle of the exchange with the middle of the second', async () => {
    const clock = watch([PROVIDER_MS - 10_000, PROVIDER_MS - 9_000]);
    await clock.fetch('https://x', init);
    expect(clock.differenceMs()).toBe(10_000);
  });

  it('believes the quickest answer', async () => {
    const clock = watch([PROVIDER_MS, PROVIDER_MS + 4_000, PROVIDER_MS + 400, PROVIDER_MS + 600]);
    await clock.fetch('https://x', init);
    await clock.fetch('https://x', init);
    expect(clock.differenceMs()).toBe(0);
  });

  it.each([{}, { date: 'yesterday' }])('knows nothing without a date: %j', async (headers) => {
    const clock = watch([0, 0], headers);
    await clock.fetch('https://x', init);
    expect(clock.differenceMs()).toBeUndefined();
  });
});

describe('checkClock', () => {
  it.each([
    [0, 60, 'ok'],
    [2_400, 60, 'ok'],
    [-2_400, 60, 'ok'],
    [3_000, 60, 'warn'],
    [60_000, 60, 'warn'],
    [61_000, 60, 'fail'],
    [-61_000, 60, 'fail'],
    [2_000, 0, 'ok'],
    [3_000, 0, 'fail'],
    [undefined, 60, 'warn'],
  ])('%s ms where %s s are tolerated: %s', (differenceMs, tolerance, status) => {
    expect(checkClock(differenceMs, tolerance).status).toBe(status);
  });

  it('says which clock is ahead', () => {
    expect(checkClock(90_000, 60).seen).toContain('90 s behind the provider');
    expect(checkClock(-90_000, 60).seen).toContain('90 s ahead of the provider');
  });
});
