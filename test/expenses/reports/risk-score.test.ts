import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { riskScore } from '../../../src/expenses/reports/risk-score.js';

const report = { createdAt: new Date('2026-03-06T12:00:00.000Z') };
// A Thursday.
const item = { spentOn: '2026-03-05', minorUnits: 4_217, category: 'TRAVEL' as const };

it('an ordinary report has none', () => {
  expect(riskScore(report, [item])).toBe(0);
});

it('a report without items has none', () => {
  expect(riskScore(report, [])).toBe(0);
});

describe('what raises it', () => {
  it.each([
    ['a round amount', [{ ...item, minorUnits: 5_000 }]],
    ['a Saturday', [{ ...item, spentOn: '2026-02-28' }]],
    ['a Sunday', [{ ...item, spentOn: '2026-03-01' }]],
    ['an old receipt', [{ ...item, spentOn: '2025-12-04' }]],
    ['the same receipt twice', [item, item]],
    ['one item that outweighs the others', [item, { ...item, minorUnits: 400_001 }]],
  ])('%s', (_name, items) => {
    expect(riskScore(report, items)).toBeGreaterThan(0);
  });
});

it('everything at once is the highest', () => {
  const items = [
    { ...item, spentOn: '2025-10-04', minorUnits: 900_000 },
    { ...item, spentOn: '2025-10-04', minorUnits: 1_000 },
    { ...item, spentOn: '2025-10-04', minorUnits: 1_000 },
  ];
  expect(riskScore(report, items)).toBe(100);
});

it('is a whole number from the lowest to the highest, and the same each time', () => {
  const items = fc.array(
    fc.record({
      spentOn: fc
        .date({ min: new Date('2000-01-01'), max: new Date('2026-03-06'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10)),
      minorUnits: fc.integer({ min: 1, max: 1_000_000 }),
      category: fc.constantFrom('TRAVEL', 'MEALS'),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(items, (some) => {
      const score = riskScore(report, some);
      expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
      expect(riskScore(report, some)).toBe(score);
    }),
  );
});
