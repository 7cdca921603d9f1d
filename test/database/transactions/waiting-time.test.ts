import { expect, it } from 'vitest';
import { createWaitingTime } from '../../../src/database/transactions/waiting-time.js';

it('statements that wait together count once, and pauses between them do not count', async () => {
  let now = 0;
  const waiting = createWaitingTime(() => now);
  const ends: (() => void)[] = [];
  const both = [1, 2].map(() => waiting.during(() => new Promise<void>((resolve) => ends.push(resolve))));
  now = 10;
  expect(waiting.total()).toBe(10);
  ends[0]?.();
  await both[0];
  now = 15;
  ends[1]?.();
  await both[1];
  now = 100;
  expect(waiting.total()).toBe(15);
  await expect(waiting.during(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(waiting.total()).toBe(15);
});
