import { expect, it } from 'vitest';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
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

it('remembers as many headers as are allowed by default, and forgets the first for one more', () => {
  const memory = createHeaderMemory();
  const texts = Array.from({ length: AUTHENTICATION_LIMITS.rememberedHeaders.default }, (_, index) => `header${index}`);
  for (const text of texts) memory.remember(text, header('a'));
  memory.remember(texts[0] ?? '', header('a'));
  expect(texts.map((text) => memory.find(text)?.kid)).toEqual(texts.map(() => 'a'));
  memory.remember('one more', header('a'));
  expect([memory.find(texts[0] ?? ''), memory.find(texts[1] ?? '')?.kid]).toEqual([undefined, 'a']);
});

it('remembers as many bytes as are allowed by default, and forgets a header for one more', () => {
  const one = createHeaderMemory();
  one.remember('', header('a'));
  const length = AUTHENTICATION_LIMITS.rememberedHeaderBytes.default / 2 - one.size;
  const [inside, outside] = [createHeaderMemory(), createHeaderMemory()];
  for (const memory of [inside, outside]) memory.remember('a'.repeat(length), header('a'));
  inside.remember('b'.repeat(length), header('b'));
  outside.remember('b'.repeat(length + 1), header('b'));
  expect([inside.find('a'.repeat(length)), outside.find('a'.repeat(length))]).toEqual([header('a'), undefined]);
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
