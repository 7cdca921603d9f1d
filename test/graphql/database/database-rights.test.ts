import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';

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

it('a row that a policy refuses is a line of the log with the table and what to do, and without the row', async () => {
  await runAsOwner('create policy nobody on expense_items as restrictive for insert with check (false)');
  const before = api.logs.length;
  const { body } = await api.query('erin', CREATE);
  await runAsOwner('drop policy nobody on expense_items');

  expect(body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  const lines = api.logs.slice(before).filter(({ level }) => Number(level) >= 40);
  expect(lines).toMatchObject([{ msg: 'a field was refused', path: ['createExpenseReport'] }]);
  expect(lines[0]?.reason).toBe('new row violates row-level security policy "nobody" for table "expense_items"');
  expect(lines[0]?.hint).toContain('policies "for insert"');
  expect(JSON.stringify(lines)).not.toContain('Taxi');
});

it('a row that breaks a constraint is a fault of the server, whose log names table, constraint and what to do', async () => {
  await runAsOwner("alter table expense_items add constraint no_taxi check (description <> 'Taxi') not valid");
  const before = api.logs.length;
  const { body } = await api.query('erin', CREATE);
  await runAsOwner('alter table expense_items drop constraint no_taxi');

  expect(body.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
  const lines = api.logs.slice(before).filter(({ level }) => Number(level) >= 50);
  expect(lines).toMatchObject([{ msg: 'a resolver failed', err: { code: '23514' } }]);
  expect(Object(lines[0]?.err).hint).toContain('constraint "no_taxi" of table "expense_items"');
  expect(JSON.stringify(lines)).not.toContain('Taxi');
});
