import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clearLoaders } from '../../src/expenses/loaders.js';
import { readExpenseReportPage } from '../../src/expenses/pages/read-pages.js';
import { callerOf } from '../support/callers.js';
import { until } from '../support/command.js';
import { openExpenses, type TestExpenses } from '../support/expenses.js';

/**
 * The messages to PostgreSQL for one request, in order. One entry is one group of messages. When a change makes it fewer,
 * write the new list here. When it makes it more, that is a request which costs more, so find out what for first.
 */
const OPENING = 'begin, settings, ';

let expenses: TestExpenses;

beforeAll(async () => {
  expenses = await openExpenses();
});
afterAll(() => expenses.close());

/** A statement by what it does, without columns, conditions and values. */
function nameOf(text: string): string {
  const table = /\b(?:from|into|update) "?(\w+)/.exec(text)?.[1];
  const [word = ''] = text.trim().split(' ', 1);
  if (text.includes('audit_entries') && word === 'select') return 'select audit_entries';
  if (text.includes('set_config')) return 'settings';
  return table ? `${word} ${table}${text.endsWith('for update') ? ' for update' : ''}` : word;
}

async function sentFor(run: () => Promise<unknown>): Promise<string[]> {
  expenses.takeStatements();
  await run();
  const sent: string[] = [];
  await until(
    async () => {
      sent.push(...expenses.takeStatements());
      return /^(rollback|commit)$/.test(sent.at(-1) ?? '');
    },
    () => sent.join('\n'),
  );
  return sent.map((text) => text.split('; ').map(nameOf).join(', '));
}

const ask = (persona: 'ada' | 'erin' | 'mia', document: string, variables = {}) =>
  expenses.ask(callerOf(persona), document, variables);

/** The statements that are prepared, and how often PostgreSQL has planned them for any values and for those of one request. */
async function plansMade(): Promise<{ statement: string; kept: number; made: number }[]> {
  const { pool } = expenses;
  const clients = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()));
  const prepared =
    'select statement, generic_plans::int as kept, custom_plans::int as made from pg_prepared_statements';
  const plans = (await Promise.all(clients.map((client) => client.query(prepared)))).flatMap(({ rows }) => rows);
  for (const client of clients) client.release();
  return plans;
}

it('plans of statements for one object are kept: PostgreSQL makes no new one for each request', async () => {
  const { expenseReports } = await ask('ada', '{ expenseReports(first: 1) { nodes { id } } }');
  const [{ id }] = expenseReports.nodes;
  const report =
    'query ($id: ID!) { expenseReport(id: $id) { items { id } author { id } auditTrail(last: 1) { id } } }';
  for (let time = 0; time < 20; time += 1) await ask('ada', report, { id });
  const plans = await plansMade();
  for (const table of ['expense_items', 'expense_reports', 'employees', 'audit_entries']) {
    expect(
      plans.filter(({ statement, kept }) => statement.includes(table) && kept > 0),
      table,
    ).not.toEqual([]);
  }
  // PostgreSQL compares five plans for the values with the one for any values.
  expect(plans.filter(({ made }) => made > 5)).toEqual([]);
});

it.each([1, 10, 20, 25, 50, 100])('the plan of a first page of %s is kept: it has no values', async (first) => {
  const page = 'query ($first: Int!) { expenseReports(first: $first) { nodes { id title } } }';
  for (let time = 0; time < 3; time += 1) await ask('ada', page, { first });
  const plans = (await plansMade()).filter(({ statement }) => statement.endsWith(`limit ${first + 1}`));
  expect(plans.map(({ kept, made }) => ({ isKept: kept > 1, made }))).toEqual([{ isKept: true, made: 0 }]);
});

it('an author who came with a page is not read again', async () => {
  const context = expenses.context(callerOf('ada'));
  await readExpenseReportPage(context, { first: 5 }, { authors: true, details: false });
  const { knownEmployees, employee } = context.loaders;
  const known = [...knownEmployees.values()];
  const ids = known.map(({ id }) => id);
  expect(ids).not.toEqual([]);
  expenses.takeStatements();
  expect(await employee.loadMany(ids)).toEqual(known);
  expect(expenses.takeStatements()).toEqual([]);
  clearLoaders(context.loaders);
  expect(await employee.loadMany(ids)).toEqual(known);
  expect(expenses.takeStatements()).toHaveLength(1);
  await context.dispose();
});

