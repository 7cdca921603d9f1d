import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasMoreValues } from '../../src/http/json-values.js';

/** Members of objects and items of lists, at every depth. */
function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value);
  return inner.reduce((sum: number, each) => sum + countValues(each), inner.length);
}

const text = fc.oneof(fc.string(), fc.stringMatching(/^[\\"[\]{},: a]*$/));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(text, tie('value'), { maxKeys: 20 }),
  ),
})).value;

it('a text has more values than one less than it has, and not more than it has', () => {
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 1, '\t', ' \r\n'), (value, indent) => {
      const written = JSON.stringify(value, undefined, indent);
      const count = countValues(value);
      expect(hasMoreValues(written, count)).toBe(false);
      if (count > 0) expect(hasMoreValues(written, count - 1)).toBe(true);
    }),
  );
});

it.each(['"', '{"', '"\\', '[,,', '}{', '[[[', '', '"\\\\\\"'])('reads %j, which is not JSON, to its end', (broken) => {
  for (const maximum of [0, 1, 1_000]) expect(typeof hasMoreValues(broken, maximum)).toBe('boolean');
});
