import { findPersona } from '../../dist/expenses/sample-data/personas.js';
import { uuidOf } from './sql-by-hand.mjs';

/** Numbers of reports of the measured pages. {@link JOBS} adds one report in three levels and the submission of a report. */
export const SIZES = [1, 20, 50];
export const JOBS = [...SIZES, 'report', 'submit'];
/** Reports of the page that is measured in more detail. */
export const USUAL_SIZE = 20;

/** A persona who sees every report of the tenant. */
const auditor = findPersona('ada');
/** A persona who files reports. */
const author = findPersona('erin');
/** A persona who sees no report. */
const stranger = findPersona('gus');

/** The tenant of the sample data. */
export const { tenantId } = auditor;

/** The sample's list, as a page of a client shows it; one report in three levels; and a change. */
const QUERIES = {
  Reports: `query Reports($first: Int!) {
  expenseReports(first: $first) {
    nodes { id title status createdAt total { minorUnits currency } author { id name department } }
  }
}`,
  Report: `query Report($id: ID!) {
  expenseReport(id: $id) {
    title status author { name department } items { description category amount { minorUnits } } auditTrail { action at }
  }
}`,
  Submit: `mutation Submit($id: ID!) {
  submitExpenseReport(id: $id) { expenseReport { status author { name department } } }
}`,
};

/** The same in the schema that PostGraphile makes of the tables. It has no change that notes what was done as well. */
const POSTGRAPHILE_QUERIES = {
  Reports: `query Reports($first: Int!) {
  allExpenseReports(first: $first, orderBy: [CREATED_AT_DESC, ROW_ID_DESC], condition: { deletedAt: null }) {
    nodes { id rowId title status createdAt totalMinorUnits currency
      author: employeeByTenantIdAndAuthorId { id rowId name department } }
  }
}`,
  Report: `query Report($tenant: UUID!, $id: UUID!) {
  expenseReport: expenseReportByTenantIdAndRowId(tenantId: $tenant, rowId: $id) {
    title status author: employeeByTenantIdAndAuthorId { name department }
    items: expenseItemsByTenantIdAndReportId(orderBy: [POSITION_ASC]) { nodes { description category minorUnits } }
    auditTrail: auditEntriesByTenantIdAndReportId(orderBy: [SEQUENCE_ASC]) { nodes { action at } }
  }
}`,
};

/** The requests and the places of the rows in the answers, by the `schema` of the contender. */
const SCHEMAS = {
  ours: {
    queries: QUERIES,
    variablesOf: (id) => ({ id }),
    nodesOf: ({ data }) => data?.expenseReports?.nodes,
    reportOf: ({ data }) => data.expenseReport,
  },
  postgraphile: {
    queries: POSTGRAPHILE_QUERIES,
    variablesOf: (id) => ({ tenant: tenantId, id: uuidOf(id) }),
    nodesOf: ({ data }) =>
      data?.allExpenseReports?.nodes.map(({ totalMinorUnits, currency, ...node }) => ({
        ...node,
        total: { minorUnits: Number(totalMinorUnits), currency },
      })),
    reportOf: ({ data: { expenseReport } }) => ({
      ...expenseReport,
      items: expenseReport.items.nodes.map(({ minorUnits, ...item }) => ({
        ...item,
        amount: { minorUnits: Number(minorUnits) },
      })),
      auditTrail: expenseReport.auditTrail.nodes,
    }),
  },
};

/** Returns whether a server has the change at all. */
export function canSubmit({ schema = 'ours', hasSubmit = true }) {
  return hasSubmit && 'Submit' in SCHEMAS[schema].queries;
}

/** Returns the body of the request for `n` reports. */
export function pageBody(n, contender = {}) {
  return bodyOf('Reports', contender, { first: n });
}

/** Returns the body of the request for one report. */
export function reportBody(id, contender = {}) {
  return bodyOf('Report', contender, SCHEMAS[contender.schema ?? 'ours'].variablesOf(id));
}

/** Returns the body of the submission of one report. */
export function submitBody(id) {
  return bodyOf('Submit', {}, { id });
}

function bodyOf(operationName, { schema = 'ours' }, variables) {
  return JSON.stringify({ operationName, query: SCHEMAS[schema].queries[operationName], variables });
}

/** @param {ReturnType<typeof import('../workload/access-tokens.mjs').createTokenIssuer>} issue */
export function auditorToken(issue) {
  return tokenOf(issue, auditor);
}

/** @param {ReturnType<typeof import('../workload/access-tokens.mjs').createTokenIssuer>} issue */
export function authorToken(issue) {
  return tokenOf(issue, author);
}

export function tokenOf(issue, { objectId, scopes, roles, authContexts, isGuest }) {
  const acrs = authContexts.length > 0 && { acrs: authContexts };
  return issue(0, {
    claims: { oid: objectId, scp: scopes.join(' '), roles, ...acrs, ...(isGuest && { acct: 1 }) },
  });
}

/** The object id of the author, who owns the reports to be submitted. */
export const authorId = author.objectId;

/**
 * Checks that a server returns the requested number of reports with their authors, and one report with all its parts. Also
 * checks that rows and fields are protected.
 *
 * @param {{ reportId: string }} data global id of a report with items and an audit trail
 * @returns {Promise<{ expected: Map<number | string, { status: number, bytes: number }>, said: object }>} what its answers look
 *   like from outside, and what they say
 * @throws Error with what it did instead
 */
export async function checkReports(address, issue, contender, { reportId }) {
  const { nodesOf, reportOf } = SCHEMAS[contender.schema ?? 'ours'];
  const ask = (body, token = auditorToken(issue)) => request(address, body, token);
  const expected = new Map();
  const said = { rows: [] };
  for (const n of SIZES) {
    const { status, bytes, body } = await ask(pageBody(n, contender));
    const nodes = nodesOf(body) ?? [];
    if (status !== 200 || body.errors || nodes.length !== n || !nodes.every(({ author: { name } }) => name)) {
      throw new Error(`it answers a request for ${n} reports with ${status}, ${describe(body)}`);
    }
    expected.set(n, { status, bytes });
    said.rows = nodes.map(rowOf);
  }
  if (contender.hasReport ?? true) {
    const { status, bytes, body } = await ask(reportBody(reportId, contender));
    if (status !== 200 || body.errors) throw new Error(`it answers a request for a report with ${describe(body)}`);
    expected.set('report', { status, bytes });
    said.report = wholeReport(reportOf(body));
  }
  const { body: empty } = await ask(pageBody(1, contender), tokenOf(issue, stranger));
  if (nodesOf(empty)?.length !== 0) throw new Error(`it shows a guest ${describe(empty)}`);
  const { body: refused } = await ask(pageBody(1, contender), tokenOf(issue, { ...auditor, scopes: ['User.Read'] }));
  if (nodesOf(refused)) throw new Error(`it does not refuse a missing scope: ${describe(refused)}`);
  return { expected, said };
}

/** Returns the content of a report without its ids. */
function rowOf({ title, status, createdAt, total, author: { name, department } }) {
  return { title, status, createdAt: Date.parse(createdAt), total, name, department };
}

function wholeReport({ auditTrail, ...report }) {
  return { ...report, auditTrail: auditTrail.map(({ action, at }) => ({ action, at: Date.parse(at) })) };
}

/** Asks a server once. */
export async function request(address, body, token) {
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
