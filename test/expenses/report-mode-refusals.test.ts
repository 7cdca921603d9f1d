import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatGlobalId } from '../../src/expenses/global-id.js';
import { startApi, type TestApi } from '../support/api.js';
import { openSuperuser } from '../support/database.js';

const MUTATIONS = ['submitExpenseReport', 'approveExpenseReport', 'markExpenseReportPaid'];
const PERSONAS = ['erin', 'mia', 'finn', 'ada', 'gus', 'export-job'];

let api: TestApi;
let ids: string[];

beforeAll(async () => {
  api = await startApi({ AUTHORIZATION_MODE: 'report' });
  const superuser = await openSuperuser(api.database);
  const { rows } = await superuser.query<{ id: string }>(
    'select distinct on (author_id, status) id from expense_reports where deleted_at is null order by author_id, status, id limit 12',
  );
  await superuser.end();
  ids = rows.map(({ id }) => formatGlobalId('ExpenseReport', id));
});
afterAll(() => api.close());

it.each(PERSONAS)('what the database refuses %s has a clear code where no rule refuses it first', async (persona) => {
  const codes = new Set<string>();
  for (const mutation of MUTATIONS) {
    for (const id of ids) {
      const { body } = await api.query(
        persona,
        `mutation($id: ID!) { ${mutation}(id: $id) { expenseReport { id } } }`,
        { id },
      );
      for (const { extensions } of body.errors ?? []) codes.add(extensions.code);
    }
    const input = { title: 'Of nobody', currency: 'EUR', items: [] };
    const create =
      'mutation($input: CreateExpenseReportInput!) { createExpenseReport(input: $input) { expenseReport { id } } }';
    const { body } = await api.query(persona, create, { input });
    for (const { extensions } of body.errors ?? []) codes.add(extensions.code);
  }
  expect([...codes].filter((code) => !['BAD_USER_INPUT', 'FORBIDDEN', 'INVALID_TRANSITION'].includes(code))).toEqual(
    [],
  );
  expect(codes.size).toBeGreaterThan(0);
});
