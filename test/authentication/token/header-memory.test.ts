import { expect, it } from 'vitest';
import { createHeaderMemory } from '../../../src/authentication/token/header-memory.js';

const header = (kid: string) => ({ kid, x5t: undefined });
const bounds = { maxHeaders: 2, maxBytes: 10_000 };

it('gives what was remembered under the same text, and nothing else', () => {
  const memory = createHeaderMemory(bounds);
  memory.remember('e30', { kid: 'one', x5t: 'print' });
  expect(memory.find('e30')).toEqual({ kid: 'one', x5t: 'print' });
  expect(memory.find('e31')).toBeUndefined();
});

it('remembers a header without kid', () => {
  const memory = createHeaderMemory(bounds);
  memory.remember('e30', { kid: undefined, x5t: 'print' });
  expect(memory.find('e30')).toEqual({ kid: undefined, x5t: 'print' });
});

it('forgets the header that was not used for longest, once there are more than allowed', () => {
  const memory = createHeaderMemory(bounds);
  memory.remember('a', header('a'));
  memory.remember('b', header('b'));
  memory.find('a');
  memory.remember('c', header('c'));
  expect(['a', 'b', 'c'].map((text) => memory.find(text)?.kid)).toEqual(['a', undefined, 'c']);
});

it('holds no more bytes than allowed, and counts long headers with their length', () => {
  const one = createHeaderMemory(bounds);
  one.remember('a'.repeat(1000), header('a'));
  const { size } = one;
  expect(size).toBeGreaterThan(1000);
  const inside = createHeaderMemory({ maxHeaders: 100, maxBytes: 2 * size });
  const outside = createHeaderMemory({ maxHeaders: 100, maxBytes: 2 * size - 1 });
  for (const memory of [inside, outside]) {
    memory.remember('a'.repeat(1000), header('a'));
    memory.remember('b'.repeat(1000), header('b'));
  }
  expect([inside.find('a'.repeat(1000)), outside.find('a'.repeat(1000))]).toEqual([header('a'), undefined]);
  expect([inside.size, outside.size]).toEqual([2 * size, size]);
});
