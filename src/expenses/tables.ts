import type { ColumnType, Generated } from 'kysely';
import type { CallerDatabase } from '../database/transactions/caller-database.js';
import type { AuditAction, ExpenseCategory, ExpenseReportStatus } from '../generated/schema-types.js';

/** The tables of `migrations/0001-tables.sql`, as Kysely needs them to check queries. */
export interface ExpensesTables {
  employees: EmployeesTable;
  bank_accounts: BankAccountsTable;
  expense_reports: ExpenseReportsTable;
  expense_items: ExpenseItemsTable;
  audit_entries: AuditEntriesTable;
}

/** The expenses as one caller sees them. */
export type ExpensesDatabase = CallerDatabase<ExpensesTables>;

/** Set by an insert and never changed. */
type Fixed<T> = ColumnType<T, T, never>;
/** Null until an update sets it. */
type SetLater<T> = ColumnType<T | null, never, T | null>;

interface EmployeesTable {
  tenant_id: string;
  id: string;
  name: string;
  department: string;
  manager_id: string | null;
}

interface BankAccountsTable {
  tenant_id: string;
  employee_id: string;
  holder: string;
  iban: string;
}

interface ExpenseReportsTable {
  tenant_id: Fixed<string>;
  id: Generated<string>;
  author_id: Fixed<string>;
  title: string;
  status: Generated<ExpenseReportStatus>;
  currency: Fixed<string>;
  total_minor_units: number;
  created_at: Fixed<Date>;
  submitted_at: SetLater<Date>;
  decided_at: SetLater<Date>;
  decided_by: SetLater<string>;
  rejection_reason: SetLater<string>;
  paid_at: SetLater<Date>;
  deleted_at: ColumnType<Date | null, never, never>;
}

interface ExpenseItemsTable {
  tenant_id: Fixed<string>;
  report_id: Fixed<string>;
  position: Fixed<number>;
  id: Generated<string>;
  description: string;
  category: ExpenseCategory;
  spent_on: string;
  minor_units: number;
}

interface AuditEntriesTable {
  tenant_id: Fixed<string>;
  report_id: Fixed<string>;
  sequence: Generated<number>;
  id: Generated<string>;
  at: Fixed<Date>;
  action: Fixed<AuditAction>;
  actor_id: Fixed<string>;
  /** Filled by the database from the caller. */
  agent_id: Generated<string | null>;
}
