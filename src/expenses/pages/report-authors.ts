import type { SelectQueryBuilder } from 'kysely';
import type { Caller } from '../../authentication/caller.js';
import { sql } from '../../database/kysely.js';
import type { EmployeeRow, ExpenseReportRow } from '../rows.js';
import type { ExpensesTables } from '../tables.js';
import type { Condition } from './conditions.js';

/**
 * Returns a condition on the author that every report meets which the caller can see. Undefined: it would not narrow the
 * query.
 *
 * This is for speed alone, because row-level security decides about every row. It is tried on each row of the tenant, while
 * the rows of known authors are found by index (300 000 reports: 3 ms instead of 250).
 */
export function authorsInView(caller: Caller | undefined): Condition<'expense_reports'> | undefined {
  if (!caller || caller.isGuest) return { name: 'no author', build: () => sql`false` };
  if (caller.kind === 'app-only') return undefined;
  const { objectId, roles } = caller;
  if (roles.has('Expenses.Finance') || roles.has('Expenses.Auditor')) return undefined;
  const isOwn = !roles.has('Expenses.Approver');
  return { name: isOwn ? 'own' : 'team', value: objectId, build: isOwn ? ofAuthor : ofTeam };
}

const ofAuthor: Condition<'expense_reports'>['build'] = (expression, caller) => expression('author_id', '=', caller);

const ofTeam: Condition<'expense_reports'>['build'] = (expression, caller) =>
  expression('author_id', 'in', (selection) =>
    selection
      .selectFrom('employees as employee')
      .select('employee.id')
      .where((where) => where.or([where('employee.id', '=', caller), where('employee.manager_id', '=', caller)])),
  );

/** A report that may bring its author along, null where row-level security hides it. */
export interface ReportWithAuthor extends ExpenseReportRow {
  readonly authorName?: string | null;
  readonly authorDepartment?: string | null;
  readonly authorManagerId?: string | null;
}

/** Adds the authors to a query of reports. None of their columns has the name of one of the report's. */
export function withAuthors<Row>(reports: SelectQueryBuilder<ExpensesTables, 'expense_reports', Row>) {
  return reports
    .leftJoin(
      (selection) =>
        selection
          .selectFrom('employees')
          .select([
            'tenant_id as author_tenant',
            'id as author_key',
            'name as author_name',
            'department as author_department',
            'manager_id as author_manager',
          ])
          .as('author'),
      (join) =>
        join
          .onRef('author.author_tenant', '=', 'expense_reports.tenant_id')
          .onRef('author.author_key', '=', 'expense_reports.author_id'),
    )
    .select(authorColumns);
}

/** Columns of the author in a `ReportWithAuthor`. */
export const authorColumns = [
  'author_name as authorName',
  'author_department as authorDepartment',
  'author_manager as authorManagerId',
] as const;

/** Returns the author whom a report brought along. Several answers may share the object, so it cannot be changed. */
export function authorIn(report: ReportWithAuthor): EmployeeRow | undefined {
  const { authorId: id, authorName: name, authorDepartment: department, authorManagerId } = report;
  if (!name || !department) return undefined;
  return Object.freeze({ id, name, department, managerId: authorManagerId ?? null });
}

/** Keeps the author of a report, so that no loader reads it again. */
export function noteAuthor(report: ReportWithAuthor, known: Map<string, EmployeeRow>): void {
  const author = known.has(report.authorId) ? undefined : authorIn(report);
  if (author) known.set(author.id, author);
}
