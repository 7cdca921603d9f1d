import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import { formatGlobalId } from '../../src/expenses/global-id.js';
import type { ExpenseReportStatus } from '../../src/generated/resolvers-types.js';
import { callerOf, userCaller } from '../support/callers.js';
import { codesOf, NOW, useExpenses } from '../support/expenses.js';
import { insertReport } from '../support/sample-report.js';

const expenses = useExpenses();

const [erin, mia, finn, ada] = (['erin', 'mia', 'finn', 'ada'] as const).map(callerOf) as [
  Caller,
  Caller,
  Caller,
  Caller,
];

const FIELDS = `id title status createdAt submittedAt decidedAt paidAt rejectionReason
  decidedBy { name } author { name } total { minorUnits currency }
  items { description category spentOn amount { minorUnits currency } }`;

const CREATE = `mutation ($input: CreateExpenseReportInput!) { done: createExpenseReport(input: $input) { expenseReport { ${FIELDS} } } }`;
const EDIT = `mutation ($input: EditExpenseReportInput!) { done: editExpenseReport(input: $input) { expenseReport { ${FIELDS} } } }`;
const step = (field: string, more = '') =>
  `mutation ($id: ID!) { done: ${field}(id: $id${more}) { expenseReport { ${FIELDS} } } }`;
const SUBMIT = step('submitExpenseReport');
const APPROVE = step('approveExpenseReport');
const REJECT = step('rejectExpenseReport', ', reason: "No receipt"');
const PAY = step('markExpenseReportPaid');

const ticket = { description: 'Ticket', category: 'TRAVEL', spentOn: '2026-03-01', minorUnits: 4_200 };
const dinner = { description: 'Dinner', category: 'MEALS', spentOn: '2026-03-01', minorUnits: 3_000 };

async function change(caller: Caller, document: string, variables: Record<string, unknown>) {
  return (await expenses.ask(caller, document, variables)).done.expenseReport;
}

/** A report of erin's, by its global id. */
async function report(status: ExpenseReportStatus, minorUnits = [1_000]): Promise<string> {
  const { tenantId, objectId: authorId } = erin;
  return formatGlobalId(
    'ExpenseReport',
    await insertReport(expenses.superuser, { tenantId, authorId, status, minorUnits }),
  );
}

async function auditTrail(id: string) {
  const { expenseReport } = await expenses.ask(
    ada,
    'query ($id: ID!) { expenseReport(id: $id) { auditTrail { action at actor { name } } } }',
    { id },
  );
  return expenseReport.auditTrail;
}

