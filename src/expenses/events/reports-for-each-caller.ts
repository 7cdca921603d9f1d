import type { Selectable } from 'kysely';
import { sql } from '../../database/kysely.js';
import { type ExpenseReportRow, expenseReportColumns } from '../rows.js';
import type { ExpensesDatabase, ExpensesTables } from '../tables.js';

type FoundReport = Selectable<ExpensesTables['expense_reports']> & { readonly place: number };

/**
 * Reads reports for several callers in one statement, each under its caller's own rights.
 *
 * @param database of no caller, because the statement sets them
 * @param callers settings of each caller, as `callerSettings` returns them
 * @param ids id of the report for the caller at the same place
 * @returns rows by place. Undefined where the report is hidden from its caller
 */
export async function readForEachCaller(
  database: Pick<ExpensesDatabase, 'run'>,
  callers: readonly (readonly string[])[],
  ids: readonly string[],
): Promise<(ExpenseReportRow | undefined)[]> {
  // Places are 1, 2, 3 …, as PostgreSQL counts.
  const values = { callers: JSON.stringify(callers), ids };
  const rows = await database.run('reports for each caller', values, (tables, value) =>
    tables
      .selectFrom(
        sql<FoundReport>`(select place, (report).* from expense_reports_for_each_caller(${value('callers')}, ${value('ids')}))`.as(
          'found',
        ),
      )
      .select(['place', ...expenseReportColumns])
      .compile(),
  );
  const found = new Map(rows.map((row) => [row.place, row]));
  return ids.map((_, index) => found.get(index + 1));
}
