import type { Caller } from '../authentication/caller.js';
import type { AuditAction, CreateExpenseReportInput, EditExpenseReportInput } from '../generated/resolvers-types.js';
import type { ExpensesContext } from './context.js';
import { parseGlobalIdOf } from './global-id.js';
import { inputError } from './input-error.js';
import { lockReport } from './lock-report.js';
import { type CheckedItems, checkChanges, checkNewReport, checkReason } from './report-input.js';
import { type ReportStep, takeStep } from './report-status.js';
import { type ExpenseReportRow, expenseReportColumns } from './rows.js';

// Each of these runs in the transaction of its mutation (mutation-transactions.ts). May the caller? is already decided: by
// the rules in the schema, and once more by the database.

/** @throws GraphQLError `BAD_USER_INPUT` */
export async function createReport(
  context: ExpensesContext,
  input: CreateExpenseReportInput,
): Promise<ExpenseReportRow> {
  const { title, currency, items, totalMinorUnits } = checkNewReport(input, context.now());
  const { tenantId, objectId } = await requireEmployee(context);
  const report = await context.database.kysely
    .insertInto('expense_reports')
    .values({
      tenant_id: tenantId,
      author_id: objectId,
      title,
      currency,
      total_minor_units: totalMinorUnits,
      created_at: context.now(),
    })
    .returning(expenseReportColumns)
    .executeTakeFirstOrThrow();
  await addItems(context, report.id, items);
  await addAuditEntry(context, report.id, 'CREATED');
  return report;
}

/** @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION` */
export async function editReport(context: ExpensesContext, input: EditExpenseReportInput): Promise<ExpenseReportRow> {
  const { title, content } = checkChanges(input, context.now());
  return changeReport(context, input.id, 'edit', async (report) => {
    if (content) {
      await context.database.kysely.deleteFrom('expense_items').where('report_id', '=', report.id).execute();
      await addItems(context, report.id, content.items);
    }
    return { title: title ?? report.title, total_minor_units: content?.totalMinorUnits ?? report.totalMinorUnits };
  });
}

/** @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION` */
export function submitReport(context: ExpensesContext, id: string): Promise<ExpenseReportRow> {
  return changeReport(context, id, 'submit', async (report) => {
    // Every item has an amount above 0.
    if (report.totalMinorUnits === 0)
      throw inputError('A report without items cannot be submitted: add an item first.');
    return { submitted_at: context.now() };
  });
}

/** @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION` */
export function approveReport(context: ExpensesContext, id: string): Promise<ExpenseReportRow> {
  return changeReport(context, id, 'approve', async () => decision(context));
}

/** @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION` */
export async function rejectReport(context: ExpensesContext, id: string, reason: string): Promise<ExpenseReportRow> {
  const rejection_reason = checkReason(reason);
  return changeReport(context, id, 'reject', async () => ({ ...decision(context), rejection_reason }));
}

/** @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION` */
export function payReport(context: ExpensesContext, id: string): Promise<ExpenseReportRow> {
  return changeReport(context, id, 'pay', async () => ({ paid_at: context.now() }));
}

/** Columns of a report that a step sets beside the status. */
interface ReportChanges {
  readonly title?: string;
  readonly total_minor_units?: number;
  readonly submitted_at?: Date;
  readonly decided_at?: Date;
  readonly decided_by?: string;
  readonly rejection_reason?: string;
  readonly paid_at?: Date;
}

/** Locks the report, checks that the step follows, stores what it changes, and records it. */
async function changeReport(
  context: ExpensesContext,
  globalId: string,
  step: ReportStep,
  change: (report: ExpenseReportRow) => Promise<ReportChanges>,
): Promise<ExpenseReportRow> {
  const id = parseGlobalIdOf('ExpenseReport', globalId);
  const report = id && (await lockReport(context.database, id));
  if (!report) throw inputError('There is no report with this id that you may see.');
  const { to, action } = takeStep(step, report.status);
  const changed = await context.database.kysely
    .updateTable('expense_reports')
    .set({ ...(await change(report)), status: to })
    .where('id', '=', report.id)
    .returning(expenseReportColumns)
    .executeTakeFirstOrThrow();
  await addAuditEntry(context, report.id, action);
  return changed;
}

function decision(context: ExpensesContext) {
  return { decided_at: context.now(), decided_by: requireCaller(context).objectId };
}

async function addItems(context: ExpensesContext, reportId: string, items: CheckedItems['items']): Promise<void> {
  if (items.length === 0) return;
  const { tenantId } = requireCaller(context);
  const rows = items.map(({ description, category, spentOn, minorUnits }, index) => ({
    tenant_id: tenantId,
    report_id: reportId,
    position: index + 1,
    description,
    category,
    spent_on: spentOn,
    minor_units: minorUnits,
  }));
  await context.database.kysely.insertInto('expense_items').values(rows).execute();
}

async function addAuditEntry(context: ExpensesContext, reportId: string, action: AuditAction): Promise<void> {
  const { tenantId, objectId } = requireCaller(context);
  await context.database.kysely
    .insertInto('audit_entries')
    .values({ tenant_id: tenantId, report_id: reportId, at: context.now(), action, actor_id: objectId })
    .execute();
}

async function requireEmployee(context: ExpensesContext): Promise<Caller> {
  const caller = requireCaller(context);
  const employee = await context.database.kysely
    .selectFrom('employees')
    .select('id')
    .where('id', '=', caller.objectId)
    .executeTakeFirst();
  if (!employee) throw inputError('Only employees of the tenant can file expense reports.');
  return caller;
}

function requireCaller({ caller }: ExpensesContext): Caller {
  if (!caller) throw new TypeError('A mutation ran without a caller: its rule is missing from the schema');
  return caller;
}
