import type { Selectable } from 'kysely';
import { sql } from '../../database/kysely.js';
import { authorColumns, type ReportWithAuthor } from '../pages/report-authors.js';
import { expenseReportColumns } from '../rows.js';
import type { ExpensesDatabase, ExpensesTables } from '../tables.js';

/** A report of `migrations/0007`. Columns of the author are null where the author is hidden from the caller. */
type FoundReport = Selectable<ExpensesTables['expense_reports']> & {
  readonly place: number;
  readonly author_name: string | null;
  readonly author_department: string | null;
  readonly author_manager: string | null;
};

/**
 * Reads reports and their authors for several callers in one statement, each under its caller's own rights.
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
): Promise<(ReportWithAuthor | undefined)[]> {
  // Places are 1, 2, 3 …, as PostgreSQL counts.
  const values = { callers: JSON.stringify(callers), ids };
  const rows = await database.run('reports for each caller', values, (tables, value) =>
    tables
      .selectFrom(
        sql<FoundReport>`(select place, (report).*, (author).name as author_name,
          (author).department as author_department, (author).manager_id as author_manager
          from expense_reports_with_authors_for_each_caller(${value('callers')}, ${value('ids')}))`.as('found'),
      )
      .select(['place', ...expenseReportColumns, ...authorColumns])
      .compile(),
  );
  const found = new Map(rows.map((row) => [row.place, row]));
  return ids.map((_, index) => found.get(index + 1));
}
