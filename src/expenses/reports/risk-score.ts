import type { ExpenseItemRow, ExpenseReportRow } from '../rows.js';

type RiskItem = Pick<ExpenseItemRow, 'spentOn' | 'minorUnits' | 'category'>;

/** A sign that a report deserves a second look, with what it adds to the score. */
interface RiskSign {
  readonly points: number;
  /** How much of the points applies, from 0 to 1. */
  readonly share: (items: readonly RiskItem[], report: Pick<ExpenseReportRow, 'createdAt'>) => number;
}

const DAY_MS = 86_400_000;
const OLD_RECEIPT_DAYS = 60;
const ROUND_MINOR_UNITS = 1_000;
const DOMINANT_SHARE = 0.8;

/** The points add up to 100. */
const SIGNS: readonly RiskSign[] = [
  { points: 30, share: (items) => part(items, ({ minorUnits }) => minorUnits % ROUND_MINOR_UNITS === 0) },
  { points: 25, share: (items) => part(items, isWeekend) },
  { points: 20, share: (items, { createdAt }) => part(items, (item) => ageInDays(item, createdAt) > OLD_RECEIPT_DAYS) },
  { points: 15, share: (items) => (hasDuplicate(items) ? 1 : 0) },
  { points: 10, share: (items) => (items.length > 1 && isDominated(items) ? 1 : 0) },
];

/**
 * Returns how unusual a report is, from 0 (ordinary) to 100. Signs are round amounts, weekends, old receipts, repeated
 * receipts and one item that outweighs all others. The same report always gets the same score.
 */
export function riskScore(report: Pick<ExpenseReportRow, 'createdAt'>, items: readonly RiskItem[]): number {
  if (items.length === 0) return 0;
  return Math.round(SIGNS.reduce((score, { points, share }) => score + points * share(items, report), 0));
}

function part(items: readonly RiskItem[], is: (item: RiskItem) => boolean): number {
  return items.filter(is).length / items.length;
}

function isWeekend({ spentOn }: RiskItem): boolean {
  const day = new Date(spentOn).getUTCDay();
  return day === 0 || day === 6;
}

function ageInDays({ spentOn }: RiskItem, at: Date): number {
  return (at.getTime() - Date.parse(spentOn)) / DAY_MS;
}

function hasDuplicate(items: readonly RiskItem[]): boolean {
  const receipts = items.map(({ spentOn, category, minorUnits }) => `${spentOn} ${category} ${minorUnits}`);
  return new Set(receipts).size < receipts.length;
}

function isDominated(items: readonly RiskItem[]): boolean {
  const amounts = items.map(({ minorUnits }) => minorUnits);
  return Math.max(...amounts) > DOMINANT_SHARE * amounts.reduce((sum, amount) => sum + amount, 0);
}
