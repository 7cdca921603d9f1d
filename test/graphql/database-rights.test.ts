import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function runAsOwner(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: api.database.ownerUrl });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

const REPORTS = '{ expenseReports(first: 1) { nodes { id } } }';
const CREATE = `mutation { createExpenseReport(input: {
  title: "Trip", currency: "EUR", items: [{ description: "Taxi", category: TRAVEL, spentOn: "2026-01-01", minorUnits: 100 }]
}) { expenseReport { id } } }`;

it.each([
  ['select on expense_reports', REPORTS, 'permission denied for table expense_reports'],
  ['insert on expense_items', CREATE, 'permission denied for table expense_items'],
])('a revoked right (%s) is a fault of the server, which the log explains', async (right, query, cause) => {
  await runAsOwner(`revoke ${right} from entra_graphql_runtime`);
  const before = api.logs.length;
  const { status, body } = await api.query('erin', query);
  await runAsOwner(`grant ${right} to entra_graphql_runtime`);

  expect(status).toBe(200);
  expect(body.errors).toMatchObject([
    { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ]);
  const lines = api.logs.slice(before).filter(({ level }) => Number(level) >= 50);
  expect(lines).toMatchObject([{ msg: 'a resolver failed', err: { code: '42501' } }]);
  expect(Object(lines[0]?.err).message).toContain(`${cause}. Run "npm run migrate"`);

  expect((await api.query('erin', query)).body.errors).toBeUndefined();
});
