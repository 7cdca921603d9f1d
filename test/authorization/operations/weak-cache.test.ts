import { expect, it } from 'vitest';
import { WeakCache } from '../../../src/authorization/operations/weak-cache.js';

const BYTES = 1000;

it('a value is found by its object, and by no equal one', () => {
  const cache = new WeakCache<object, string>(10 * BYTES);
  const key = {};
  cache.set(key, 'kept', BYTES);
  expect(cache.get(key)).toBe('kept');
  expect(cache.get({})).toBeUndefined();
});

it('the size counts each value once, also one that was replaced', () => {
  const cache = new WeakCache<object, string>(10 * BYTES);
  const key = {};
  cache.set(key, 'first', BYTES);
  const size = cache.size;
  expect(size).toBeGreaterThan(BYTES);
  cache.set(key, 'second', BYTES);
  expect(cache.size).toBe(size);
  expect(cache.get(key)).toBe('second');
});

it('the value that was not used for the longest time makes room', () => {
  const cache = new WeakCache<object, string>(3 * BYTES);
  const [first, second, third] = [{}, {}, {}];
  cache.set(first, 'first', BYTES);
  cache.set(second, 'second', BYTES);
  cache.get(first);
  cache.set(third, 'third', BYTES);
  expect([first, second, third].map((key) => cache.get(key))).toEqual(['first', undefined, 'third']);
});

it('a value over the bound is not kept, and the earlier value of its object is gone', () => {
  const cache = new WeakCache<object, string>(2 * BYTES);
  const key = {};
  cache.set(key, 'small', BYTES);
  cache.set(key, 'large', 2 * BYTES);
  expect(cache.get(key)).toBeUndefined();
  expect(cache.size).toBe(0);
});
