import { expect, it } from 'vitest';
import { LIMITS } from '../../../src/config/limits.js';
import { createRateCounters } from '../../../src/graphql/rates/rate-counters.js';

it('clients within the bound have a counter each, and further ones share one until the minute is over', async () => {
  let nowMs = 1_000_000;
  const counters = createRateCounters(
    undefined,
    () => {},
    () => nowMs,
  );
  const counter = counters.create('test', 1);
  const isRefused = async (key: string) => (await counter.take(key, 1)).isOver;
  for (let client = 1; client <= LIMITS.rateCounters.default; client += 1) {
    if (await isRefused(`${client}`)) throw new Error(`client ${client} is refused`);
  }
  expect([await isRefused('one more'), await isRefused('another one')]).toEqual([false, true]);
  expect(await isRefused('1')).toBe(true);
  nowMs += 60_000;
  expect(await isRefused('the next')).toBe(false);
  counters.close();
});
