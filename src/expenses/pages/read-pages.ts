import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { sql } from '../../database/kysely.js';
import type { QueryExpenseReportsArgs } from '../../generated/schema-types.js';
import type { ExpensesContext } from '../context.js';
import { parseGlobalIdOf } from '../global-id.js';
import { type EmployeeRow, type ExpenseReportRow, employeeColumns, expenseReportColumns } from '../rows.js';
import type { ExpensesTables } from '../tables.js';
import { type Edge, type Page, readPage } from './page.js';
import { type PageArguments, parsePageRequest } from './page-request.js';
import { authorsInView } from './report-authors.js';

// Named for the code generator (codegen.yml), which cannot write type arguments.
export type ExpenseReportPage = Page<ExpenseReportRow>;
export type ExpenseReportPageEdge = Edge<ExpenseReportRow>;
export type EmployeePage = Page<EmployeeRow>;
export type EmployeePageEdge = Edge<EmployeeRow>;
export type AnyPage = Page<unknown>;

/**
 * The reports that the caller may see, filtered and sorted; newest first by default.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export async function readExpenseReportPage(
  { caller, database }: Pick<ExpensesContext, 'caller' | 'database'>,
  { authorId, filter, orderBy, ...page }: Partial<QueryExpenseReportsArgs>,
): Promise<ExpenseReportPage> {
  const key = orderBy?.field ?? 'CREATED_AT';
  const request = parsePageRequest(page, { key, direction: orderBy?.direction === 'ASC' ? 'asc' : 'desc' });
  const query = database.kysely
    .selectFrom('expense_reports')
    .where((expression) => matches(expression, authorId, filter))
    .where((expression) => authorsInView(caller, expression) ?? sql`true`);
  return readPage(
    {
      rows: (where, order, limit) =>
        query.where(where).select(expenseReportColumns).orderBy(order).limit(limit).execute(),
      exists: async (where) => (await query.where(where).select('id').limit(1).execute()).length > 0,
      count: async () => (await query.select(countRows).executeTakeFirstOrThrow()).count,
      positionOf: ({ id, createdAt, totalMinorUnits }) => ({
        id,
        value: key === 'TOTAL' ? totalMinorUnits : createdAt.getTime(),
      }),
    },
    request,
  );
}

/**
 * The employees that the caller may see, by name.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export async function readEmployeePage(
  { database }: Pick<ExpensesContext, 'database'>,
  page: PageArguments,
): Promise<EmployeePage> {
  const query = database.kysely.selectFrom('employees');
  return readPage(
    {
      rows: (where, order, limit) => query.where(where).select(employeeColumns).orderBy(order).limit(limit).execute(),
      exists: async (where) => (await query.where(where).select('id').limit(1).execute()).length > 0,
      count: async () => (await query.select(countRows).executeTakeFirstOrThrow()).count,
      positionOf: ({ id, name }) => ({ id, value: name }),
    },
    parsePageRequest(page, { key: 'NAME', direction: 'asc' }),
  );
}

const countRows = sql<number>`count(*)`.as('count');

/** Row-level security lets auditors see deleted reports; a list has them only when asked for. */
function matches(
  expression: ExpressionBuilder<ExpensesTables, 'expense_reports'>,
  authorId: QueryExpenseReportsArgs['authorId'],
  filter: QueryExpenseReportsArgs['filter'],
): Expression<SqlBool> {
  const conditions: Expression<SqlBool>[] = [];
  if (!filter?.includeDeleted) conditions.push(expression('deleted_at', 'is', null));
  if (authorId) conditions.push(expression('author_id', '=', parseGlobalIdOf('Employee', authorId) ?? null));
  if (filter?.status) conditions.push(sql`status = any(${[...new Set(filter.status)]}::report_status[])`);
  if (filter?.currency) conditions.push(expression('currency', '=', filter.currency.toUpperCase()));
  if (filter?.createdFrom) conditions.push(expression('created_at', '>=', filter.createdFrom));
  if (filter?.createdBefore) conditions.push(expression('created_at', '<', filter.createdBefore));
  return expression.and(conditions);
}
