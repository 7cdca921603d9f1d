import { describe, expect, it } from 'vitest';
import { EXPENSES_LIMITS } from '../../../src/expenses/limits.js';
import { checkChanges, checkNewReport, checkReason } from '../../../src/expenses/reports/report-input.js';
import type { CreateExpenseReportInput, ExpenseItemInput } from '../../../src/generated/resolvers-types.js';

const NOW = new Date('2026-03-02T09:00:00.000Z');
const item: ExpenseItemInput = { description: 'Ticket', category: 'TRAVEL', spentOn: '2026-03-01', minorUnits: 4_200 };
const report: CreateExpenseReportInput = { title: 'Lisbon', currency: 'EUR', items: [item] };

const badInput = expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } });

function check(changes: Partial<CreateExpenseReportInput>, now = NOW) {
  return checkNewReport({ ...report, ...changes }, now);
}

const checkItem = (changes: Partial<ExpenseItemInput>, now = NOW) => check({ items: [{ ...item, ...changes }] }, now);

it('a good report is accepted, with its sum', () => {
  expect(check({ items: [item, { ...item, minorUnits: 800 }] })).toMatchObject({
    ...report,
    items: [item, {}],
    totalMinorUnits: 5_000,
  });
});

const TEXT = EXPENSES_LIMITS.textLength.default;

describe('texts', () => {
  it.each(['x', 'x'.repeat(TEXT), '😀'.repeat(TEXT)])('are accepted up to the bound of their length', (text) => {
    expect(check({ title: text }).title).toBe(text);
    expect(checkItem({ description: text }).items[0]?.description).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['spaces', '   '],
    ['one character too many', 'x'.repeat(TEXT + 1)],
    ['one character too many, outside the basic plane', '😀'.repeat(TEXT + 1)],
    ['a megabyte', 'x'.repeat(1_000_000)],
    ['two lines', 'a\nb'],
    ['U+0000', 'a\0b'],
  ])('%s is refused', (_name, text) => {
    expect(() => check({ title: text })).toThrow(badInput);
    expect(() => checkItem({ description: text })).toThrow(badInput);
  });

  it('lose the space around them', () => {
    expect(check({ title: ' Lisbon\n' }).title).toBe('Lisbon');
  });
});

describe('amounts', () => {
  it.each([1, EXPENSES_LIMITS.minorUnits.default])('%i is accepted', (minorUnits) => {
    expect(checkItem({ minorUnits }).totalMinorUnits).toBe(minorUnits);
  });

  it.each([0, -1, EXPENSES_LIMITS.minorUnits.default + 1, Number.MAX_SAFE_INTEGER])('%i is refused', (minorUnits) => {
    expect(() => checkItem({ minorUnits })).toThrow(badInput);
  });
});

describe('days', () => {
  it.each(['2000-01-01', '2026-03-01', '2026-03-02'])('%s is accepted', (spentOn) => {
    expect(checkItem({ spentOn }).items[0]?.spentOn).toBe(spentOn);
  });

  it.each(['1999-12-31', '0000-01-01', '2026-03-03', '9999-12-31'])('%s is refused', (spentOn) => {
    expect(() => checkItem({ spentOn })).toThrow(badInput);
  });

  it('tomorrow is accepted once it has begun somewhere', () => {
    expect(() => checkItem({ spentOn: '2026-03-03' }, new Date('2026-03-02T09:59:59.999Z'))).toThrow(badInput);
    expect(checkItem({ spentOn: '2026-03-03' }, new Date('2026-03-02T10:00:00.000Z')).items).toHaveLength(1);
  });
});

describe('items', () => {
  it.each([0, 1, EXPENSES_LIMITS.reportItems.default])('%i are accepted', (length) => {
    expect(check({ items: Array(length).fill(item) }).items).toHaveLength(length);
  });

  it('more than the most are refused', () => {
    expect(() => check({ items: Array(EXPENSES_LIMITS.reportItems.default + 1).fill(item) })).toThrow(badInput);
  });
});

describe('currencies', () => {
  it.each([
    ['EUR', 'EUR'],
    ['jpy', 'JPY'],
    ['KWD', 'KWD'],
  ])('%s is accepted', (currency, stored) => {
    expect(check({ currency }).currency).toBe(stored);
  });

  it.each(['XXX', 'XTS'])('%s is refused, because it is not money', (currency) => {
    expect(() => check({ currency })).toThrow(badInput);
  });
});

describe('changes', () => {
  it('that are left out or null stay as they are', () => {
    expect(checkChanges({ id: 'x' }, NOW)).toEqual({ title: undefined, content: undefined });
    expect(checkChanges({ id: 'x', title: null, items: null }, NOW)).toEqual({ title: undefined, content: undefined });
  });

  it('may remove all items', () => {
    expect(checkChanges({ id: 'x', items: [] }, NOW).content).toEqual({ items: [], totalMinorUnits: 0 });
  });

  it('are checked like a new report', () => {
    expect(() => checkChanges({ id: 'x', title: '' }, NOW)).toThrow(badInput);
    expect(() => checkChanges({ id: 'x', items: [{ ...item, minorUnits: 0 }] }, NOW)).toThrow(badInput);
  });
});

describe('reasons', () => {
  it.each(['x', 'x'.repeat(EXPENSES_LIMITS.reasonLength.default)])(
    'are accepted up to the bound of their length',
    (reason) => {
      expect(checkReason(reason)).toBe(reason);
    },
  );

  it.each(['', ' ', 'x'.repeat(EXPENSES_LIMITS.reasonLength.default + 1)])('others are refused', (reason) => {
    expect(() => checkReason(reason)).toThrow(badInput);
  });
});
