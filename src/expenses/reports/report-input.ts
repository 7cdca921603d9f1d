import { inputError } from '../../api/input.js';
import type {
  CreateExpenseReportInput,
  EditExpenseReportInput,
  ExpenseItemInput,
} from '../../generated/schema-types.js';
import { EXPENSES_LIMITS } from '../limits.js';

/** An item that may be stored. */
export type CheckedItem = Pick<ExpenseItemInput, 'category' | 'spentOn' | 'minorUnits'> & {
  readonly description: string;
};

/** Items with their sum, in the currency's smallest unit. */
export interface CheckedItems {
  readonly items: readonly CheckedItem[];
  readonly totalMinorUnits: number;
}

const MAX_TEXT_LENGTH = EXPENSES_LIMITS.textLength.default;
const MAX_REASON_LENGTH = EXPENSES_LIMITS.reasonLength.default;
const MAX_ITEMS = EXPENSES_LIMITS.reportItems.default;
const MAX_MINOR_UNITS = EXPENSES_LIMITS.minorUnits.default;
const EARLIEST_DAY = '2000-01-01';
/** The time by which the earliest time zone is ahead of UTC. */
const EARLIEST_ZONE_MS = 14 * 60 * 60 * 1_000;
/** Codes of ISO 4217 for tests and for "no currency". */
const NO_MONEY: ReadonlySet<string> = new Set(['XTS', 'XXX']);

/**
 * Checks a new report.
 *
 * @throws GraphQLError `BAD_USER_INPUT`, saying which value is wrong and what would be right
 */
export function checkNewReport({ title, currency, items }: CreateExpenseReportInput, now: Date) {
  const code = currency.toUpperCase();
  if (NO_MONEY.has(code)) throw inputError('"currency" must be the currency that was paid in, such as EUR.');
  return { title: checkText('title', title, MAX_TEXT_LENGTH), currency: code, ...checkItems(items, now) };
}

/**
 * Checks the changes to a report. A member that is missing or null becomes undefined.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export function checkChanges({ title, items }: EditExpenseReportInput, now: Date) {
  return {
    title: typeof title === 'string' ? checkText('title', title, MAX_TEXT_LENGTH) : undefined,
    content: items ? checkItems(items, now) : undefined,
  };
}

/**
 * Checks the reason for which a report is rejected.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export function checkReason(reason: string): string {
  return checkText('reason', reason, MAX_REASON_LENGTH);
}

function checkItems(items: readonly ExpenseItemInput[], now: Date): CheckedItems {
  if (items.length > MAX_ITEMS) throw inputError(`"items" must not be more than ${MAX_ITEMS}.`);
  const checked = items.map((item, index) => checkItem(item, `items[${index}]`, now));
  return { items: checked, totalMinorUnits: checked.reduce((sum, { minorUnits }) => sum + minorUnits, 0) };
}

function checkItem(
  { description, category, spentOn, minorUnits }: ExpenseItemInput,
  path: string,
  now: Date,
): CheckedItem {
  if (minorUnits < 1 || minorUnits > MAX_MINOR_UNITS) {
    throw inputError(`"${path}.minorUnits" must be from 1 to ${MAX_MINOR_UNITS}.`);
  }
  const lastDay = new Date(now.getTime() + EARLIEST_ZONE_MS).toISOString().slice(0, EARLIEST_DAY.length);
  if (spentOn < EARLIEST_DAY || spentOn > lastDay) {
    throw inputError(`"${path}.spentOn" must be a day from ${EARLIEST_DAY} to today.`);
  }
  return { description: checkText(`${path}.description`, description, MAX_TEXT_LENGTH), category, spentOn, minorUnits };
}

/** Counts characters as PostgreSQL does. Control characters are refused: it cannot store U+0000. */
function checkText(name: string, text: string, maxLength: number): string {
  const trimmed = text.trim();
  const length = [...trimmed.slice(0, 2 * maxLength + 1)].length;
  if (length < 1 || length > maxLength) throw inputError(`"${name}" must have 1 to ${maxLength} characters.`);
  // Half of a surrogate pair would be stored as another character.
  if (/[\p{Cc}\p{Cs}]/u.test(trimmed)) throw inputError(`"${name}" must be one line of text.`);
  return trimmed;
}
