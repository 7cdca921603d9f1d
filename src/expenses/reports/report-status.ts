import { GraphQLError } from 'graphql';
import type { AuditAction, ExpenseReportStatus } from '../../generated/schema-types.js';

/** A step in the life of a report. */
export type ReportStep = 'edit' | 'submit' | 'approve' | 'reject' | 'pay';

interface StepRule {
  readonly from: ExpenseReportStatus;
  readonly to: ExpenseReportStatus;
  /** The entry in the audit trail. */
  readonly action: AuditAction;
  /** "A report cannot be …" */
  readonly participle: string;
}

/** Every step there is. The database has the same table, in a trigger. */
const STEPS: Readonly<Record<ReportStep, StepRule>> = {
  edit: { from: 'DRAFT', to: 'DRAFT', action: 'EDITED', participle: 'edited' },
  submit: { from: 'DRAFT', to: 'SUBMITTED', action: 'SUBMITTED', participle: 'submitted' },
  approve: { from: 'SUBMITTED', to: 'APPROVED', action: 'APPROVED', participle: 'approved' },
  reject: { from: 'SUBMITTED', to: 'REJECTED', action: 'REJECTED', participle: 'rejected' },
  pay: { from: 'APPROVED', to: 'PAID', action: 'PAID', participle: 'marked as paid' },
};

/**
 * Returns the changes that a step makes to a report in this status.
 *
 * @throws GraphQLError `INVALID_TRANSITION` when the report is not in the status that the step begins with
 */
export function takeStep(step: ReportStep, status: ExpenseReportStatus): Pick<StepRule, 'to' | 'action'> {
  const { from, to, action, participle } = STEPS[step];
  if (status === from) return { to, action };
  throw new GraphQLError(`This report is ${status}: only one that is ${from} can be ${participle}.`, {
    extensions: { code: 'INVALID_TRANSITION' },
  });
}
