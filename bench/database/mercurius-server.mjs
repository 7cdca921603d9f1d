import Fastify from 'fastify';
import mercurius from 'mercurius';
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
  REPORT,
  REPORTS,
  reportOf,
  rowsOf,
  rowsOfKeys,
  uuidOf,
} from './sql-by-hand.mjs';

const SCHEMA = `
type Query {
  expenseReports(first: Int!): Reports!
  expenseReport(id: ID!): Report
}
type Reports { nodes: [Report!]! }
type Report {
  id: ID! title: String! status: String! createdAt: String! total: Money!
  author: Employee! items: [Item!]! auditTrail: [Entry!]!
}
type Money { minorUnits: Float! currency: String! }
type Employee { id: ID! name: String! department: String! }
type Item { description: String! category: String! amount: Amount! }
type Amount { minorUnits: Float! }
type Entry { action: String! at: String! }
`;

/**
 * Mercurius with compiled queries, its loaders, fast-jwt with its cache and `pg` by hand. Each request has one connection and
 * one transaction with named statements. It has no field rules: the scope and row-level security decide.
 */
export async function start(settings, { DATABASE_URL }) {
  const verify = await createTokenVerifier(settings);
  const pool = createPool(DATABASE_URL);
  const fastify = Fastify();
  await fastify.register(mercurius, {
    schema: SCHEMA,
    jit: 1,
    context: ({ headers }) => {
      const claims = verify(headers.authorization);
      if (!/\bExpenses\.Read/.test(claims.scp)) throw new Error('FORBIDDEN');
      return { claims };
    },
    resolvers: {
      Query: {
        expenseReports: async (_parent, { first }, context) => ({ nodes: await readReports(context, REPORTS, first) }),
        expenseReport: async (_parent, { id }, context) => (await readReports(context, REPORT, uuidOf(id)))[0],
      },
    },
    loaders: {
      Report: {
        author: async (queries, { client }) => {
          const ids = [...new Set(queries.map(({ obj }) => obj.authorId))];
          const authors = new Map((await rowsOfKeys(client, AUTHORS, ids)).map((row) => [row.id, authorOf(row)]));
          return queries.map(({ obj }) => authors.get(obj.authorId));
        },
        items: (queries, { client }) => readLists(client, ITEMS, queries, itemOf),
        auditTrail: (queries, { client }) => readLists(client, AUDIT_TRAIL, queries, entryOf),
      },
    },
  });
  fastify.graphql.addHook('onResolution', async (_execution, context) => {
    if (!context.client) return;
    await context.client.query('rollback');
    context.client.release();
  });

  async function readReports(context, statement, value) {
    context.client = await pool.connect();
    await beginFor(context.client, context.claims);
    const rows = await rowsOf(context.client, statement, value);
    return rows.map((row) => ({ ...reportOf(row), reportId: row.id, authorId: row.author_id }));
  }

  return `${await fastify.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
}

async function readLists(client, statement, queries, shape) {
  const rows = await rowsOfKeys(
    client,
    statement,
    queries.map(({ obj }) => obj.reportId),
  );
  return queries.map(({ obj }) => rows.filter((row) => row.report_id === obj.reportId).map(shape));
}