describe('create', () => {
  it('makes a draft of the caller’s', async () => {
    const input = { title: 'Lisbon', currency: 'eur', items: [ticket, dinner] };
    expect(await change(erin, CREATE, { input })).toMatchObject({
      title: 'Lisbon',
      status: 'DRAFT',
      createdAt: NOW,
      submittedAt: null,
      author: { name: 'Erin Engel' },
      total: { minorUnits: 7_200, currency: 'EUR' },
      items: [
        {
          description: 'Ticket',
          category: 'TRAVEL',
          spentOn: '2026-03-01',
          amount: { minorUnits: 4_200, currency: 'EUR' },
        },
        {
          description: 'Dinner',
          category: 'MEALS',
          spentOn: '2026-03-01',
          amount: { minorUnits: 3_000, currency: 'EUR' },
        },
      ],
    });
  });

  it('may begin without items', async () => {
    expect(await change(erin, CREATE, { input: { title: 'Later', currency: 'JPY', items: [] } })).toMatchObject({
      items: [],
      total: { minorUnits: 0, currency: 'JPY' },
    });
  });

  it('is recorded with the agent that acted for the user', async () => {
    const agent = { identityId: erin.clientId, blueprintId: undefined, actsFor: 'user' } as const;
    const input = { title: 'By an agent', currency: 'EUR', items: [ticket] };
    const { id } = await change({ ...erin, agent }, CREATE, { input });
    await change(erin, EDIT, { input: { id, title: 'By Erin' } });
    const { expenseReport } = await expenses.ask(
      ada,
      'query ($id: ID!) { expenseReport(id: $id) { auditTrail { actor { name } agentId } } }',
      { id },
    );
    expect(expenseReport.auditTrail).toEqual([
      { actor: { name: 'Erin Engel' }, agentId: erin.clientId },
      { actor: { name: 'Erin Engel' }, agentId: null },
    ]);
  });

  it('is recorded', async () => {
    const { id } = await change(erin, CREATE, { input: { title: 'Recorded', currency: 'EUR', items: [ticket] } });
    expect(await auditTrail(id)).toEqual([{ action: 'CREATED', at: NOW, actor: { name: 'Erin Engel' } }]);
  });

  it('stores nothing of a report that is refused', async () => {
    const input = { title: 'Refused', currency: 'EUR', items: [ticket, { ...dinner, minorUnits: 0 }] };
    expect(codesOf(await expenses.run(erin, CREATE, { input }))).toEqual(['BAD_USER_INPUT']);
    expect((await expenses.superuser.query("select from expense_reports where title = 'Refused'")).rowCount).toBe(0);
  });

  it('is for employees', async () => {
    const stranger = userCaller({ objectId: '0b1ec700-0000-4000-8000-00000000dead' });
    const input = { title: 'Lisbon', currency: 'EUR', items: [] };
    expect(codesOf(await expenses.run(stranger, CREATE, { input }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await expenses.run(callerOf('gus'), CREATE, { input }))).toEqual(['BAD_USER_INPUT']);
  });

  it('keeps any text as it is', async () => {
    const title = `'; drop table employees; -- "\\ $1 €`;
    expect(await change(erin, CREATE, { input: { title, currency: 'EUR', items: [] } })).toMatchObject({ title });
  });
});

describe('edit', () => {
  it('changes the title and leaves the items', async () => {
    const id = await report('DRAFT');
    expect(await change(erin, EDIT, { input: { id, title: 'Edited' } })).toMatchObject({
      title: 'Edited',
      total: { minorUnits: 1_000 },
      items: [{ description: 'Ticket' }],
    });
  });

  it('changes all items and leaves the title', async () => {
    const id = await report('DRAFT', [1_000, 2_000]);
    expect(await change(erin, EDIT, { input: { id, items: [dinner] } })).toMatchObject({
      title: 'Arranged',
      total: { minorUnits: 3_000 },
      items: [{ description: 'Dinner' }],
    });
  });

  it('is recorded', async () => {
    const id = await report('DRAFT');
    await change(erin, EDIT, { input: { id, title: 'Edited' } });
    expect((await auditTrail(id)).at(-1)).toEqual({ action: 'EDITED', at: NOW, actor: { name: 'Erin Engel' } });
  });
});

it('submit sets status and time, and is in the audit trail', async () => {
  const id = await report('DRAFT');
  expect(await change(erin, SUBMIT, { id })).toMatchObject({ status: 'SUBMITTED', submittedAt: NOW });
  expect((await auditTrail(id)).at(-1)).toMatchObject({ action: 'SUBMITTED', actor: { name: 'Erin Engel' } });
});

it('submit refuses a report without items', async () => {
  const id = await report('DRAFT', []);
  expect(codesOf(await expenses.run(erin, SUBMIT, { id }))).toEqual(['BAD_USER_INPUT']);
});

it('approve sets status, time and who decided, and is in the audit trail', async () => {
  const id = await report('SUBMITTED');
  expect(await change(mia, APPROVE, { id })).toMatchObject({
    status: 'APPROVED',
    decidedAt: NOW,
    decidedBy: { name: 'Mia Moreau' },
  });
  expect((await auditTrail(id)).at(-1)).toMatchObject({ action: 'APPROVED', actor: { name: 'Mia Moreau' } });
});

it('reject sets status, time and who decided, and is in the audit trail', async () => {
  const id = await report('SUBMITTED');
  expect(await change(mia, REJECT, { id })).toMatchObject({
    status: 'REJECTED',
    decidedAt: NOW,
    decidedBy: { name: 'Mia Moreau' },
    rejectionReason: 'No receipt',
  });
  expect((await auditTrail(id)).at(-1)).toMatchObject({ action: 'REJECTED', actor: { name: 'Mia Moreau' } });
});

it('pay sets status and time, and is in the audit trail', async () => {
  const id = await report('APPROVED');
  expect(await change(finn, PAY, { id })).toMatchObject({ status: 'PAID', paidAt: NOW });
  expect((await auditTrail(id)).at(-1)).toMatchObject({ action: 'PAID', actor: { name: 'Finn Fischer' } });
});

describe('a step that does not follow', () => {
  it.each([
    ['edit', 'SUBMITTED', erin, (id: string) => ({ document: EDIT, variables: { input: { id, title: 'Late' } } })],
    ['submit', 'SUBMITTED', erin, (id: string) => ({ document: SUBMIT, variables: { id } })],
    ['submit', 'REJECTED', erin, (id: string) => ({ document: SUBMIT, variables: { id } })],
    ['approve', 'APPROVED', mia, (id: string) => ({ document: APPROVE, variables: { id } })],
    ['approve', 'PAID', mia, (id: string) => ({ document: APPROVE, variables: { id } })],
    ['reject', 'APPROVED', mia, (id: string) => ({ document: REJECT, variables: { id } })],
    ['pay', 'PAID', finn, (id: string) => ({ document: PAY, variables: { id } })],
  ] as const)('%s of a report that is %s changes nothing', async (_step, status, caller, operation) => {
    const id = await report(status);
    const before = await auditTrail(id);
    const { document, variables } = operation(id);
    expect(codesOf(await expenses.run(caller, document, variables))).toEqual(['INVALID_TRANSITION']);
    expect(await auditTrail(id)).toEqual(before);
  });
});

describe('a report that the caller cannot see', () => {
  it('is answered like one that does not exist', async () => {
    const hidden = await report('DRAFT');
    const absent = formatGlobalId('ExpenseReport', '00000000-0000-4000-8000-000000000000');
    const answers = await Promise.all([hidden, absent, 'nonsense'].map((id) => expenses.run(finn, PAY, { id })));
    expect(codesOf(answers[0] ?? {})).toEqual(['BAD_USER_INPUT']);
    for (const answer of answers) expect(JSON.stringify(answer)).toBe(JSON.stringify(answers[0]));
  });
});

describe('two at the same time', () => {
  it('do not both take the step', async () => {
    const id = await report('SUBMITTED');
    const results = await Promise.all([
      expenses.run(mia, APPROVE, { id }),
      expenses.run(mia, REJECT, { id }),
      expenses.run(mia, APPROVE, { id }),
    ]);
    expect(results.flatMap(codesOf)).toEqual(['INVALID_TRANSITION', 'INVALID_TRANSITION']);
    expect(await auditTrail(id)).toHaveLength(2);
  });

  it('do not lose an edit', async () => {
    const id = await report('DRAFT');
    await Promise.all([
      expenses.run(erin, EDIT, { input: { id, title: 'Both' } }),
      expenses.run(erin, EDIT, { input: { id, items: [dinner, ticket] } }),
    ]);
    const { expenseReport } = await expenses.ask(erin, `query ($id: ID!) { expenseReport(id: $id) { ${FIELDS} } }`, {
      id,
    });
    expect(expenseReport).toMatchObject({ title: 'Both', total: { minorUnits: 7_200 }, items: [{}, {}] });
  });
});
