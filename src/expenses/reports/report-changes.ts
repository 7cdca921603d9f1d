import type { Updateable } from 'kysely';
import { inputError } from '../../api/input.js';
import type { Caller } from '../../authentication/caller.js';
import { sql } from '../../database/kysely.js';
import { changeOnce, type RepeatableChange } from '../../database/transactions/change-once.js';
import type { AuditAction, CreateExpenseReportInput, EditExpenseReportInput } from '../../generated/schema-types.js';
import type { ExpensesContext } from '../context.js';
import { parseGlobalIdOf } from '../global-id.js';
import { type ExpenseReportRow, expenseReportColumns } from '../rows.js';
import type { ExpensesTables } from '../tables.js';
import { type CheckedItems, checkChanges, checkNewReport, checkReason } from './report-input.js';
import { type ReportStep, takeStep } from './report-status.js';

// Each of these runs in the transaction of its mutation (mutation-transactions.ts). The rules in the schema have decided that
// the caller may do it, and the database decides once more.

/**
 * Makes a change at most once for each `idempotencyKey`. A repetition reads the report again, with the rights that the
 * caller has now.
 *
 * @throws GraphQLError `IDEMPOTENCY_KEY_REUSED`, `BAD_USER_INPUT`
 */
export function changeReportOnce(
  { database, loaders }: ExpensesContext,
  change: RepeatableChange,
  make: () => Promise<ExpenseReportRow>,
): Promise<ExpenseReportRow> {
  return changeOnce(database, change, { make, readAgain: (id) => loaders.expenseReport.load(id) });
}

/**
 * Stores a new draft of the caller's.
 *
 * @throws GraphQLError `BAD_USER_INPUT`
 */
export async function createReport(
  context: ExpensesContext,
  input: CreateExpenseReportInput,
): Promise<ExpenseReportRow> {
  const at = context.now();
  const { title, currency, items, totalMinorUnits } = checkNewReport(input, at);
  const { tenantId, objectId } = await requireEmployee(context);
  const report = await addReport(context, { tenantId, authorId: objectId, title, currency, totalMinorUnits, at });
  await Promise.all([
    addAuditEntry(context, report.id, { action: 'CREATED', at }),
    addItems(context, report.id, items),
  ]);
  return report;
}

/**
 * Changes title, items or both of a draft.
 *
 * @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION`
 */
export async function editReport(context: ExpensesContext, input: EditExpenseReportInput): Promise<ExpenseReportRow> {
  const { title, content } = checkChanges(input, context.now());
  return changeReport(context, input.id, 'edit', async (report) => {
    if (content) {
      await removeItems(context, report.id);
      await addItems(context, report.id, content.items);
    }
    return { title: title ?? report.title, total_minor_units: content?.totalMinorUnits ?? report.totalMinorUnits };
  });
}

/**
 * Submits a draft.
 *
 * @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION`
 */
export function submitReport(context: ExpensesContext, id: string): Promise<ExpenseReportRow> {
  return changeReport(context, id, 'submit', ({ totalMinorUnits }, at) => {
    // Every item has an amount above 0.
    if (totalMinorUnits === 0) throw inputError('A report without items cannot be submitted: add an item first.');
    return { submitted_at: at };
  });
}

/**
 * Approves a submitted report in the caller's name.
 *
 * @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION`
 */
export function approveReport(context: ExpensesContext, id: string): Promise<ExpenseReportRow> {
  const { objectId } = requireCaller(context);
  return changeReport(context, id, 'approve', (_report, at) => ({ decided_at: at, decided_by: objectId }));
}

/**
 * Rejects a submitted report in the caller's name.
 *
 * @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION`
 */
export async function rejectReport(context: ExpensesContext, id: string, reason: string): Promise<ExpenseReportRow> {
  const { objectId } = requireCaller(context);
  const rejection_reason = checkReason(reason);
  return changeReport(context, id, 'reject', (_report, at) => ({
    decided_at: at,
    decided_by: objectId,
    rejection_reason,
  }));
}

/**
 * Notes that an approved report was paid.
 *
 * @throws GraphQLError `BAD_USER_INPUT`, `INVALID_TRANSITION`
 */
export function payReport(context: ExpensesContext, id: string): Promise<ExpenseReportRow> {
  return changeReport(context, id, 'pay', (_report, at) => ({ paid_at: at }));
}

/** Columns that a step sets in addition to the status. */
type Changes = Omit<Updateable<ExpensesTables['expense_reports']>, 'status'>;

/**
 * Locks the report and checks that its status allows the step. Then it stores the change and adds it to the audit trail. An
 * author that the payload asks for is read in the same round trip.
 */
