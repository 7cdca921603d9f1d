import DataLoader from 'dataloader';
import type { CompiledQuery, RawBuilder } from 'kysely';
import { type Kysely, sql } from '../database/kysely.js';
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
import type { ExpensesDatabase, ExpensesTables } from './tables.js';

/**
 * Reads of objects by id for one request, or for one event of a caller's subscriptions. Each kind takes one statement for
 * any number of objects. Never shared between callers.
 */
export interface Loaders {
  readonly employee: DataLoader<string, EmployeeRow | undefined>;
  /** Employees by id that `employee` has read or that came with something else. `employee` reads none of them again. */
  readonly knownEmployees: Map<string, EmployeeRow>;
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
  const knownEmployees = new Map<string, EmployeeRow>();
  return {
    employee: loadOne(
      byId,
      (ids) =>
        readByIds(database, 'employees by id', ids, (tables, isAsked) =>
          tables.selectFrom('employees').select(employeeColumns).where(isAsked('id')).compile(),
        ),
      knownEmployees,
    ),
    knownEmployees,
    expenseReport: loadOne(byId, (ids) =>
      readByIds(database, 'reports by id', ids, (tables, isAsked) =>
        tables
          .selectFrom('expense_reports')
          .select(expenseReportColumns)
          .where(isAsked('id'))
          .where('deleted_at', 'is', null)
          .compile(),
      ),
    ),
    reportToChange: loadOne(byId, (ids) =>
      readByIds(database, 'reports to change', ids, (tables, isAsked) =>
        tables
          .selectFrom('expense_reports')
          .select(expenseReportColumns)
          .where(isAsked('id'))
          .where('deleted_at', 'is', null)
          .forUpdate()
          .compile(),
      ),
    ),
    itemsOfReport: loadMany(byReport, (ids) =>
      readByIds(database, 'items of reports', ids, (tables, isAsked) =>
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
          .where(isAsked('report_id'))
          .orderBy('position')
          .compile(),
      ),
    ),
    auditTrail: new DataLoader((asked) => readAuditTrails(database, asked), {
      cacheKeyFn: ({ reportId, last, before }) => `${reportId} ${last} ${before}`,
    }),
    bankAccountOfEmployee: loadOne(byEmployee, (ids) =>
      readByIds(database, 'bank accounts of employees', ids, (tables, isAsked) =>
        tables
          .selectFrom('bank_accounts')
          .select(['employee_id as employeeId', 'holder', 'iban'])
          .where(isAsked('employee_id'))
          .compile(),
      ),
    ),
  };
}

/** Forgets what was read, after something was written. */
export function clearLoaders(loaders: Loaders): void {
  const { knownEmployees, ...others } = loaders;
  knownEmployees.clear();
  const all: readonly { clearAll(): unknown }[] = Object.values(others);
  for (const loader of all) loader.clearAll();
}

const byId = ({ id }: { readonly id: string }) => id;
const byReport = ({ reportId }: { readonly reportId: string }) => reportId;
const byEmployee = ({ employeeId }: { readonly employeeId: string }) => employeeId;

type IsAsked = (column: 'id' | 'report_id' | 'employee_id') => RawBuilder<boolean>;

/**
 * Reads rows by ids. One id has a statement of its own. PostgreSQL expects ten elements in a list, finds the plan for a list
 * of one cheaper, and so would plan the statement again each time.
 */
function readByIds<Row>(
  { run }: Pick<ExpensesDatabase, 'run'>,
  name: string,
  ids: readonly string[],
  build: (tables: Kysely<ExpensesTables>, isAsked: IsAsked) => CompiledQuery<Row>,
): Promise<readonly Row[]> {
  return ids.length === 1
    ? run(`${name}, one`, { id: ids[0] }, (tables, value) =>
        build(tables, (column) => sql`${sql.ref(column)} = ${value('id')}::uuid`),
      )
    : run(name, { ids }, (tables, value) =>
        build(tables, (column) => sql`${sql.ref(column)} = any(${value('ids')}::uuid[])`),
      );
}

/** @param known rows that are not read again. Those that are read are added */
function loadOne<Row>(
  keyOf: (row: Row) => string,
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
  known?: Map<string, Row>,
): DataLoader<string, Row | undefined> {
  return new DataLoader(async (ids) => {
    const rows = known ?? new Map<string, Row>();
    const missing = ids.filter((id) => !rows.has(id));
    if (missing.length > 0) for (const row of await read(missing)) rows.set(keyOf(row), row);
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
