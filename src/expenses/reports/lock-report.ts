import { type ExpenseReportRow, expenseReportColumns } from '../rows.js';
import type { ExpensesDatabase } from '../tables.js';

/**
 * Reads a report and keeps everybody else from changing it until the transaction ends. Undefined when there is none, or
 * none that the caller may see and change in some status: the two cannot be told apart.
 */
export function lockReport({ kysely }: ExpensesDatabase, id: string): Promise<ExpenseReportRow | undefined> {
  return kysely
    .selectFrom('expense_reports')
    .select(expenseReportColumns)
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}
