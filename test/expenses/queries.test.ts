import { assertObjectType, getNamedType, isLeafType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatGlobalId } from '../../src/expenses/global-id.js';
import { FABRIKAM } from '../../src/expenses/sample-data/personas.js';
import { callerOf } from '../support/callers.js';
import { codesOf, openExpenses, type TestExpenses } from '../support/expenses.js';

let expenses: TestExpenses;
beforeAll(async () => {
  expenses = await openExpenses();
});
afterAll(() => expenses.close());

const erinId = formatGlobalId('Employee', callerOf('erin').objectId);
const miaId = formatGlobalId('Employee', callerOf('mia').objectId);
const unknownId = formatGlobalId('ExpenseReport', '00000000-0000-4000-8000-000000000000');

describe('the number of statements does not depend on the number of', () => {
  const count = async (document: string, first: number) => {
    expenses.takeStatements();
    const data = await expenses.ask(callerOf('ada'), document, { first });
    expect(data.list.nodes).toHaveLength(first);
    return expenses.takeStatements().length;
  };

  it.each([
    [
      'reports, with all that belongs to them',
      'expenseReports',
      'author { name } total { minorUnits } items { id amount { currency } } auditTrail { action } riskScore',
    ],
    ['reports, without anything', 'expenseReports', 'id'],
    ['employees, with accounts', 'employees', 'name bankAccount { iban }'],
  ])('%s', async (_name, list, fields) => {
    const document = `query ($first: Int!) { list: ${list}(first: $first) { totalCount pageInfo { hasNextPage } nodes { ${fields} } } }`;
    expect(await count(document, 40)).toBe(await count(document, 1));
  });

  it('objects under aliases', async () => {
    const { expenseReports } = await expenses.ask(callerOf('ada'), '{ expenseReports(first: 50) { nodes { id } } }');
    const fields = expenseReports.nodes.map(
      ({ id }: { id: string }, n: number) => `r${n}: expenseReport(id: "${id}") { title }`,
    );
    expenses.takeStatements();
    await expenses.ask(callerOf('ada'), `{ ${fields.join(' ')} }`);
    expect(expenses.takeStatements()).toHaveLength(1 + 1);
  });
});

describe('count and neighbours of a list', () => {
  it('cost nothing unless they are asked for', async () => {
    expenses.takeStatements();
    await expenses.ask(callerOf('ada'), '{ expenseReports { nodes { id } edges { cursor } } }');
    expect(expenses.takeStatements()).toHaveLength(1 + 1);
  });
});

describe('an object by its id', () => {
  const find = (id: string) =>
    `{ node(id: "${id}") { __typename id } expenseReport(id: "${id}") { id } employee(id: "${id}") { id } }`;

  it('an employee', async () => {
    expect(await expenses.ask(callerOf('erin'), find(miaId))).toEqual({
      node: { __typename: 'Employee', id: miaId },
      employee: { id: miaId },
      expenseReport: null,
    });
  });

  it('a report', async () => {
    const { expenseReports } = await expenses.ask(callerOf('erin'), '{ expenseReports(first: 1) { nodes { id } } }');
    const { id } = expenseReports.nodes[0];
    expect(await expenses.ask(callerOf('erin'), find(id))).toEqual({
      node: { __typename: 'ExpenseReport', id },
      employee: null,
      expenseReport: { id },
    });
  });

  it('reads alike when it is hidden, absent or no id', async () => {
    const { expenseReports } = await expenses.ask(
      callerOf('ada'),
      'query ($author: ID) { expenseReports(first: 1, authorId: $author) { nodes { id } } }',
      { author: miaId },
    );
    const answers = await Promise.all(
      [expenseReports.nodes[0].id, unknownId, 'nonsense'].map((id) => expenses.run(callerOf('erin'), find(id))),
    );
    for (const answer of answers) expect(answer).toEqual({ data: { node: null, employee: null, expenseReport: null } });
  });

  it('of another tenant is absent', async () => {
    const { employees } = await expenses.ask(
      { ...callerOf('ada'), tenantId: FABRIKAM },
      '{ employees(first: 1) { nodes { id } } }',
    );
    expect(await expenses.ask(callerOf('ada'), find(employees.nodes[0].id))).toMatchObject({
      node: null,
      employee: null,
    });
  });

  it('an item of a report is not a node', async () => {
    const { expenseReports } = await expenses.ask(
      callerOf('erin'),
      '{ expenseReports(first: 1) { nodes { items { id } } } }',
    );
    expect(await expenses.ask(callerOf('erin'), find(expenseReports.nodes[0].items[0].id))).toMatchObject({
      node: null,
    });
  });
});

