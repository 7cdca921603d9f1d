import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import { CONTOSO, FABRIKAM } from '../../src/expenses/sample-data/personas.js';
import type { ExpenseReportStatus } from '../../src/generated/resolvers-types.js';
import { atFabrikam, callerOf } from '../support/callers.js';
import { useExpenses } from '../support/expenses.js';
import { insertReport } from '../support/sample-report.js';

// What the database refuses even if the code above it forgets to.

const DENIED = '42501';
const CHECK_VIOLATION = '23514';

const expenses = useExpenses();

const erin = callerOf('erin');
const mia = callerOf('mia');
const finn = callerOf('finn');

/** A new report of erin's, unless said otherwise. */
function report(status: ExpenseReportStatus, author: Caller = erin): Promise<string> {
  return insertReport(expenses.superuser, { tenantId: author.tenantId, authorId: author.objectId, status });
}

/**
 * Runs a statement as a caller.
 *
 * @returns how many rows it changed, or the code of the database's refusal
 */
async function attempt(caller: Caller | undefined, statement: string): Promise<number | string> {
  const { database } = expenses.context(caller);
  try {
    const { numAffectedRows } = await database.write(({ kysely }) => sql.raw(statement).execute(kysely));
    return Number(numAffectedRows);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

function insertFor(tenantId: string, authorId: string): string {
  return `insert into expense_reports (tenant_id, author_id, title, currency, created_at)
    values ('${tenantId}', '${authorId}', 'Written', 'EUR', now())`;
}

const update = (id: string, set: string) => `update expense_reports set ${set} where id = '${id}'`;
const approve = (id: string, by: Caller) =>
  update(id, `status = 'APPROVED', decided_at = now(), decided_by = '${by.objectId}'`);
const submit = (id: string) => update(id, "status = 'SUBMITTED', submitted_at = now()");
const pay = (id: string) => update(id, "status = 'PAID', paid_at = now()");

describe('a new report', () => {
  it("may be the caller's own", async () => {
    expect(await attempt(erin, insertFor(CONTOSO, erin.objectId))).toBe(1);
  });

  it.each([
    ["another employee's", erin, insertFor(CONTOSO, mia.objectId)],
    ["another tenant's", erin, insertFor(FABRIKAM, erin.objectId)],
    ["a guest's", { ...erin, isGuest: true }, insertFor(CONTOSO, erin.objectId)],
    ["an application's", callerOf('export-job'), insertFor(CONTOSO, callerOf('export-job').objectId)],
    ["nobody's", undefined, insertFor(CONTOSO, erin.objectId)],
  ])('may not be %s', async (_name, caller, statement) => {
    expect(await attempt(caller, statement)).toBe(DENIED);
  });

  it('may not begin in a later status', async () => {
    const statement = insertFor(CONTOSO, erin.objectId)
      .replace('created_at)', 'created_at, status, submitted_at)')
      .replace('now())', "now(), 'SUBMITTED', now())");
    expect(await attempt(erin, statement)).toBe(DENIED);
  });
});

describe('a draft', () => {
  it('is edited by its author', async () => {
    expect(await attempt(erin, update(await report('DRAFT'), "title = 'Edited'"))).toBe(1);
  });

  it('is submitted by its author', async () => {
    expect(await attempt(erin, submit(await report('DRAFT')))).toBe(1);
  });

  it.each([
    ['the manager', mia],
    ['finance', finn],
    ['an auditor', callerOf('ada')],
    ['the export job', callerOf('export-job')],
    ['a namesake of another tenant', atFabrikam(erin)],
    ['nobody', undefined],
  ])('is not changed by %s', async (_name, caller) => {
    expect(await attempt(caller, update(await report('DRAFT'), "title = 'Edited'"))).toBe(0);
  });

  it('is not approved', async () => {
    expect(await attempt(mia, approve(await report('DRAFT'), mia))).toBe(0);
  });

  it('does not change hands', async () => {
    expect(await attempt(erin, update(await report('DRAFT'), `author_id = '${mia.objectId}'`))).toBe(DENIED);
  });

  it('does not move to another tenant', async () => {
    expect(await attempt(erin, update(await report('DRAFT'), `tenant_id = '${FABRIKAM}'`))).toBe(DENIED);
  });

  it('is not deleted, nor marked so', async () => {
    expect(await attempt(erin, `delete from expense_reports where id = '${await report('DRAFT')}'`)).toBe(DENIED);
    expect(await attempt(erin, update(await report('DRAFT'), 'deleted_at = now()'))).toBe(DENIED);
  });
});

describe('a submitted report', () => {
  it("is approved by the author's manager", async () => {
    expect(await attempt(mia, approve(await report('SUBMITTED'), mia))).toBe(1);
  });

  it('is not edited any more', async () => {
    expect(await attempt(erin, update(await report('SUBMITTED'), "title = 'Edited'"))).toBe(CHECK_VIOLATION);
  });

  it('is not edited by the one who approves it', async () => {
    const statement = approve(await report('SUBMITTED'), mia).replace('set ', 'set total_minor_units = 1, ');
    expect(await attempt(mia, statement)).toBe(CHECK_VIOLATION);
  });

  it('is not approved by its author', async () => {
    expect(await attempt(erin, approve(await report('SUBMITTED'), erin))).toBe(DENIED);
  });

  it('is not approved by its author, though an approver', async () => {
    expect(await attempt(mia, approve(await report('SUBMITTED', mia), mia))).toBe(DENIED);
  });

  it('is not approved in the name of another', async () => {
    expect(await attempt(mia, approve(await report('SUBMITTED'), finn))).toBe(DENIED);
  });

  it('is not approved by another approver', async () => {
    expect(await attempt(mia, approve(await report('SUBMITTED', finn), mia))).toBe(0);
  });

  it('is not paid', async () => {
    expect(await attempt(finn, pay(await report('SUBMITTED')))).toBe(0);
  });

  it('is not paid by its approver', async () => {
    const both = { ...mia, roles: new Set(['Expenses.Approver', 'Expenses.Finance']) };
    const statement = update(
      await report('SUBMITTED'),
      `status = 'PAID', paid_at = now(), decided_at = now(), decided_by = '${mia.objectId}'`,
    );
    expect(await attempt(both, statement)).toBe(CHECK_VIOLATION);
  });

  it('is not drafted again', async () => {
    expect(await attempt(erin, update(await report('SUBMITTED'), "status = 'DRAFT', submitted_at = null"))).toBe(
      CHECK_VIOLATION,
    );
  });
});

describe('an approved report', () => {
  it('is paid by finance', async () => {
    expect(await attempt(finn, pay(await report('APPROVED')))).toBe(1);
  });

  it('is not paid by its author', async () => {
    expect(await attempt(erin, pay(await report('APPROVED')))).toBe(DENIED);
  });

  it('is not paid by the one who approved it', async () => {
    expect(await attempt(mia, pay(await report('APPROVED')))).toBe(DENIED);
  });
});

it('a paid report stays as it is', async () => {
  expect(await attempt(finn, update(await report('PAID'), 'paid_at = now()'))).toBe(CHECK_VIOLATION);
});

it('a deleted report is not changed', async () => {
  const id = await insertReport(expenses.superuser, {
    tenantId: CONTOSO,
    authorId: erin.objectId,
    status: 'DRAFT',
    isDeleted: true,
  });
  expect(await attempt(erin, submit(id))).toBe(0);
});

describe('items', () => {
  const insertItem = (reportId: string) =>
    `insert into expense_items (tenant_id, report_id, position, description, category, spent_on, minor_units)
     values ('${CONTOSO}', '${reportId}', 2, 'Added', 'MEALS', '2026-01-01', 100)`;
  const deleteItems = (reportId: string) => `delete from expense_items where report_id = '${reportId}'`;

  it("are the author's while the report is a draft", async () => {
    const id = await report('DRAFT');
    expect(await attempt(erin, insertItem(id))).toBe(1);
    expect(await attempt(erin, deleteItems(id))).toBe(2);
  });

  it('are not added or removed afterwards', async () => {
    const id = await report('SUBMITTED');
    expect(await attempt(erin, insertItem(id))).toBe(DENIED);
    expect(await attempt(erin, deleteItems(id))).toBe(0);
  });

  it('are not added or removed by the manager', async () => {
    const id = await report('SUBMITTED');
    expect(await attempt(mia, insertItem(id))).toBe(DENIED);
    expect(await attempt(mia, deleteItems(id))).toBe(0);
  });

  it('are not changed', async () => {
    expect(await attempt(erin, 'update expense_items set minor_units = 1')).toBe(DENIED);
  });
});

describe('audit entries', () => {
  const insertEntry = (reportId: string, actor: Caller) =>
    `insert into audit_entries (tenant_id, report_id, at, action, actor_id)
     values ('${CONTOSO}', '${reportId}', now(), 'EDITED', '${actor.objectId}')`;

  it('are added in one’s own name', async () => {
    expect(await attempt(erin, insertEntry(await report('DRAFT'), erin))).toBe(1);
  });

  it('are not added in the name of another', async () => {
    expect(await attempt(erin, insertEntry(await report('DRAFT'), mia))).toBe(DENIED);
  });

  it('are not added to a report that is hidden', async () => {
    expect(await attempt(mia, insertEntry(await report('DRAFT'), mia))).toBe(DENIED);
  });

  it.each([
    ['changed', "update audit_entries set action = 'CREATED'"],
    ['removed', 'delete from audit_entries'],
  ])('are never %s', async (_name, statement) => {
    expect(await attempt(callerOf('ada'), statement)).toBe(DENIED);
  });
});

it.each([
  ['employees', 'update employees set manager_id = null'],
  ['bank accounts', "update bank_accounts set iban = 'XX00'"],
  ['migrations', 'delete from entra_migrations'],
])('%s are not written', async (_name, statement) => {
  expect(await attempt(finn, statement)).toBe(DENIED);
});

it('the tables’ owner is bound by row-level security, too', async () => {
  const owner = new pg.Client({ connectionString: expenses.database.ownerUrl });
  await owner.connect();
  try {
    expect((await owner.query('select from expense_reports')).rowCount).toBe(0);
  } finally {
    await owner.end();
  }
});
