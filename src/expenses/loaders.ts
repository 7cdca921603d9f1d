import DataLoader from 'dataloader';
import type { RawBuilder } from 'kysely';
import { sql } from '../database/kysely.js';
import { type AuditTrailRequest, readAuditTrails } from './reports/audit-trail.js';
import {
  type AuditEntryRow,
  type BankAccountRow,
  type EmployeeRow,
  type ExpenseItemRow,
  type ExpenseReportRow,
  employeeColumns,
  expenseReportColumns,
} from './rows.js';
import type { ExpensesDatabase } from './tables.js';

/**
 * Reads of objects by id for one request, or for one event of a caller's subscriptions. Each kind takes one statement for
 * any number of objects. Never shared between callers.
 */
export interface Loaders {
  readonly employee: DataLoader<string, EmployeeRow | undefined>;
  /** Reports that are not deleted. */
  readonly expenseReport: DataLoader<string, ExpenseReportRow | undefined>;
  /**
   * Locks the report within a mutation's transaction: nothing else can change it until the transaction ends. Returns
   * undefined if the report does not exist, or if the caller may not see it or change it in any status. The two cannot be
   * distinguished.
   */
  readonly reportToChange: DataLoader<string, ExpenseReportRow | undefined>;
  readonly itemsOfReport: DataLoader<string, readonly Omit<ExpenseItemRow, 'currency'>[]>;
  readonly auditTrail: DataLoader<AuditTrailRequest, readonly AuditEntryRow[], string>;
  readonly bankAccountOfEmployee: DataLoader<string, BankAccountRow | undefined>;
}

/** Loaders over one caller's database; they remember what they read until `clearLoaders`. */
export function createLoaders(database: Pick<ExpensesDatabase, 'run'>): Loaders {
  return {
    employee: loadOne(byId, (ids) =>
      database.run('employees by id', { ids }, (tables, value) =>
        tables
          .selectFrom('employees')
          .select(employeeColumns)
          .where(isAnyOf('id', value('ids')))
          .compile(),
      ),
    ),
    expenseReport: loadOne(byId, (ids) =>
      database.run('reports by id', { ids }, (tables, value) =>
        tables
          .selectFrom('expense_reports')
          .select(expenseReportColumns)
          .where(isAnyOf('id', value('ids')))
          .where('deleted_at', 'is', null)
          .compile(),
      ),
    ),
    reportToChange: loadOne(byId, (ids) =>
      database.run('reports to change', { ids }, (tables, value) =>
        tables
          .selectFrom('expense_reports')
          .select(expenseReportColumns)
          .where(isAnyOf('id', value('ids')))
          .where('deleted_at', 'is', null)
          .forUpdate()
          .compile(),
      ),
    ),
    itemsOfReport: loadMany(byReport, (ids) =>
      database.run('items of reports', { ids }, (tables, value) =>
        tables
          .selectFrom('expense_items')
          .select([
            'id',
            'report_id as reportId',
            'description',
            'category',
            'spent_on as spentOn',
            'minor_units as minorUnits',
          ])
          .where(isAnyOf('report_id', value('ids')))
          .orderBy('position')
          .compile(),
      ),
    ),
    auditTrail: new DataLoader((asked) => readAuditTrails(database, asked), {
      cacheKeyFn: ({ reportId, last, before }) => `${reportId} ${last} ${before}`,
    }),
    bankAccountOfEmployee: loadOne(byEmployee, (ids) =>
      database.run('bank accounts of employees', { ids }, (tables, value) =>
        tables
          .selectFrom('bank_accounts')
          .select(['employee_id as employeeId', 'holder', 'iban'])
          .where(isAnyOf('employee_id', value('ids')))
          .compile(),
      ),
    ),
  };
}

/** Forgets what was read, after something was written. */
export function clearLoaders(loaders: Loaders): void {
  const all: readonly { clearAll(): unknown }[] = Object.values(loaders);
  for (const loader of all) loader.clearAll();
}

const byId = ({ id }: { readonly id: string }) => id;
const byReport = ({ reportId }: { readonly reportId: string }) => reportId;
const byEmployee = ({ employeeId }: { readonly employeeId: string }) => employeeId;

/** One parameter for any number of ids: PostgreSQL meets the same statement each time. */
function isAnyOf(column: 'id' | 'report_id' | 'employee_id', ids: RawBuilder<readonly string[]>) {
  return sql<boolean>`${sql.ref(column)} = any(${ids}::uuid[])`;
}

function loadOne<Row>(
  keyOf: (row: Row) => string,
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | undefined> {
  return new DataLoader(async (ids) => {
    const rows = new Map((await read(ids)).map((row) => [keyOf(row), row]));
    return ids.map((id) => rows.get(id));
  });
}

function loadMany<Row>(
  keyOf: (row: Row) => string,
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, readonly Row[]> {
  return new DataLoader(async (ids) => {
    const groups = new Map<string, Row[]>(ids.map((id) => [id, []]));
    for (const row of await read(ids)) groups.get(keyOf(row))?.push(row);
    return ids.map((id) => Object.freeze(groups.get(id) ?? []));
  });
}
