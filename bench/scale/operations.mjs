import { findPersona } from '../../dist/expenses/sample-data/personas.js';
import { tokenOf } from '../database/reports.mjs';

const MIDDLE = Date.parse('2020-01-11T00:00:00Z');

const PAGE = `nodes { id title status createdAt total { minorUnits currency } author { id name department } }
  pageInfo { hasNextPage endCursor }`;

/**
 * Requests to a small and to a large table, with their callers. `isWhole`: the request counts most of the rows. `variables` may be
 * made of `{ reportId, key }`, a report that the auditor sees and a key for repetitions, and of what requests before have made.
 */
export const OPERATIONS = [
  { who: 'ada', what: 'an auditor: the newest', query: `{ expenseReports(first: 20) { ${PAGE} } }` },
  { who: 'erin', what: 'an employee: her own', query: `{ expenseReports(first: 20) { ${PAGE} } }` },
  { who: 'mia', what: 'a manager: those of her people', query: `{ expenseReports(first: 20) { ${PAGE} } }` },
  { who: 'finn', what: 'Finance: what is approved or paid', query: `{ expenseReports(first: 20) { ${PAGE} } }` },
  {
    who: 'ada',
    what: 'an auditor: the largest sums',
    query: `{ expenseReports(first: 20, orderBy: { field: TOTAL, direction: DESC }) { ${PAGE} } }`,
  },
  {
    who: 'ada',
    what: 'an auditor: the newest that are paid',
    query: `{ expenseReports(first: 20, filter: { status: [PAID] }) { ${PAGE} } }`,
  },
  {
    who: 'ada',
    what: 'an auditor: the page after a place in the middle',
    query: `query ($after: String) { expenseReports(first: 20, after: $after) { ${PAGE} } }`,
    variables: { after: cursor('CREATED_AT', MIDDLE) },
  },
  { who: 'ada', what: 'employees by name', query: '{ employees(first: 20) { nodes { id name department } } }' },
  {
    who: 'ada',
    what: 'one report, three levels',
    query: `query ($id: ID!) { expenseReport(id: $id) {
      title author { name } items { description } auditTrail { action actor { name } }
    } }`,
    variables: ({ reportId }) => ({ id: reportId }),
  },
  { who: 'erin', what: 'an employee: how many are hers', query: '{ expenseReports(first: 1) { totalCount } }' },
  {
    who: 'ada',
    what: 'an auditor: how many there are',
    query: '{ expenseReports(first: 1) { totalCount } }',
    isWhole: true,
  },
];

const CHANGED = `{ expenseReport { id title status total { minorUnits } author { name } items { description } } }`;
const ITEMS = ['Train', 'Taxi'].map((description) => ({
  description,
  category: 'TRAVEL',
  spentOn: '2020-01-01',
  minorUnits: 1999,
}));
const CREATE = {
  who: 'erin',
  query: `mutation ($input: CreateExpenseReportInput!) { createExpenseReport(input: $input) ${CHANGED} }`,
};
const ENTRIES = 'id at by client operation coordinate outcome objects';

