import { expect, it, vi } from 'vitest';
import { createPlaces, type Places, type QueueOptions } from '../../../src/database/connections/places.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Takes places one after the other, and tells which of them have been given. */
function takeMany(places: Places, count: number, signal?: AbortSignal) {
  const given: number[] = [];
  const taken = Array.from({ length: count }, (_, index) =>
    places.take(signal).then((leave) => {
      given.push(index);
      return leave;
    }),
  );
  return { given, taken };
}

const queue = (changes: Partial<QueueOptions> = {}): QueueOptions => ({
  maxWaiting: 2,
  waitMs: 60_000,
  expectedMs: 60_000,
  full: () => new Error('full'),
  slow: () => new Error('slow'),
  late: () => new Error('late'),
  ...changes,
});

it('gives as many places as there are, and the others in the order of arrival', async () => {
  const { given, taken } = takeMany(createPlaces({ count: 2 }), 4);
  await settle();
  expect(given).toEqual([0, 1]);
  (await taken[1])?.();
  await settle();
  expect(given).toEqual([0, 1, 2]);
  (await taken[0])?.();
  await settle();
  expect(given).toEqual([0, 1, 2, 3]);
});

it('has all its places again when each was given back', async () => {
  const places = createPlaces({ count: 2 });
  const { taken } = takeMany(places, 50);
  for (const one of taken) (await one)();
  expect(places.isUnused()).toBe(true);
  const { given } = takeMany(places, 3);
  await settle();
  expect(given).toEqual([0, 1]);
});

it('lets as many wait as the queue takes, and refuses one more', async () => {
  const places = createPlaces({ count: 1, queue: queue() });
  const { given, taken } = takeMany(places, 3);
  await expect(places.take()).rejects.toThrow('full');
  for (const one of taken) (await one)();
  expect(given).toEqual([0, 1, 2]);
});

it('ends a wait that takes too long, which takes nothing from those behind it', async () => {
  const places = createPlaces({ count: 1, queue: queue({ waitMs: 1 }) });
  const leave = await places.take();
  await expect(places.take()).rejects.toThrow('late');
  leave();
  expect(places.isUnused()).toBe(true);
});

it('ends a wait with the reason of its signal', async () => {
  const places = createPlaces({ count: 1, queue: queue() });
  const leave = await places.take();
  const controller = new AbortController();
  const waiting = places.take(controller.signal);
  controller.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(places.take(controller.signal)).rejects.toThrow('gone');
  leave();
  expect(places.isUnused()).toBe(true);
});

it('refuses at once what would wait for long, by how fast those before it got their places', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const places = createPlaces({ count: 1, queue: queue({ maxWaiting: 100, expectedMs: 1_000 }) });
  const { taken } = takeMany(places, 31);
  for (const one of taken.slice(0, 20)) {
    vi.advanceTimersByTime(160);
    (await one)();
  }
  // Ten wait, for a little more than 100 ms each.
  await expect(places.take()).rejects.toThrow('slow');
  (await taken[20])?.();
  const nine = takeMany(places, 1);
  for (const one of [...taken.slice(21), ...nine.taken]) (await one)();
  expect(places.isUnused()).toBe(true);
  vi.useRealTimers();
});
