import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostLength, stringifyWithin } from '../../../src/graphql/execution/stringify-within.js';

describe('stringifyWithin', () => {
  it('writes what JSON.stringify writes', () => {
    const values = fc.anything({
      withNullPrototype: true,
      withDate: true,
      withSparseArray: true,
      maxDepth: 4,
      values: [fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.constant(undefined), fc.constant(null)],
    });
    fc.assert(
      fc.property(values, (value) => {
        expect(stringifyWithin({ data: value }, 1e6)).toBe(JSON.stringify({ data: value }));
      }),
    );
  });

  it.each([1, 15, 16, 17, 100])('writes a list of %i items', (count) => {
    const value = { list: Array.from({ length: count }, (_, id) => (id % 5 === 4 ? undefined : { id })) };
    expect(stringifyWithin(value, 1e6)).toBe(JSON.stringify(value));
  });

  it('has a bound that is exact', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { length } = JSON.stringify(value);
        expect(stringifyWithin(value, length)).toBe(JSON.stringify(value));
        expect(stringifyWithin(value, length - 1)).toBeUndefined();
      }),
    );
  });

  it.each([1_000, 2_000, 4_000, 8_000])('reads no more of %i long items than fit', (count) => {
    let read = 0;
    const item = () => ({
      get text() {
        read += 1;
        return 'x'.repeat(1_000);
      },
    });
    expect(stringifyWithin({ list: Array.from({ length: count }, item) }, 50_000)).toBeUndefined();
    expect(read).toBeLessThan(100);
  });

  it.each([2, 15, 16, 17, 100])('reads no more of %i long items than fit where the first is short', (count) => {
    let read = 0;
    const item = () => ({
      get text() {
        read += 1;
        return 'x'.repeat(1_000);
      },
    });
    const list = [null, ...Array.from({ length: count }, item)];
    expect(stringifyWithin({ list }, 900)).toBeUndefined();
    // Each is read once for its length, and the first of them once more for its text.
    expect(read).toBeLessThan(8);
  });
});

describe('mostLength', () => {
  it('is never less than the bytes of the text', () => {
    const texts = fc.string({ unit: 'binary', size: 'small' });
    const values = fc.anything({
      maxDepth: 3,
      key: texts,
      values: [texts, fc.double(), fc.boolean(), fc.constant(null)],
    });
    fc.assert(
      fc.property(values, (value) => {
        expect(mostLength({ value }, 1e9)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify({ value })));
      }),
    );
  });

  it.each([
    ['texts that are escaped', '\u0000'.repeat(100)],
    ['texts of three bytes', '€'.repeat(100)],
    ['keys that are escaped', { ['\u0000'.repeat(100)]: 1 }],
    ['the longest numbers', Array(100).fill(-2.2250738585072014e-308)],
    ['words', Array(100).fill(false)],
    ['empty lists', Array(100).fill([])],
    ['what toJSON returns', { toJSON: () => '\u0000'.repeat(100) }],
  ])('counts %s in full', (_what, value) => {
    expect(mostLength(value, 1e9)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)));
    expect(mostLength(value, 1e9)).toBeLessThanOrEqual(3_000);
  });

  it('counts the digits of a large integer, which a program may give a form as JSON', () => {
    // 21 digits, two quotes and a comma each.
    const integers = Array(100).fill(10n ** 20n);
    expect(mostLength(integers, 1e9)).toBe(2_402);
  });

  it.each([1_000, 2_000, 4_000, 8_000])('looks at no more of %i long items than fit', (count) => {
    let read = 0;
    const toJSON = () => {
      read += 1;
      return 'x'.repeat(1_000);
    };
    expect(mostLength(Array(count).fill({ toJSON }), 50_000)).toBeGreaterThan(50_000);
    expect(read).toBeLessThan(100);
  });
});
