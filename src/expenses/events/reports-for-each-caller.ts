import type { Selectable } from 'kysely';
import { sql } from '../../database/kysely.js';
import { authorColumns, type ReportWithAuthor } from '../pages/report-authors.js';
import { expenseReportColumns } from '../rows.js';
import type { ExpensesDatabase, ExpensesTables } from '../tables.js';

/** A report of `migrations/0008`. Columns of the author are null where the author is hidden from the callers. */
type FoundReport = Selectable<ExpensesTables['expense_reports']> & {
  readonly places: readonly number[];
  readonly author_name: string | null;
  readonly author_department: string | null;
  readonly author_manager: string | null;
};

/** A report with the places of the callers who see the same of it. Places count from 1, as in PostgreSQL. */
export type SeenReport = ReportWithAuthor & { readonly places: readonly number[] };

/**
 * Reads reports and their authors for several callers in one statement, each under its caller's own rights. Callers who see
 * the same get one row.
 *
 * @param database of no caller, because the statement sets them
 * @param callers settings of each caller, as JSON of what `callerSettings` returns
 * @param ids id of the report for the caller at the same place
 * @returns rows. A caller from whom the report is hidden has its place in none of them
 */
export function readForEachCaller(
  database: Pick<ExpensesDatabase, 'run'>,
  callers: readonly string[],
  ids: readonly string[],
): Promise<readonly SeenReport[]> {
  const values = { callers: `[${callers.join(',')}]`, ids };
  return database.run('reports for each caller', values, (tables, value) =>
    tables
      .selectFrom(
        sql<FoundReport>`(select array_agg(place) as places, (report).*, (author).name as author_name,
          (author).department as author_department, (author).manager_id as author_manager
          from expense_reports_with_authors_for_each_caller(${value('callers')}, ${value('ids')})
          group by report, author)`.as('found'),
      )
      .select(['places', ...expenseReportColumns, ...authorColumns])
      .compile(),
  );
}
