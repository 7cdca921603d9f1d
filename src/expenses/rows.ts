import type {
  AccessCallerKind,
  AccessOutcome,
  AuditAction,
  ExpenseCategory,
  ExpenseReportStatus,
} from '../generated/schema-types.js';

/** An employee as resolvers see it. Ids in rows are the database's; clients get global ids (`global-id.ts`). */
export interface EmployeeRow {
  /** Object id of the user in Entra. */
  readonly id: string;
  readonly name: string;
  readonly department: string;
  readonly managerId: string | null;
}

/** An expense report without its items. */
export interface ExpenseReportRow {
  readonly id: string;
  readonly authorId: string;
  readonly title: string;
  readonly status: ExpenseReportStatus;
  readonly currency: string;
  readonly totalMinorUnits: number;
  readonly createdAt: Date;
  // A page leaves these out when nobody asks for them.
  readonly submittedAt?: Date | null;
  readonly decidedAt?: Date | null;
  readonly decidedById?: string | null;
  readonly rejectionReason?: string | null;
  readonly paidAt?: Date | null;
  readonly deletedAt?: Date | null;
}

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
