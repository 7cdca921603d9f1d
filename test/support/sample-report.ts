import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { ExpenseReportStatus } from '../../src/generated/resolvers-types.js';

/** A report to arrange. */
export interface SampleReport {
  readonly tenantId: string;
  readonly authorId: string;
  readonly status: ExpenseReportStatus;
  readonly isDeleted?: boolean;
  readonly title?: string;
  readonly currency?: string;
  /** One item for each. Default: one of 1000. */
  readonly minorUnits?: readonly number[];
  readonly createdAt?: Date;
}

const MOMENT = new Date('2026-01-10T12:00:00.000Z');
const DECIDED: ReadonlySet<ExpenseReportStatus> = new Set(['APPROVED', 'REJECTED', 'PAID']);

/**
 * Stores a report with its items and one audit entry, past every rule.
 *
 * @returns its uuid
 */
export async function insertReport(superuser: pg.Client, report: SampleReport): Promise<string> {
  const { tenantId, authorId, status, minorUnits = [1_000] } = report;
  const id = randomUUID();
  const isDecided = DECIDED.has(status);
  await superuser.query(
    `insert into expense_reports
       (tenant_id, id, author_id, title, status, currency, total_minor_units, created_at, submitted_at, decided_at,
        decided_by, rejection_reason, paid_at, deleted_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      tenantId,
      id,
      authorId,
      report.title ?? 'Arranged',
      status,
      report.currency ?? 'EUR',
      minorUnits.reduce((sum, amount) => sum + amount, 0),
      report.createdAt ?? MOMENT,
      status === 'DRAFT' ? null : MOMENT,
      isDecided ? MOMENT : null,
      isDecided ? randomUUID() : null,
      status === 'REJECTED' ? 'No receipt' : null,
      status === 'PAID' ? MOMENT : null,
      report.isDeleted ? MOMENT : null,
    ],
  );
  for (const [index, amount] of minorUnits.entries()) {
    await superuser.query(
      `insert into expense_items (tenant_id, report_id, position, description, category, spent_on, minor_units)
       values ($1, $2, $3, 'Ticket', 'TRAVEL', '2026-01-09', $4)`,
      [tenantId, id, index + 1, amount],
    );
  }
  await superuser.query(
    `insert into audit_entries (tenant_id, report_id, at, action, actor_id) values ($1, $2, $3, 'CREATED', $4)`,
    [tenantId, id, MOMENT, authorId],
  );
  return id;
}
