import { describe, expect, it } from 'vitest';
import { type ReportStep, takeStep } from '../../../src/expenses/reports/report-status.js';
import type { ExpenseReportStatus } from '../../../src/generated/resolvers-types.js';

const STATUSES: readonly ExpenseReportStatus[] = ['DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID'];

/** The status that each step leads to, by the status before it. Undefined if the step is not allowed. */
const EXPECTED: Readonly<Record<ReportStep, Partial<Record<ExpenseReportStatus, ExpenseReportStatus>>>> = {
  edit: { DRAFT: 'DRAFT' },
  submit: { DRAFT: 'SUBMITTED' },
  approve: { SUBMITTED: 'APPROVED' },
  reject: { SUBMITTED: 'REJECTED' },
  pay: { APPROVED: 'PAID' },
};

describe.each(Object.entries(EXPECTED) as [ReportStep, (typeof EXPECTED)[ReportStep]][])('%s', (step, expected) => {
  it.each(STATUSES)('from %s', (status) => {
    const to = expected[status];
    if (to) expect(takeStep(step, status).to).toBe(to);
    else
      expect(() => takeStep(step, status)).toThrow(
        expect.objectContaining({ extensions: { code: 'INVALID_TRANSITION' } }),
      );
  });
});