describe('statements of', () => {
  it.each([1, 20, 50])('a page of %s reports with authors, count and neighbours', async (first) => {
    const page = `query ($first: Int!) { expenseReports(first: $first) {
      nodes { id title author { name } } totalCount pageInfo { hasNextPage hasPreviousPage }
    } }`;
    expect(await sentFor(() => ask('ada', page, { first }))).toEqual([
      `${OPENING}select expense_reports`,
      'select expense_reports',
      'rollback',
    ]);
  });

  it('one report with items, author and audit trail with its actors: three levels', async () => {
    const { expenseReports } = await ask('ada', '{ expenseReports(first: 1) { nodes { id } } }');
    const [{ id }] = expenseReports.nodes;
    const report = `query ($id: ID!) { expenseReport(id: $id) {
      title items { description } author { name } auditTrail { action actor { name } }
    } }`;
    expect(await sentFor(() => ask('ada', report, { id }))).toEqual([
      `${OPENING}select expense_reports`,
      'select expense_items',
      'select employees',
      'select audit_entries',
      'select employees',
      'rollback',
    ]);
  });

  it('changes of a report: one transaction each, which reads the author that the payload asks for', async () => {
    const create = `mutation { createExpenseReport(input: { title: "Trip", currency: "EUR", items: [
      { description: "Train", category: TRAVEL, spentOn: "2026-02-01", minorUnits: 100 }
    ] }) { expenseReport { id author { name } } } }`;
    let id: unknown;
    const created = await sentFor(async () => {
      id = (await ask('erin', create)).createExpenseReport.expenseReport.id;
    });
    const step = (field: string, payload: string) =>
      `mutation ($id: ID!) { ${field}(id: $id) { expenseReport { status ...Payload } } }
       fragment Payload on ExpenseReport { ${payload} }`;
    const submit = step('submitExpenseReport', 'author { name }');
    const approve = step('approveExpenseReport', 'title');
    expect({
      created,
      submitted: await sentFor(() => ask('erin', submit, { id })),
      approved: await sentFor(() => ask('mia', approve, { id })),
    }).toEqual({
      created: [
        `${OPENING}select employees`,
        'insert expense_reports',
        'insert audit_entries',
        'insert expense_items',
        'commit',
      ],
      submitted: [
        `${OPENING}select expense_reports for update`,
        'update expense_reports',
        'insert audit_entries',
        'select employees',
        'commit',
      ],
      approved: [
        `${OPENING}select expense_reports for update`,
        'update expense_reports',
        'insert audit_entries',
        'commit',
      ],
    });
  });
});

it.each(['expenseReports', 'expenseReports(orderBy)', 'employees'])(
  'whether %s has more rows is looked up in an index, whatever the values',
  async (list) => {
    const [field = ''] = list.split('(');
    const order = list === field ? '' : 'orderBy: { field: TOTAL, direction: ASC }, ';
    const page = (place: string) =>
      `{ ${field}(${order}${place}) { edges { cursor } pageInfo { hasNextPage hasPreviousPage } } }`;
    const first = await ask('ada', page('first: 2'));
    const cursor = first[field].edges[1].cursor;
    expenses.takeStatements();
    await ask('ada', page(`first: 2, after: "${cursor}"`));
    await ask('ada', page(`last: 1, before: "${cursor}"`));
    const lookups = expenses.takeStatements().filter((text) => text.startsWith('select 1'));
    expect(lookups).toHaveLength(2);
    for (const text of lookups) {
      const { rows } = await expenses.pool.query(`explain (generic_plan) ${text}`);
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Cond: .*ROW\(/);
    }
  },
);

it('reports in a currency are looked up in an index, whatever the values', async () => {
  expenses.takeStatements();
  await ask('ada', '{ expenseReports(filter: { currency: "CHF" }) { nodes { id } } }');
  const text = expenses.takeStatements().find((statement) => statement.includes('"currency" = '));
  const { rows } = await expenses.pool.query(`explain (generic_plan) ${text?.split('; ').at(-1)}`);
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Cond: .*currency/);
});
