import { describe, expect, it } from 'vitest';
import { formatGlobalId, parseGlobalId, parseGlobalIdOf } from '../../src/expenses/global-id.js';
import { EXPENSES_LIMITS } from '../../src/expenses/limits.js';

const UUID = '0b1ec700-0000-4000-8000-000000000001';

it('a global id is read back', () => {
  expect(parseGlobalId(formatGlobalId('ExpenseReport', UUID))).toEqual({ type: 'ExpenseReport', uuid: UUID });
});

it('a global id of another type is not an id of this type', () => {
  expect(parseGlobalIdOf('Employee', formatGlobalId('ExpenseReport', UUID))).toBeUndefined();
});

it('a global id is read up to the bound of its length, and not beyond', () => {
  const id = formatGlobalId('ExpenseReport', UUID);
  // Decoding skips characters that are not of the alphabet.
  const padded = id.padEnd(EXPENSES_LIMITS.globalIdLength.default, '=');
  expect(parseGlobalId(padded)).toEqual(parseGlobalId(id));
  expect(parseGlobalId(`${padded}=`)).toBeUndefined();
});

describe('nothing is found under', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  it.each([
    ['nothing', ''],
    ['a bare uuid', UUID],
    ['no uuid', encode('ExpenseReport:1')],
    ['a uuid in capitals', encode(`ExpenseReport:${UUID.toUpperCase()}`)],
    ['no type', encode(`:${UUID}`)],
    ['something behind the uuid', encode(`ExpenseReport:${UUID} `)],
    ['a line break', encode(`ExpenseReport:${UUID}\n`)],
    ['bytes that are not a text', Buffer.from([0xff, 0xfe]).toString('base64url')],
    ['something very long', 'A'.repeat(100_000)],
    ['a number', 7],
    ['an object', {}],
  ])('%s', (_name, id) => {
    expect(parseGlobalId(id)).toBeUndefined();
  });
});
