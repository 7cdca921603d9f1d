import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { countMembers, parseJsonObject } from '../../src/authentication/json-object.js';

const text = fc.string({
  unit: fc.constantFrom('a', 'é', '€', '"', '\\', ':', ',', '{', '}', '[', ']', ' ', '\ufffd'),
  maxLength: 6,
});
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.constantFrom(null, true, 0, -1.5e-7),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
}));
const members = fc.array(fc.tuple(text, value), { maxLength: 5 });
const space = fc.constantFrom('', ' ', '\n', '\t\r');

it('counts the members that are written, whatever is in them', () => {
  fc.assert(
    fc.property(members, space, (written, gap) => {
      const texts = written.map(([name, of]) => [name, of].map((part) => JSON.stringify(part)).join(`${gap}:${gap}`));
      const object = `${gap}{${gap}${texts.join(`${gap},${gap}`)}${gap}}${gap}`;
      expect(Object.keys(JSON.parse(object)).length).toBe(new Set(written.map(([name]) => name)).size);
      expect(countMembers(object)).toBe(written.length);
    }),
    { numRuns: 2000 },
  );
});

it('comes to an end with any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', '\\', ':', ',', '{', ']', 'a') }), (anything) => {
      expect(countMembers(anything)).toBeLessThanOrEqual(anything.length);
    }),
    { numRuns: 2000 },
  );
});

it('refuses a text that is not JSON without capturing a stack trace, because clients can send thousands', () => {
  const { parse } = JSON;
  const limits: number[] = [];
  using _ = vi.spyOn(JSON, 'parse').mockImplementation((broken) => {
    limits.push(Error.stackTraceLimit);
    return parse(broken);
  });
  expect(parseJsonObject('{')).toBeUndefined();
  expect(limits).toEqual([0]);
  expect(Error.stackTraceLimit).toBeGreaterThan(0);
});