/** Requests that are not timed: only their plans are collected. `makes`: the name of the changed report for the requests that follow. */
export const PLANNED = [
  {
    who: 'ada',
    what: 'a report and employees by id',
    query: `query ($id: ID!) {
      node(id: $id) { id ... on ExpenseReport { riskScore decidedBy { name } author { manager { name } } } }
      employee(id: "${globalId('Employee', 'erin')}") { name }
    }`,
    variables: ({ reportId }) => ({ id: reportId }),
  },
  {
    who: 'ada',
    what: 'several nodes',
    query: `query ($id: ID!) {
      report: node(id: $id) { ... on ExpenseReport { title } } other: node(id: "${globalId('ExpenseReport', 'ada')}") { id }
      erin: node(id: "${globalId('Employee', 'erin')}") { id } mia: node(id: "${globalId('Employee', 'mia')}") { id }
    }`,
    variables: ({ reportId }) => ({ id: reportId }),
  },
  {
    who: 'ada',
    what: 'a page with items and audit trails',
    query:
      '{ expenseReports(first: 20) { nodes { items { description } auditTrail(last: 5) { id actor { name } } } } }',
  },
  {
    who: 'ada',
    what: 'the page before a place, and whether there are more',
    query: `query ($before: String) { expenseReports(last: 20, before: $before) {
      nodes { id } pageInfo { hasNextPage hasPreviousPage }
    } }`,
    variables: { before: cursor('CREATED_AT', MIDDLE) },
  },
  {
    who: 'ada',
    what: 'the page of sums after one, smallest first',
    query: `query ($after: String) {
      expenseReports(first: 20, after: $after, orderBy: { field: TOTAL, direction: ASC }) {
        nodes { id } pageInfo { hasNextPage hasPreviousPage }
      }
    }`,
    variables: { after: cursor('TOTAL', 5000) },
  },
  {
    who: 'erin',
    what: 'an employee: her own before a place, of a status',
    query: `query ($before: String) {
      expenseReports(last: 20, before: $before, filter: { status: [PAID] }) { nodes { id } pageInfo { hasPreviousPage } totalCount }
    }`,
    variables: { before: cursor('CREATED_AT', MIDDLE) },
  },
  {
    who: 'ada',
    what: 'those of an author, how many, and deleted ones too',
    query: `{ expenseReports(authorId: "${globalId('Employee', 'erin')}", filter: { includeDeleted: true }) {
      nodes { id deletedAt } totalCount
    } }`,
  },
  {
    who: 'ada',
    what: 'those of a day, and how many',
    query: `{ expenseReports(filter: { createdFrom: "2020-01-11T00:00:00Z", createdBefore: "2020-01-12T00:00:00Z" }) {
      nodes { id } totalCount
    } }`,
  },
  {
    who: 'ada',
    what: 'a currency that is in every third, and a status',
    query: '{ expenseReports(filter: { currency: "NOK", status: [DRAFT, SUBMITTED] }) { nodes { id } } }',
  },
  {
    who: 'ada',
    what: 'a currency that none has',
    query: '{ expenseReports(filter: { currency: "CHF" }) { nodes { id } } }',
  },
  {
    who: 'ada',
    what: 'how many have a currency and a status',
    query: '{ expenseReports(first: 1, filter: { currency: "NOK", status: [PAID] }) { totalCount } }',
    isWhole: true,
  },
  {
    who: 'mia',
    what: 'a manager: how many her people have',
    query: '{ expenseReports(first: 1) { totalCount } }',
  },
  {
    who: 'finn',
    what: 'Finance: how many are approved or paid',
    query: '{ expenseReports(first: 1) { totalCount } }',
    isWhole: true,
  },
  {
    who: 'ada',
    what: 'employees after a name',
    query: `query ($after: String) {
      employees(first: 20, after: $after) { nodes { id name manager { name } } pageInfo { hasNextPage hasPreviousPage } }
    }`,
    variables: { after: cursor('NAME', 'Employee 5') },
  },
  { who: 'ada', what: 'how many employees there are', query: '{ employees(first: 1) { totalCount } }', isWhole: true },
  {
    who: 'finn',
    what: 'an audited read: 20 bank accounts',
    query: '{ employees(first: 20) { nodes { bankAccount { iban } } } }',
  },
  { who: 'ada', what: 'access record: the newest', query: `{ accessEntries { ${ENTRIES} } }` },
  {
    who: 'ada',
    what: 'access record: before an entry',
    query: `{ accessEntries(last: 20, before: "150") { ${ENTRIES} } }`,
  },
  {
    who: 'ada',
    what: 'access record: of an object',
    query: `query ($id: ID!) { accessEntries(of: $id) { ${ENTRIES} } }`,
    variables: ({ reportId }) => ({ id: reportId }),
  },
  {
    who: 'ada',
    what: 'access record: by a user',
    query: `{ accessEntries(by: "${findPersona('erin').objectId}") { ${ENTRIES} } }`,
  },
  {
    ...CREATE,
    what: 'createExpenseReport, with a key',
    variables: ({ key }) => ({ input: { title: 'A journey', currency: 'EUR', items: ITEMS, idempotencyKey: key } }),
    makes: 'first',
  },
  {
    ...CREATE,
    what: 'createExpenseReport once more with its key',
    variables: ({ key }) => ({ input: { title: 'A journey', currency: 'EUR', items: ITEMS, idempotencyKey: key } }),
  },
  {
    ...CREATE,
    what: 'createExpenseReport',
    variables: { input: { title: 'Another journey', currency: 'EUR', items: ITEMS } },
    makes: 'second',
  },
  {
    who: 'erin',
    what: 'editExpenseReport',
    query: `mutation ($input: EditExpenseReportInput!) { editExpenseReport(input: $input) ${CHANGED} }`,
    variables: ({ first }) => ({ input: { id: first, title: 'A long journey', items: ITEMS } }),
  },
  ...['first', 'second'].map((name) => step('erin', 'submitExpenseReport', name)),
  step('mia', 'approveExpenseReport', 'first'),
  {
    who: 'mia',
    what: 'rejectExpenseReport',
    query: `mutation ($id: ID!) { rejectExpenseReport(id: $id, reason: "Without a receipt") ${CHANGED} }`,
    variables: ({ second }) => ({ id: second }),
  },
  {
    who: 'finn',
    what: 'markExpenseReportPaid, which is audited, with a key',
    query: `mutation ($id: ID!, $key: String) { markExpenseReportPaid(id: $id, idempotencyKey: $key) ${CHANGED} }`,
    variables: ({ first, key }) => ({ id: first, key }),
  },
];

/** A mutation that needs the id of a report alone. */
function step(who, field, name) {
  const query = `mutation ($id: ID!) { ${field}(id: $id) ${CHANGED} }`;
  return { who, what: field, query, variables: (place) => ({ id: place[name] }) };
}

/** A place in a list, before all ids of the same value. */
function cursor(key, value) {
  return Buffer.from(JSON.stringify([key, value, '00000000-0000-4000-8000-000000000000'])).toString('base64url');
}

/** The id of a persona, or one of another type that nothing has. */
function globalId(type, who) {
  return Buffer.from(`${type}:${findPersona(who).objectId}`).toString('base64url');
}

/** Returns the token of the caller. */
export function tokenFor({ who }, issue) {
  return tokenOf(issue, findPersona(who));
}

/** Returns the body of the request. */
export function bodyOf({ query, variables }, place) {
  return JSON.stringify({ query, variables: typeof variables === 'function' ? variables(place) : variables });
}
