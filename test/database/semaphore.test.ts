import { describe, expect, it } from 'vitest';
import { createSemaphore } from '../../src/database/semaphore.js';

/** Work that ends when the test says so. */
function arrange(count: number) {
  const run = createSemaphore(count);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const start = (number: number) =>
    run(
      () =>
        new Promise<number>((resolve, reject) => {
          begun.push(number);
          ends[number] = () => (number < 0 ? reject(new Error('failed')) : resolve(number));
        }),
    );
  return { run, begun, start, end: (number: number) => ends[number]?.() };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a semaphore', () => {
  it('runs as much at once as it has places', async () => {
    const { start, begun, end } = arrange(2);
    const [first, second, third] = [start(1), start(2), start(3)];
    await settle();
    expect(begun).toEqual([1, 2]);
    end(2);
    expect(await second).toBe(2);
    await settle();
    expect(begun).toEqual([1, 2, 3]);
    end(1);
    end(3);
    expect(await Promise.all([first, third])).toEqual([1, 3]);
  });

  it('gives the place of work that fails to the next, in the order of arrival', async () => {
    const { run, start, begun, end } = arrange(1);
    const failing = run(() => Promise.reject(new Error('failed')));
    const [first, second] = [start(1), start(2)];
    await expect(failing).rejects.toThrow('failed');
    await settle();
    expect(begun).toEqual([1]);
    end(1);
    await first;
    await settle();
    end(2);
    expect([await second, begun]).toEqual([2, [1, 2]]);
  });

  it('has all its places again when everything is done', async () => {
    const { run, start, begun } = arrange(2);
    await Promise.allSettled(Array.from({ length: 50 }, (_, index) => run(async () => Promise.reject(index))));
    for (const number of [1, 2, 3]) void start(number);
    await settle();
    expect(begun).toEqual([1, 2]);
  });
});
