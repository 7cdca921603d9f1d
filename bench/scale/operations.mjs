import { findPersona } from '../../dist/expenses/sample-data/personas.js';
import { tokenOf } from '../database/reports.mjs';

const PAGE = `nodes { id title status createdAt total { minorUnits currency } author { id name department } }
  pageInfo { hasNextPage endCursor }`;

/** Requests to a small and to a large table, with their callers. `isWhole`: the request has to look at each row. */
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
    variables: { after: cursor('2020-01-11T00:00:00Z') },
  },
  { who: 'ada', what: 'employees by name', query: '{ employees(first: 20) { nodes { id name department } } }' },
  {
    who: 'ada',
    what: 'one report, three levels',
    query: `query ($id: ID!) { expenseReport(id: $id) {
      title author { name } items { description } auditTrail { action actor { name } }
    } }`,
    needsReport: true,
  },
  { who: 'erin', what: 'an employee: how many are hers', query: '{ expenseReports(first: 1) { totalCount } }' },
  {
    who: 'ada',
    what: 'an auditor: how many there are',
    query: '{ expenseReports(first: 1) { totalCount } }',
    isWhole: true,
  },
];

/** A place in the list by creation, before all ids of that moment. */
function cursor(at) {
  const place = ['CREATED_AT', Date.parse(at), '00000000-0000-4000-8000-000000000000'];
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Returns the token of the caller. */
export function tokenFor({ who }, issue) {
  return tokenOf(issue, findPersona(who));
}

/** Returns the body of the request. */
export function bodyOf({ query, variables, needsReport }, reportId) {
  return JSON.stringify({ query, variables: needsReport ? { id: reportId } : variables });
}
