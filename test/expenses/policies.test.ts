import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import { formatGlobalId, parseGlobalIdOf } from '../../src/expenses/global-id.js';
import { createLoaders } from '../../src/expenses/loaders.js';
import { policies } from '../../src/expenses/policies.js';
import type { ExpenseReportStatus } from '../../src/generated/resolvers-types.js';
import { callerOf } from '../support/callers.js';
import { useExpenses } from '../support/expenses.js';
import { insertReport } from '../support/sample-report.js';

const expenses = useExpenses();

const erin = callerOf('erin');
const mia = callerOf('mia');
const finn = callerOf('finn');

/** Asks a policy as the guard does: in the mutation's transaction. */
async function ask(
  name: keyof typeof policies,
  caller: Caller,
  input: { parent?: unknown; args?: Record<string, unknown> },
) {
  const context = expenses.context(caller);
  try {
    return await context.database.write(async (database) =>
      policies[name]({
        coordinate: 'Query.any',
        parent: undefined,
        args: {},
        caller,
        context: { ...context, database, loaders: createLoaders(database) },
        ...input,
      }),
    );
  } finally {
    await context.dispose();
  }
}

async function report(status: ExpenseReportStatus, author: Caller = erin, isDeleted = false): Promise<string> {
  const { tenantId, objectId: authorId } = author;
  return formatGlobalId(
    'ExpenseReport',
    await insertReport(expenses.superuser, { tenantId, authorId, status, isDeleted }),
  );
}

describe('self', () => {
  it('holds for the own employee', async () => {
    expect(await ask('self', erin, { parent: { id: erin.objectId } })).toBe(true);
  });

  it.each([
    ['another employee', erin, { id: mia.objectId }],
    [
      'an application of the same object id',
      { ...callerOf('export-job'), objectId: erin.objectId },
      { id: erin.objectId },
    ],
    ['no object', erin, undefined],
    ['something without an id', erin, {}],
  ])('does not hold for %s', async (_name, caller, parent) => {
    expect(await ask('self', caller, { parent })).toBe(false);
  });
});

describe('finance', () => {
  it('holds for the role', async () => {
    expect(await ask('finance', finn, {})).toBe(true);
  });

  it.each([
    ['erin', erin],
    [
      'an application whose permission has that name',
      { ...callerOf('export-job'), permissions: new Set(['Expenses.Finance']) },
    ],
  ])('does not hold for %s', async (_name, caller) => {
    expect(await ask('finance', caller, {})).toBe(false);
  });
});

describe('ownsReport', () => {
  it.each(['DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID'] as const)(
    'holds for the author, %s',
    async (status) => {
      expect(await ask('ownsReport', erin, { args: { id: await report(status) } })).toBe(true);
    },
  );

  it('looks into an input object', async () => {
    expect(await ask('ownsReport', erin, { args: { input: { id: await report('DRAFT') } } })).toBe(true);
  });

  it('does not hold for the manager', async () => {
    expect(await ask('ownsReport', mia, { args: { id: await report('SUBMITTED') } })).toBe(false);
  });

  it.each([
    ['hidden', () => report('DRAFT', finn)],
    ['absent', async () => formatGlobalId('ExpenseReport', '00000000-0000-4000-8000-000000000000')],
    ['deleted', () => report('DRAFT', erin, true)],
    ['of another type', async () => formatGlobalId('Employee', erin.objectId)],
    ['no id', async () => 'nonsense'],
  ])('does not hold for a report that is %s', async (_name, find) => {
    expect(await ask('ownsReport', erin, { args: { id: await find() } })).toBe(false);
  });

  it.each([{}, { id: null }, { input: null }, { input: {} }, { input: { id: 7 } }])(
    'does not hold for %j',
    async (args) => {
      expect(await ask('ownsReport', erin, { args })).toBe(false);
    },
  );
});

describe('managesAuthor', () => {
  it('holds for the author’s manager', async () => {
    expect(await ask('managesAuthor', mia, { args: { id: await report('SUBMITTED') } })).toBe(true);
  });

  it('does not hold for the author', async () => {
    expect(await ask('managesAuthor', erin, { args: { id: await report('SUBMITTED') } })).toBe(false);
  });

  it('does not hold for one’s own report, being an approver', async () => {
    expect(await ask('managesAuthor', mia, { args: { id: await report('SUBMITTED', mia) } })).toBe(false);
  });

  it('does not hold for the manager without the role, who does not see the report', async () => {
    expect(
      await ask('managesAuthor', { ...mia, roles: new Set() } as Caller, { args: { id: await report('SUBMITTED') } }),
    ).toBe(false);
  });

  it('does not hold for another approver', async () => {
    expect(await ask('managesAuthor', mia, { args: { id: await report('SUBMITTED', finn) } })).toBe(false);
  });

  it('does not hold for somebody who sees the report for another reason', async () => {
    expect(await ask('managesAuthor', finn, { args: { id: await report('APPROVED') } })).toBe(false);
  });
});

it('a policy locks the report: no other transaction changes it before the resolver does', async () => {
  const id = await report('SUBMITTED');
  const uuid = parseGlobalIdOf('ExpenseReport', id);
  const context = expenses.context(mia);
  const order: string[] = [];
  const deciding = context.database.write(async (database) => {
    await policies.managesAuthor({
      coordinate: 'Query.any',
      parent: undefined,
      args: { id },
      caller: mia,
      context: { ...context, database, loaders: createLoaders(database) },
    });
    order.push('decided');
    const meanwhile = expenses.superuser
      .query('select from expense_reports where id = $1 for update', [uuid])
      .then(() => order.push('changed'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    order.push('done');
    return { meanwhile };
  });
  await (await deciding).meanwhile;
  await context.dispose();
  expect(order).toEqual(['decided', 'done', 'changed']);
});