describe('deleted reports', () => {
  const all =
    '{ expenseReports(filter: {includeDeleted: true}, first: 100) { totalCount nodes { id deletedAt items { id } auditTrail { action } } } }';

  it('are listed for an auditor who asks for them', async () => {
    const { expenseReports } = await expenses.ask(callerOf('ada'), all);
    const plain = await expenses.ask(callerOf('ada'), '{ expenseReports { totalCount } }');
    expect(expenseReports.totalCount).toBeGreaterThan(plain.expenseReports.totalCount);
    const deleted = expenseReports.nodes.find(({ deletedAt }: { deletedAt: unknown }) => deletedAt);
    expect(deleted.items.length).toBeGreaterThan(0);
    expect(deleted.auditTrail.at(-1)).toEqual({ action: 'DELETED' });
  });

  it('are not found by an auditor who does not', async () => {
    const { expenseReports } = await expenses.ask(callerOf('ada'), all);
    const { id } = expenseReports.nodes.find(({ deletedAt }: { deletedAt: unknown }) => deletedAt);
    const found = await expenses.ask(callerOf('ada'), `{ node(id: "${id}") { id } expenseReport(id: "${id}") { id } }`);
    expect(found).toEqual({ node: null, expenseReport: null });
  });

  it('are not listed for anybody else who asks', async () => {
    const asked = await expenses.ask(callerOf('erin'), all);
    const plain = await expenses.ask(callerOf('erin'), '{ expenseReports { totalCount } }');
    expect(asked.expenseReports.totalCount).toBe(plain.expenseReports.totalCount);
  });
});

it('a report says the same in a page as by itself, whichever of its fields is asked for there', async () => {
  const type = assertObjectType(expenses.schema.getType('ExpenseReport'));
  const selections = Object.values(type.getFields()).map(({ name, type: of }) =>
    isLeafType(getNamedType(of)) ? name : `${name} { __typename ${name === 'total' ? 'minorUnits' : 'id'} }`,
  );
  const { expenseReports } = await expenses.ask(callerOf('ada'), '{ expenseReports(first: 30) { nodes { id } } }');
  const alone = expenseReports.nodes.map(
    ({ id }: { id: string }, n: number) => `r${n}: expenseReport(id: "${id}") { ${selections.join(' ')} }`,
  );
  const reports = Object.values(await expenses.ask(callerOf('ada'), `{ ${alone.join(' ')} }`));
  for (const selection of selections) {
    const [name = ''] = selection.split(' ', 1);
    const page = `{ expenseReports(first: 30) { nodes { ${selection} } edges { ...Edge } } }
      fragment Edge on ExpenseReportEdge { node { ... on ExpenseReport { ${selection} } } }`;
    const asked = (await expenses.ask(callerOf('ada'), page)).expenseReports;
    const expected = reports.map((report) => ({ [name]: Object(report)[name] }));
    expect(asked).toEqual({ nodes: expected, edges: expected.map((node) => ({ node })) });
  }
});

it('an employee has a manager, who has one, up to the top', async () => {
  const { employee } = await expenses.ask(
    callerOf('erin'),
    `{ employee(id: "${erinId}") { name manager { name manager { name manager { name } } } } }`,
  );
  expect(employee).toEqual({
    name: 'Erin Engel',
    manager: { name: 'Mia Moreau', manager: { name: 'Dora Dahl', manager: null } },
  });
});

it('the total is the sum of the items, in one currency', async () => {
  const { expenseReports } = await expenses.ask(
    callerOf('ada'),
    '{ expenseReports(first: 100) { nodes { total { minorUnits currency } items { amount { minorUnits currency } } } } }',
  );
  for (const { total, items } of expenseReports.nodes) {
    const amounts: { minorUnits: number; currency: string }[] = items.map(({ amount }: { amount: object }) => amount);
    expect(amounts.reduce((sum, { minorUnits }) => sum + minorUnits, 0)).toBe(total.minorUnits);
    expect(new Set(amounts.map(({ currency }) => currency))).toEqual(new Set([total.currency]));
  }
});

it('points in time have milliseconds and are in UTC', async () => {
  const answer = await expenses.run(callerOf('erin'), '{ expenseReports(first: 1) { nodes { createdAt } } }');
  expect(JSON.stringify(answer)).toMatch(/"createdAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/);
});

it('days are days', async () => {
  const { expenseReports } = await expenses.ask(
    callerOf('erin'),
    '{ expenseReports(first: 1) { nodes { items { spentOn } } } }',
  );
  expect(expenseReports.nodes[0].items[0].spentOn).toMatch(/^\d{4}-\d\d-\d\d$/);
});

it('a filter takes moments in any time zone', async () => {
  const count = async (from: string) =>
    (await expenses.ask(callerOf('ada'), `{ expenseReports(filter: {createdFrom: "${from}"}) { totalCount } }`))
      .expenseReports.totalCount;
  expect(await count('2025-06-01T00:00:00+02:00')).toBe(await count('2025-05-31T22:00:00Z'));
});

it('a currency may be written in small letters', async () => {
  const count = async (currency: string) =>
    (await expenses.ask(callerOf('ada'), `{ expenseReports(filter: {currency: "${currency}"}) { totalCount } }`))
      .expenseReports.totalCount;
  expect(await count('jpy')).toBe(await count('JPY'));
});

it.each([
  ['a page that is too large', '{ expenseReports(first: 101) { totalCount } }'],
  ['a cursor that is none', '{ expenseReports(after: "x") { totalCount } }'],
  ['a page of employees that is too large', '{ employees(last: 101) { totalCount } }'],
])('%s is refused', async (_name, document) => {
  expect(codesOf(await expenses.run(callerOf('erin'), document))).toEqual(['BAD_USER_INPUT']);
});

it('an anonymous caller sees nothing, whatever the rules of the schema', async () => {
  expect(
    await expenses.ask(undefined, '{ expenseReports { totalCount nodes { id } } employees { totalCount } }'),
  ).toEqual({
    expenseReports: { totalCount: 0, nodes: [] },
    employees: { totalCount: 0 },
  });
});
