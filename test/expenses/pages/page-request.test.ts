import { describe, expect, it } from 'vitest';
import { EXPENSES_LIMITS } from '../../../src/expenses/limits.js';
import { formatCursor } from '../../../src/expenses/pages/cursor.js';
import { type PageArguments, parsePageRequest } from '../../../src/expenses/pages/page-request.js';

const ID = '0b1ec700-0000-4000-8000-000000000001';
const badInput = expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } });

function parse(given: PageArguments) {
  return parsePageRequest(given, { key: 'CREATED_AT', direction: 'desc' });
}

describe('size', () => {
  it.each([1, EXPENSES_LIMITS.pageSize.default])('%i is accepted', (size) => {
    expect(parse({ first: size })).toMatchObject({ size, fromEnd: false });
    expect(parse({ last: size })).toMatchObject({ size, fromEnd: true });
  });

  it.each([0, -1, EXPENSES_LIMITS.pageSize.default + 1, 2_147_483_647])('%i is refused', (size) => {
    expect(() => parse({ first: size })).toThrow(badInput);
    expect(() => parse({ last: size })).toThrow(badInput);
  });

  it('has a default', () => {
    expect(parse({})).toMatchObject({ size: 20, fromEnd: false });
  });

  it('null counts as not given', () => {
    expect(parse({ first: null, last: 5, after: null, before: null })).toMatchObject({ size: 5, fromEnd: true });
  });

  it('first and last together are refused', () => {
    expect(() => parse({ first: 1, last: 1 })).toThrow(badInput);
  });
});

describe('cursor', () => {
  const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('is read back', () => {
    const position = { value: 1_767_000_000_123, id: ID };
    expect(parse({ after: formatCursor('CREATED_AT', position) }).after).toEqual(position);
  });

  it.each([
    ['nothing', ''],
    ['no base64', '%%%'],
    ['no JSON', Buffer.from('[').toString('base64url')],
    ['of a list sorted otherwise', formatCursor('TOTAL', { value: 1, id: ID })],
    ['of an unknown list', text(['RISK', 1, ID])],
    ['without id', text(['CREATED_AT', 1])],
    ['with something more', text(['CREATED_AT', 1, ID, 1])],
    ['with an id that is none', text(['CREATED_AT', 1, "' or true --"])],
    ['with a time that is none', text(['CREATED_AT', 'now', ID])],
    ['with a time out of range', text(['CREATED_AT', 8_640_000_000_000_001, ID])],
    ['with a broken time', text(['CREATED_AT', 1.5, ID])],
    ['an object', text({ value: 1, id: ID })],
    ['too long', 'A'.repeat(100_000)],
  ])('is refused: %s', (_name, after) => {
    expect(() => parse({ after })).toThrow(badInput);
    expect(() => parse({ before: after })).toThrow(badInput);
  });

  it.each([
    ['a total out of range', text(['TOTAL', 2 ** 53, ID]), 'TOTAL'],
    ['a name that PostgreSQL cannot store', text(['NAME', 'a\0b', ID]), 'NAME'],
    ['a name that is too long', text(['NAME', 'a'.repeat(EXPENSES_LIMITS.textLength.default + 1), ID]), 'NAME'],
  ] as const)('%s is refused', (_name, after, key) => {
    expect(() => parsePageRequest({ after }, { key, direction: 'asc' })).toThrow(badInput);
  });

  it('is read up to the bound of its length, and not beyond', () => {
    // Decoding ends at the first `=`.
    const padded = formatCursor('CREATED_AT', { value: 1, id: ID }).padEnd(EXPENSES_LIMITS.cursorLength.default, '=');
    expect(parse({ after: padded }).after).toEqual({ value: 1, id: ID });
    expect(() => parse({ after: `${padded}=` })).toThrow(badInput);
  });

  it('of the longest name is accepted', () => {
    const position = { value: 'Ω'.repeat(EXPENSES_LIMITS.textLength.default), id: ID };
    const request = parsePageRequest({ after: formatCursor('NAME', position) }, { key: 'NAME', direction: 'asc' });
    expect(request.after).toEqual(position);
  });
});
