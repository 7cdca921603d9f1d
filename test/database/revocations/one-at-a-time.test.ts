import { expect, it } from 'vitest';
import { oneAtATime } from '../../../src/database/revocations/one-at-a-time.js';

/** Reads that end on demand, by the order in which they began. */
function heldReads() {
  const begun: { resolve(): void; reject(error: Error): void }[] = [];
  const readAgain = oneAtATime(() => new Promise((resolve, reject) => void begun.push({ resolve, reject })));
  return { begun, readAgain };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('a read begins when the one before has ended, and calls meanwhile share it', async () => {
  const { begun, readAgain } = heldReads();
  const first = readAgain();
  await turn();
  const [second, third] = [readAgain(), readAgain()];
  await turn();
  expect(begun).toHaveLength(1);
  begun[0]?.resolve();
  await first;
  await turn();
  expect(begun).toHaveLength(2);
  begun[1]?.resolve();
  await Promise.all([second, third]);
  await turn();
  expect(begun).toHaveLength(2);
});

it('a read that fails rejects its own calls, and the next one begins', async () => {
  const { begun, readAgain } = heldReads();
  const first = readAgain();
  await turn();
  const second = readAgain();
  begun[0]?.reject(new Error('lost'));
  await expect(first).rejects.toThrow('lost');
  await turn();
  begun[1]?.resolve();
  await second;
});
