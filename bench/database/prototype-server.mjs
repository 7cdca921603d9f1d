import { createServer } from 'node:http';
import pg from '../../node_modules/pg/lib/index.js';
import { createTokenVerifier } from '../workload/verify-token.mjs';

/**
 * The least that answers the list of reports: `node:http`, two named statements in a transaction that tells row-level
 * security who is asking, and no GraphQL, no rules of fields, no limits. What a server adds to it is the price of all that.
 */
export async function start(settings, { DATABASE_URL, PROTOTYPE_UNPROTECTED }) {
  const verify = await createTokenVerifier(settings);
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10, types: { getTypeParser } });
  const read = PROTOTYPE_UNPROTECTED ? readUnprotected : readProtected;
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
      const { variables } = JSON.parse(body);
      const client = await pool.connect();
      try {
        return { data: { expenseReports: { nodes: await read(client, claims, variables.first) } } };
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

const SETTINGS = ['tenant_id', 'object_id', 'kind', 'roles', 'permissions'];
const SET = {
  name: 'settings',
  text: `select ${SETTINGS.map((name, index) => `set_config('entra.${name}', $${index + 1}, true)`).join(', ')}`,
};
const REPORTS = {
  name: 'reports',
  text: `select id, author_id, title, status, currency, total_minor_units, created_at from expense_reports
    where deleted_at is null order by created_at desc, id desc limit $1`,
};
const AUTHORS = { name: 'authors', text: 'select id, name, department from employees where id = any($1::uuid[])' };

async function readProtected(client, { tid, oid, roles, acct }, first) {
  await client.query('begin isolation level repeatable read, read only');
  try {
    await client.query({ ...SET, values: [tid, oid, acct === 1 ? 'guest' : 'member', JSON.stringify(roles), ''] });
    const { rows } = await client.query({ ...REPORTS, values: [first] });
    const ids = [...new Set(rows.map((row) => row.author_id))];
    return withAuthors(rows, (await client.query({ ...AUTHORS, values: [ids] })).rows);
  } finally {
    await client.query('rollback');
  }
}

const REPORTS_OF_TENANT = {
  name: 'reports of a tenant',
  text: REPORTS.text.replace('where', 'where tenant_id = $2 and'),
};
const AUTHORS_OF_TENANT = { name: 'authors of a tenant', text: `${AUTHORS.text} and tenant_id = $2` };

/** A login that row-level security does not bind, and the tenant as a condition. Code has to recognise guests. */
async function readUnprotected(client, { tid, acct }, first) {
  if (acct === 1) return [];
  const { rows } = await client.query({ ...REPORTS_OF_TENANT, values: [first, tid] });
  const ids = [...new Set(rows.map((row) => row.author_id))];
  return withAuthors(rows, (await client.query({ ...AUTHORS_OF_TENANT, values: [ids, tid] })).rows);
}

function withAuthors(rows, authors) {
  const byId = new Map(
    authors.map(({ id, name, department }) => [id, { id: globalId('Employee', id), name, department }]),
  );
  return rows.map((row) => ({
    id: globalId('ExpenseReport', row.id),
    title: row.title,
    status: row.status,
    createdAt: row.created_at.toISOString(),
    total: { minorUnits: row.total_minor_units, currency: row.currency },
    author: byId.get(row.author_id),
  }));
}

function globalId(type, uuid) {
  return Buffer.from(`${type}:${uuid}`).toString('base64url');
}

function getTypeParser(type, format) {
  return type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type, format);
}
