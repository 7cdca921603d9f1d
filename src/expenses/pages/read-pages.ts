import { type Kysely, sql } from '../../database/kysely.js';
import type { Value } from '../../database/statements/query-shapes.js';
import type { QueryExpenseReportsArgs } from '../../generated/schema-types.js';
import type { ExpensesContext } from '../context.js';
import { parseGlobalIdOf } from '../global-id.js';
import {
  type EmployeeRow,
  type ExpenseReportRow,
  employeeColumns,
  expenseReportColumns,
  firstReportColumns,
} from '../rows.js';
import type { ExpensesTables } from '../tables.js';
import type { AskedColumns } from './asked-columns.js';
import { type Condition, joinConditions } from './conditions.js';
import { type Edge, type Page, readPage } from './page.js';
import { type PageArguments, parsePageRequest } from './page-request.js';
import { authorsInView, noteAuthor, type ReportWithAuthor, withAuthors } from './report-authors.js';

// Named for the code generator (codegen.yml), which cannot write type arguments.
export type ExpenseReportPage = Page<ExpenseReportRow>;
export type ExpenseReportPageEdge = Edge<ExpenseReportRow>;
export type EmployeePage = Page<EmployeeRow>;
export type EmployeePageEdge = Edge<EmployeeRow>;
export type AnyPage = Page<unknown>;

/**
 * Reads the reports that the caller may see, filtered and sorted. By default the newest come first. Their authors come with
 * them if they are asked for, and go to the loaders.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export async function readExpenseReportPage(
  { caller, database, loaders }: Pick<ExpensesContext, 'caller' | 'database' | 'loaders'>,
  { authorId, filter, orderBy, ...page }: Partial<QueryExpenseReportsArgs>,
  asked: AskedColumns = WHOLE_REPORTS,
): Promise<ExpenseReportPage> {
  const key = orderBy?.field ?? 'CREATED_AT';
  const request = parsePageRequest(page, { key, direction: orderBy?.direction === 'ASC' ? 'asc' : 'desc' });
  const { shape, values, build } = joinConditions([...filters(authorId, filter), authorsInView(caller)]);
  const reports = (tables: Kysely<ExpensesTables>, value: Value) =>
    tables.selectFrom('expense_reports').where((expression) => build(expression, value));
  return readPage(
    {
      async rows(part, order, { shape: size, values: limits, limit }) {
        const rows = await database.run<ReportWithAuthor>(
          `page of ${size} of reports${wordsFor(asked)}: ${shape}: ${part.shape}`,
          { ...values, ...part.values, ...limits },
          (tables, value) => {
            const page = reports(tables, value)
              .where(part.where(value))
              .select(asked.details ? expenseReportColumns : firstReportColumns)
              .orderBy(order())
              .limit(limit(value));
            return (asked.authors ? withAuthors(page) : page).compile();
          },
        );
        if (asked.authors) for (const row of rows) noteAuthor(row, loaders.knownEmployees);
        return rows;
      },
      exists: (part, order) =>
        isAny(
          database.run(`any report: ${shape}: ${part.shape}`, { ...values, ...part.values }, (tables, value) =>
            reports(tables, value).where(part.where(value)).select(one).orderBy(order()).limit(sql.lit(1)).compile(),
          ),
        ),
      count: () =>
        countOf(
          database.run(`number of reports: ${shape}`, values, (tables, value) =>
            reports(tables, value).select(countRows).compile(),
          ),
        ),
      positionOf: ({ id, createdAt, totalMinorUnits }) => ({
        id,
        value: key === 'TOTAL' ? totalMinorUnits : createdAt.getTime(),
      }),
    },
    request,
  );
}

/**
 * Reads the employees that the caller may see, by name.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export async function readEmployeePage(
  { database }: Pick<ExpensesContext, 'database'>,
  page: PageArguments,
): Promise<EmployeePage> {
  return readPage(
    {
      rows: (part, order, { shape, values, limit }) =>
        database.run(`page of ${shape} of employees: ${part.shape}`, { ...part.values, ...values }, (tables, value) =>
          tables
            .selectFrom('employees')
            .where(part.where(value))
            .select(employeeColumns)
            .orderBy(order())
            .limit(limit(value))
            .compile(),
        ),
      exists: (part, order) =>
        isAny(
          database.run(`any employee: ${part.shape}`, part.values, (tables, value) =>
            tables
              .selectFrom('employees')
              .where(part.where(value))
              .select(one)
              .orderBy(order())
              .limit(sql.lit(1))
              .compile(),
          ),
        ),
      count: () =>
        countOf(
          database.run('number of employees', {}, (tables) =>
            tables.selectFrom('employees').select(countRows).compile(),
          ),
        ),
      positionOf: ({ id, name }) => ({ id, value: name }),
    },
    parsePageRequest(page, { key: 'NAME', direction: 'asc' }),
  );
}

const WHOLE_REPORTS: AskedColumns = { authors: false, details: true };

function wordsFor({ authors, details }: AskedColumns): string {
  return `${authors ? ' with authors' : ''}${details ? ' with details' : ''}`;
}

const one = sql<number>`1`.as('one');
const countRows = sql<number>`count(*)`.as('count');

async function isAny(reading: Promise<readonly unknown[]>): Promise<boolean> {
  return (await reading).length > 0;
}

async function countOf(reading: Promise<readonly { readonly count: number }[]>): Promise<number> {
  const [row] = await reading;
  return row?.count ?? 0;
}

/** Row-level security lets auditors see deleted reports; a list has them only when asked for. */
function filters(
  authorId: QueryExpenseReportsArgs['authorId'],
  filter: QueryExpenseReportsArgs['filter'],
): (Condition<'expense_reports'> | undefined)[] {
  const given = <Type>(
    name: string,
    value: Type | null | undefined,
    build: Condition<'expense_reports'>['build'],
  ): Condition<'expense_reports'> | undefined =>
    value === null || value === undefined ? undefined : { name, value, build };
  return [
    filter?.includeDeleted
      ? undefined
      : { name: 'not deleted', build: (expression) => expression('deleted_at', 'is', null) },
    authorId
      ? {
          name: 'author',
          value: parseGlobalIdOf('Employee', authorId) ?? null,
          build: (expression, value) => expression('author_id', '=', value),
        }
      : undefined,
    given(
      'status',
      filter?.status && [...new Set(filter.status)],
      (_, value) => sql`status = any(${value}::report_status[])`,
    ),
    given('currency', filter?.currency?.toUpperCase(), (expression, value) => expression('currency', '=', value)),
    given('from', filter?.createdFrom, (expression, value) => expression('created_at', '>=', value)),
    given('until', filter?.createdBefore, (expression, value) => expression('created_at', '<', value)),
  ];
}
