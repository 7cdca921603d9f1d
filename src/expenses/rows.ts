import type { Selection } from 'kysely';
import type { AccessCallerKind, AccessOutcome, AuditAction, ExpenseCategory } from '../generated/schema-types.js';
import type { ExpensesTables } from './tables.js';

/** Columns of an `EmployeeRow`. */
export const employeeColumns = ['id', 'name', 'department', 'manager_id as managerId'] as const;

/** The columns of an `ExpenseReportRow` that every report has. */
export const firstReportColumns = [
  'id',
  'author_id as authorId',
  'title',
  'status',
  'currency',
  'total_minor_units as totalMinorUnits',
  'created_at as createdAt',
] as const;

/** Columns of a whole `ExpenseReportRow`. */
export const expenseReportColumns = [
  ...firstReportColumns,
  'submitted_at as submittedAt',
  'decided_at as decidedAt',
  'decided_by as decidedById',
  'rejection_reason as rejectionReason',
  'paid_at as paidAt',
  'deleted_at as deletedAt',
] as const;

/** These columns of a table, with the types that `tables.ts` says. */
type Row<Table extends keyof ExpensesTables, Columns extends readonly string[]> = Readonly<
  Selection<ExpensesTables, Table, Columns[number]>
>;

/** An employee as resolvers see it. Ids in rows are the database's; clients get global ids (`global-id.ts`). */
export type EmployeeRow = Row<'employees', typeof employeeColumns>;

/** An expense report without its items. */
export type ExpenseReportRow = Row<'expense_reports', typeof expenseReportColumns>;

/** One item of a report, with the report's currency. */
export interface ExpenseItemRow {
  readonly id: string;
  readonly reportId: string;
  readonly description: string;
  readonly category: ExpenseCategory;
  /** A day, `2026-03-01`. */
  readonly spentOn: string;
  readonly minorUnits: number;
  readonly currency: string;
}

/** Something that happened to a report. */
export interface AuditEntryRow {
  readonly id: string;
  readonly reportId: string;
  readonly at: Date;
  readonly action: AuditAction;
  readonly actorId: string;
  readonly agentId: string | null;
}

/** A use of an audited field. */
export interface AccessEntryRow {
  readonly id: string;
  readonly at: Date;
  readonly by: string;
  readonly kind: AccessCallerKind;
  readonly client: string;
  readonly agent: string | null;
  readonly tokenId: string | null;
  readonly operation: string | null;
  readonly coordinate: string;
  readonly reason: string;
  readonly outcome: AccessOutcome;
  readonly objects: string[];
}

/** The bank account to which an employee is paid. */
export interface BankAccountRow {
  readonly employeeId: string;
  readonly holder: string;
  readonly iban: string;
}
