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

/** Who sees every report of the tenant. */
const auditor = findPersona('ada');
/** Who sees none. */
const stranger = findPersona('gus');

/** The tenant of the sample data. */
export const { tenantId } = auditor;

/** The body of the request for `n` reports. */
export function requestBody(n) {
  return JSON.stringify({ operationName: 'Reports', query: QUERY, variables: { first: n } });
}

/** @param {ReturnType<typeof import('../workload/access-tokens.mjs').createTokenIssuer>} issue */
export function auditorToken(issue) {
  return tokenOf(issue, auditor);
}

/**
 * Checks that the server answers as many reports as asked for, with their authors, and that rows and fields are
 * protected.
 *
 * @returns {Promise<Map<number, { status: number, bytes: number }>>} what its answers look like from outside, by size
 * @throws Error with what it did instead
 */
export async function checkReports(address, issue) {
  const expected = new Map();
  for (const n of SIZES) {
    const { status, bytes, body } = await request(address, n, auditorToken(issue));
    const nodes = body.data?.expenseReports?.nodes ?? [];
    if (status !== 200 || body.errors || nodes.length !== n || !nodes.every(({ author }) => author.name)) {
      throw new Error(`the sample answers a request for ${n} reports with ${status}, ${describe(body)}`);
    }
    expected.set(n, { status, bytes });
  }
  const { body: empty } = await request(address, 1, tokenOf(issue, stranger));
  if (empty.data?.expenseReports?.nodes?.length !== 0) throw new Error(`the sample shows a guest ${describe(empty)}`);
  const { body: refused } = await request(address, 1, tokenOf(issue, { ...auditor, scopes: ['User.Read'] }));
  if (refused.data?.expenseReports) throw new Error(`the sample does not refuse a missing scope: ${describe(refused)}`);
  return expected;
}

function tokenOf(issue, { objectId, scopes, roles, isGuest }) {
  return issue(0, { claims: { oid: objectId, scp: scopes.join(' '), roles, ...(isGuest && { acct: 1 }) } });
}

async function request(address, n, token) {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: requestBody(n),
  });
  const text = await response.text();
  return { status: response.status, bytes: Buffer.byteLength(text), body: JSON.parse(text) };
}

function describe(body) {
  return JSON.stringify(body).slice(0, 300);
}
