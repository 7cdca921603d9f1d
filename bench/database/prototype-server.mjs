import { createServer } from 'node:http';
import { createTokenVerifier } from '../workload/verify-token.mjs';
import {
  AUDIT_TRAIL,
  AUTHORS,
  authorOf,
  beginFor,
  createPool,
  entryOf,
  ITEMS,
  itemOf,
  LOCKED_DRAFT,
  NOTE_SUBMISSION,
  REPORT,
  REPORTS,
  reportOf,
  rowsOf,
  rowsOfKeys,
  SUBMIT,
  uuidOf,
} from './sql-by-hand.mjs';

/**
 * A minimal server for the requests: `node:http` and named statements in a transaction that sets the caller for row-level
 * security. It has no GraphQL, field rules or limits. The difference to another server is the price of those.
 */
export async function start(settings, { DATABASE_URL, PROTOTYPE_UNPROTECTED }) {
  const verify = await createTokenVerifier(settings);
  const pool = createPool(DATABASE_URL);
  const operations = PROTOTYPE_UNPROTECTED ? { Reports: readUnprotected } : { Reports, Report, Submit };
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      const answer = await answerTo(request.headers.authorization, Buffer.concat(parts));
      const text = JSON.stringify(answer);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    });
  });

  async function answerTo(authorization, body) {
    try {
      const claims = verify(authorization);
      if (!/\bExpenses\.Read/.test(claims.scp)) throw new Error('FORBIDDEN');
      const { operationName, variables } = JSON.parse(body);
      const client = await pool.connect();
      try {
        return { data: await operations[operationName](client, claims, variables) };
      } finally {
        client.release();
      }
    } catch (error) {
      return { errors: [{ message: error.message }] };
    }
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}/graphql`;
}

async function reading(client, claims, read) {
  await beginFor(client, claims);
  try {
    return await read();
  } finally {
    await client.query('rollback');
  }
}

function Reports(client, claims, { first }) {
  return reading(client, claims, async () => {
    const rows = await rowsOf(client, REPORTS, first);
    return pageOf(rows, await rowsOfKeys(client, AUTHORS, authorIds(rows)));
  });
}

function Report(client, claims, { id }) {
  return reading(client, claims, async () => {
    const [row] = await rowsOf(client, REPORT, uuidOf(id));
    const [items, [author], entries] = [
      await rowsOfKeys(client, ITEMS, [row.id]),
      await rowsOfKeys(client, AUTHORS, [row.author_id]),
      await rowsOfKeys(client, AUDIT_TRAIL, [row.id]),
    ];
    const { title, status } = row;
    return {
      expenseReport: {
        title,
        status,
        author: named(author),
        items: items.map(itemOf),
        auditTrail: entries.map(entryOf),
      },
    };
  });
}

async function Submit(client, claims, { id }) {
  const uuid = uuidOf(id);
  const at = new Date();
  await beginFor(client, claims, '');
  try {
    const [draft] = await rowsOf(client, LOCKED_DRAFT, uuid);
    if (draft?.author_id !== claims.oid || draft.status !== 'DRAFT' || draft.total_minor_units === 0) {
      throw new Error('FORBIDDEN');
    }
    const [{ status, author_id: authorId }] = await rowsOf(client, SUBMIT, uuid, at);
    await rowsOf(client, NOTE_SUBMISSION, claims.tid, uuid, at, claims.oid);
    const [author] = await rowsOfKeys(client, AUTHORS, [authorId]);
    await client.query('commit');
    return { submitExpenseReport: { expenseReport: { status, author: named(author) } } };
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function named({ name, department }) {
  return { name, department };
}

const REPORTS_OF_TENANT = {
  name: 'reports of a tenant',
  text: REPORTS.text.replace('where', 'where tenant_id = $2 and'),
};
const AUTHORS_OF_TENANT = { name: 'authors of a tenant', text: `${AUTHORS.several.text} and tenant_id = $2` };

/** A login that row-level security does not bind, and the tenant as a condition. Code has to recognise guests. */
async function readUnprotected(client, { tid, acct }, { first }) {
  if (acct === 1) return pageOf([], []);
  const rows = await rowsOf(client, REPORTS_OF_TENANT, first, tid);
  return pageOf(rows, await rowsOf(client, AUTHORS_OF_TENANT, authorIds(rows), tid));
}

function authorIds(rows) {
  return [...new Set(rows.map((row) => row.author_id))];
}

function pageOf(rows, authors) {
  const byId = new Map(authors.map((author) => [author.id, authorOf(author)]));
  const nodes = rows.map((row) => ({ ...reportOf(row), author: byId.get(row.author_id) }));
  return { expenseReports: { nodes } };
}
