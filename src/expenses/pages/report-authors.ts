import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Caller } from '../../authentication/caller.js';
import { sql } from '../../database/kysely.js';
import type { ExpensesTables } from '../tables.js';

/**
 * Whose reports a caller can see at most, as a condition on `expense_reports`; undefined where that is no use.
 *
 * This protects nothing, for row-level security decides on every row. But it is a filter that PostgreSQL can only try on
 * each row of the tenant; told the authors, it goes to their rows by index (300 000 reports: 3 ms instead of 250).
 */
export function authorsInView(
  caller: Caller | undefined,
  expression: ExpressionBuilder<ExpensesTables, 'expense_reports'>,
): Expression<SqlBool> | undefined {
  if (!caller || caller.isGuest) return sql`false`;
  if (caller.kind === 'app-only') return undefined;
  const { objectId, roles } = caller;
  if (roles.has('Expenses.Finance') || roles.has('Expenses.Auditor')) return undefined;
  if (!roles.has('Expenses.Approver')) return expression('author_id', '=', objectId);
  return expression('author_id', 'in', (selection) =>
    selection
      .selectFrom('employees as employee')
      .select('employee.id')
      .where((where) => where.or([where('employee.id', '=', objectId), where('employee.manager_id', '=', objectId)])),
  );
}
