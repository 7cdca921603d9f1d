import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatGlobalId } from '../../../src/expenses/global-id.js';
import { callerOf } from '../../support/callers.js';
import { openSuperuser } from '../../support/database.js';
import { codesOf, openExpenses, type TestExpenses } from '../../support/expenses.js';
import { insertReport } from '../../support/sample-report.js';

const ENTRIES = 250;
const ada = callerOf('ada');
let expenses: TestExpenses;
let edited: string;
let other: string;
/** Ids of the entries of the edited report, oldest first. */
let entries: readonly string[];

beforeAll(async () => {
  expenses = await openExpenses();
  const superuser = await openSuperuser(expenses.database);
  const { tenantId, objectId: authorId } = callerOf('erin');
  const insert = () => insertReport(superuser, { tenantId, authorId, status: 'DRAFT' });
  const id = await insert();
  other = formatGlobalId('ExpenseReport', await insert());
  edited = formatGlobalId('ExpenseReport', id);
  await superuser.query(
    `insert into audit_entries (tenant_id, report_id, at, action, actor_id)
     select $1, $2, '2026-02-01', 'EDITED', $3 from generate_series(2, ${ENTRIES})`,
    [tenantId, id, authorId],
  );
  const { rows } = await superuser.query('select id from audit_entries where report_id = $1 order by sequence', [id]);
  entries = rows.map((row: { readonly id: string }) => formatGlobalId('AuditEntry', row.id));
  await superuser.end();
});
afterAll(() => expenses.close());

const QUERY = `query ($id: ID!, $last: Int, $before: ID) {
  expenseReport(id: $id) { auditTrail(last: $last, before: $before) { id } }
}`;

async function read(part: { readonly last?: number | null; readonly before?: string | null }, id = edited) {
  const { expenseReport } = await expenses.ask(ada, QUERY, { id, ...part });
  return expenseReport.auditTrail.map((entry: { readonly id: string }) => entry.id);
}

describe('an audit trail', () => {
  it('has the newest hundred entries, oldest first', async () => {
    expect(entries).toHaveLength(ENTRIES);
    expect(await read({})).toEqual(entries.slice(-100));
    expect(await read({ last: null, before: null })).toEqual(entries.slice(-100));
    expect(await read({ last: 100 })).toEqual(entries.slice(-100));
    expect(await read({ last: 1 })).toEqual(entries.slice(-1));
  });

  it('is read whole in parts', async () => {
    const parts: string[] = [];
    for (let part = await read({ last: 99 }); part.length > 0; part = await read({ last: 99, before: part[0] })) {
      parts.unshift(...part);
    }
    expect(parts).toEqual(entries);
  });

  it('has nothing before an entry of another report', async () => {
    expect(await read({ before: entries[100] ?? '' }, other)).toEqual([]);
    expect(await read({}, other)).toHaveLength(1);
  });

  it.each([
    ['none', { last: 0 }],
    ['one more than a hundred', { last: 101 }],
    ['before a text that is not an id', { before: 'x' }],
    ['before a report', { before: formatGlobalId('ExpenseReport', '00000000-0000-4000-8000-000000000000') }],
  ])('cannot be asked for %s', async (_name, part) => {
    expect(codesOf(await expenses.run(ada, QUERY, { id: edited, ...part }))).toEqual(['BAD_USER_INPUT']);
  });

  it('is read in one statement, whichever parts of whichever reports are asked for', async () => {
    expenses.takeStatements();
    const { a, b } = await expenses.ask(
      ada,
      `query ($a: ID!, $b: ID!, $before: ID) {
        a: expenseReport(id: $a) { one: auditTrail(last: 1) { id } two: auditTrail(last: 2, before: $before) { id } }
        b: expenseReport(id: $b) { auditTrail { action } }
      }`,
      { a: edited, b: other, before: entries[10] },
    );
    expect(a).toEqual({ one: [{ id: entries[ENTRIES - 1] }], two: [{ id: entries[8] }, { id: entries[9] }] });
    expect(b.auditTrail).toHaveLength(1);
    expect(expenses.takeStatements().filter((statement) => statement.includes('audit_entries'))).toHaveLength(1);
  });
});