async function changeReport(
  context: ExpensesContext,
  globalId: string,
  step: ReportStep,
  change: (report: ExpenseReportRow, at: Date) => Changes | Promise<Changes>,
): Promise<ExpenseReportRow> {
  const id = parseGlobalIdOf('ExpenseReport', globalId);
  const report = id && (await context.loaders.reportToChange.load(id));
  if (!report) throw inputError('No report that you may see has this id.');
  const { to, action } = takeStep(step, report.status);
  const at = context.now();
  const changes = await change(report, at);
  const [changed] = await Promise.all([
    updateReport(context, report.id, { ...changes, status: to }),
    addAuditEntry(context, report.id, { action, at }),
    context.asksForAuthor && context.loaders.employee.load(report.authorId),
  ]);
  return changed;
}

async function updateReport(
  { database }: ExpensesContext,
  id: string,
  columns: Updateable<ExpensesTables['expense_reports']>,
): Promise<ExpenseReportRow> {
  const names = Object.keys(columns);
  const [report] = await database.run(`update report: ${names.join(' ')}`, { id, ...columns }, (tables, value) =>
    tables
      .updateTable('expense_reports')
      .set(Object.fromEntries(names.map((name) => [name, value(name)])))
      .where('id', '=', value<string>('id'))
      .returning(expenseReportColumns)
      .compile(),
  );
  if (!report) throw new Error('A report is locked and cannot be updated: the row policies disagree');
  return report;
}

async function addReport(
  { database }: ExpensesContext,
  values: {
    readonly tenantId: string;
    readonly authorId: string;
    readonly title: string;
    readonly currency: string;
    readonly totalMinorUnits: number;
    readonly at: Date;
  },
): Promise<ExpenseReportRow> {
  const [report] = await database.run('new report', values, (tables, value) =>
    tables
      .insertInto('expense_reports')
      .values({
        tenant_id: value<string>('tenantId'),
        author_id: value<string>('authorId'),
        title: value<string>('title'),
        currency: value<string>('currency'),
        total_minor_units: value<number>('totalMinorUnits'),
        created_at: value<Date>('at'),
      })
      .returning(expenseReportColumns)
      .compile(),
  );
  if (!report) throw new Error('PostgreSQL stored a report and did not return it');
  return report;
}

/** Adds items in their order. Their values travel as lists, so that reports of any length have the same statement. */
async function addItems(context: ExpensesContext, reportId: string, items: CheckedItems['items']): Promise<void> {
  if (items.length === 0) return;
  const { tenantId } = requireCaller(context);
  const values = {
    tenantId,
    reportId,
    descriptions: items.map(({ description }) => description),
    categories: items.map(({ category }) => category),
    days: items.map(({ spentOn }) => spentOn),
    amounts: items.map(({ minorUnits }) => minorUnits),
  };
  await context.database.run('new items', values, (tables, value) =>
    sql`
    insert into expense_items (tenant_id, report_id, position, description, category, spent_on, minor_units)
    select ${value('tenantId')}::uuid, ${value('reportId')}::uuid, position, description, category, spent_on, minor_units
    from unnest(${value('descriptions')}::text[], ${value('categories')}::item_category[], ${value('days')}::date[],
      ${value('amounts')}::bigint[]) with ordinality as item (description, category, spent_on, minor_units, position)
  `.compile(tables),
  );
}

async function removeItems({ database }: ExpensesContext, reportId: string): Promise<void> {
  await database.run('remove items', { reportId }, (tables, value) =>
    tables.deleteFrom('expense_items').where('report_id', '=', value<string>('reportId')).compile(),
  );
}

async function addAuditEntry(
  context: ExpensesContext,
  reportId: string,
  event: { readonly action: AuditAction; readonly at: Date },
): Promise<void> {
  const { tenantId, objectId } = requireCaller(context);
  const entry = { tenantId, reportId, actorId: objectId, ...event };
  await context.database.run('new audit entry', entry, (tables, value) =>
    tables
      .insertInto('audit_entries')
      .values({
        tenant_id: value<string>('tenantId'),
        report_id: value<string>('reportId'),
        actor_id: value<string>('actorId'),
        at: value<Date>('at'),
        action: value<AuditAction>('action'),
      })
      .compile(),
  );
}

async function requireEmployee(context: ExpensesContext): Promise<Caller> {
  const caller = requireCaller(context);
  const employee = await context.loaders.employee.load(caller.objectId);
  if (!employee) throw inputError('Only employees of the tenant can file expense reports.');
  return caller;
}

function requireCaller({ caller }: ExpensesContext): Caller {
  if (!caller) throw new TypeError('A mutation ran without a caller: its rule is missing from the schema');
  return caller;
}
