import { isDeepStrictEqual } from 'node:util';
import { badTokens } from '../workload/access-tokens.mjs';
import { AUDITOR_FIELDS, itemsOf, requestBody } from '../workload/items.mjs';
import { issueForReader } from '../workload/workloads.mjs';

/** An answer of the server, as far as the benchmark looks at it. */
async function request(address, n, token) {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: requestBody(n),
  });
  const text = await response.text();
  return { status: response.status, bytes: Buffer.byteLength(text), body: JSON.parse(text) };
}

/**
 * Checks that a contender answers as all do, and that a secured one refuses what all have to refuse.
 *
 * @returns status and size of its answers by number of items, `Map<number, { status: number, bytes: number }>`. `granted` is for
 *   a caller with all rights, `denied` for one who lacks some
 * @throws Error with what it did instead
 */
export async function checkContender({ id, isSecured }, address, { sizes, issue }) {
  const expected = { granted: new Map(), denied: new Map() };
  for (const n of sizes) {
    const { status, bytes, body } = await request(address, n, issue(0));
    if (status !== 200 || !isDeepStrictEqual(body, { data: { items: itemsOf(n) } })) {
      throw new Error(`(${id}) answers a good request for ${n} items with ${status}, ${describe(body)}`);
    }
    expected.granted.set(n, { status, bytes });
    expected.denied.set(n, isSecured ? await probeDenied(id, address, n, issue) : { status, bytes });
  }
  if (isSecured) await checkRefusals(id, address, issue);
  return expected;
}

/** Expects the auditor's fields to be null, each with an error. A strict server may leave out all data instead. */
async function probeDenied(id, address, n, issue) {
  const { status, bytes, body } = await request(address, n, issueForReader(issue));
  const nulls = Object.fromEntries(AUDITOR_FIELDS.map((name) => [name, null]));
  const items = itemsOf(n).map((item) => ({ ...item, ...nulls }));
  const isAsExpected = body.data === null || isDeepStrictEqual(body.data, { items });
  if (!isAsExpected || !body.errors?.length) {
    throw new Error(`(${id}) answers ${n} items without the role with ${status}, ${describe(body)}`);
  }
  return { status, bytes };
}

async function checkRefusals(id, address, issue) {
  const { wrongAudience, expired } = badTokens(issue, 0);
  const missingScope = issue(0, { claims: { scp: 'User.Read' } });
  for (const [what, token] of Object.entries({ noToken: undefined, wrongAudience, expired, missingScope })) {
    const { body } = await request(address, 1, token);
    const isRefused = body.errors?.length > 0 && !body.data?.items;
    if (!isRefused) throw new Error(`(${id}) does not refuse ${what}: ${describe(body)}`);
  }
}

/**
 * Returns status and headers of a refused request.
 *
 * @throws Error when it is not refused
 */
export async function probeRefusal({ id }, address, token) {
  const { status, bytes, body } = await request(address, 1, token);
  if (body.data?.items) throw new Error(`(${id}) does not refuse a bad token`);
  return { status, bytes };
}

function describe(body) {
  return JSON.stringify(body).slice(0, 300);
}
