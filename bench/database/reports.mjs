import { findPersona } from '../../dist/expenses/sample-data/personas.js';

/** Numbers of reports that are asked for, and the one that is looked at more closely. */
export const SIZES = [1, 5, 20, 50];
export const USUAL_SIZE = 20;

/** The sample's list, as a page of a client shows it. */
const QUERY = `query Reports($first: Int!) {
  expenseReports(first: $first) {
    nodes { id title status createdAt total { minorUnits currency } author { id name department } }
  }
}`;

/** A persona who sees every report of the tenant. */
const auditor = findPersona('ada');
/** A persona who sees no report. */
const stranger = findPersona('gus');

/** The tenant of the sample data. */
export const { tenantId } = auditor;

/** The same page in the schema that PostGraphile makes of the tables. */
const POSTGRAPHILE_QUERY = `query Reports($first: Int!) {
  allExpenseReports(first: $first, orderBy: [CREATED_AT_DESC, ROW_ID_DESC], condition: { deletedAt: null }) {
    nodes { id rowId title status createdAt totalMinorUnits currency
      author: employeeByTenantIdAndAuthorId { id rowId name department } }
  }
}`;

/** How a server is asked for the page, and where its rows are in the answer: by the `schema` of the contender. */
const SCHEMAS = {
  ours: { query: QUERY, nodesOf: ({ data }) => data?.expenseReports?.nodes },
  postgraphile: {
    query: POSTGRAPHILE_QUERY,
    nodesOf: ({ data }) =>
      data?.allExpenseReports?.nodes.map(({ totalMinorUnits, currency, ...node }) => ({
        ...node,
        total: { minorUnits: Number(totalMinorUnits), currency },
      })),
  },
};

/** The body of the request for `n` reports. */
export function requestBody(n, { schema = 'ours' } = {}) {
  return JSON.stringify({ operationName: 'Reports', query: SCHEMAS[schema].query, variables: { first: n } });
}

/** @param {ReturnType<typeof import('../workload/access-tokens.mjs').createTokenIssuer>} issue */
export function auditorToken(issue) {
  return tokenOf(issue, auditor);
}

/**
 * Checks that a server answers as many reports as asked for, with their authors, and that rows and fields are protected.
 *
 * @returns {Promise<{ expected: Map<number, { status: number, bytes: number }>, rows: object[] }>} what its answers look like
 *   from outside, by size, and what the largest one says
 * @throws Error with what it did instead
 */
export async function checkReports(address, issue, contender = {}) {
  const { nodesOf } = SCHEMAS[contender.schema ?? 'ours'];
  const ask = (n, token) => request(address, requestBody(n, contender), token);
  const expected = new Map();
  let rows = [];
  for (const n of SIZES) {
    const { status, bytes, body } = await ask(n, auditorToken(issue));
    const nodes = nodesOf(body) ?? [];
    if (status !== 200 || body.errors || nodes.length !== n || !nodes.every(({ author }) => author.name)) {
      throw new Error(`it answers a request for ${n} reports with ${status}, ${describe(body)}`);
    }
    expected.set(n, { status, bytes });
    rows = nodes.map(rowOf);
  }
  const { body: empty } = await ask(1, tokenOf(issue, stranger));
  if (nodesOf(empty)?.length !== 0) throw new Error(`it shows a guest ${describe(empty)}`);
  const { body: refused } = await ask(1, tokenOf(issue, { ...auditor, scopes: ['User.Read'] }));
  if (nodesOf(refused)) throw new Error(`it does not refuse a missing scope: ${describe(refused)}`);
  return { expected, rows };
}

/** Returns the content of a report without its ids. */
function rowOf({ title, status, createdAt, total, author: { name, department } }) {
  return { title, status, createdAt: Date.parse(createdAt), total, name, department };
}

function tokenOf(issue, { objectId, scopes, roles, isGuest }) {
  return issue(0, { claims: { oid: objectId, scp: scopes.join(' '), roles, ...(isGuest && { acct: 1 }) } });
}

async function request(address, body, token) {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  const text = await response.text();
  return { status: response.status, bytes: Buffer.byteLength(text), body: JSON.parse(text) };
}

function describe(body) {
  return JSON.stringify(body).slice(0, 300);
}
