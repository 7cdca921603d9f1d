import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import { migrate } from '../../../src/database/setup/migrate.js';
import { expensesMigrations } from '../../../src/expenses/migration-folder.js';
import { startApi, type TestApi } from '../../support/api.js';
import { loadTestConfig } from '../../support/config.js';

/** Changes that the next version may make to the schema while servers of this version run. */
const EXPANSION = `
  alter table expense_reports add column cost_centre text;
  alter table expense_reports add column priority int not null default 0;
  alter table employees add column nickname text check (length(nickname) < 100);
  create index reports_by_cost_centre on expense_reports (cost_centre);
  create table cost_centres (tenant_id uuid not null, id text not null, primary key (tenant_id, id));
  alter table cost_centres enable row level security;
  alter table cost_centres force row level security;
  grant select on cost_centres to entra_graphql_runtime;
  create policy of_tenant on cost_centres for select using (tenant_id = (select entra.tenant_id()));
`;
const READ =
  '{ expenseReports(first: 3) { totalCount nodes { id title author { name } } } employees(first: 3) { totalCount } }';
const CREATE = `mutation { createExpenseReport(input: { title: "Expanded", currency: "EUR", items: [
  { description: "Train", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 100 }] }) { expenseReport { id title } } }`;

let api: TestApi;
let folder: string;
beforeAll(async () => {
  api = await startApi();
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-next-'));
  await writeFile(join(folder, '0001-expansion.sql'), EXPANSION);
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

describe('the schema of the next version, while this one runs', () => {
  it('is made, and running servers answer as before, with connections that know the old one', async () => {
    const before = await api.query('erin', READ);
    expect(before.body.errors).toBeUndefined();
    const { ownerUrl: migrationUrl, runtimeUrl } = api.database;
    const next = { room: 'next', url: pathToFileURL(`${folder}/`) };
    expect(await migrate({ migrationUrl, runtimeUrl, folders: [expensesMigrations, next] })).toEqual([
      'next/0001-expansion',
    ]);
    expect((await api.query('erin', READ)).body).toEqual(before.body);
    const { body } = await api.query('erin', CREATE);
    expect(body).toMatchObject({ data: { createExpenseReport: { expenseReport: { title: 'Expanded' } } } });
  });

  it('lets servers of this version start, since one may be restarted or rolled back to', async () => {
    const server = await createApp(loadTestConfig(api.environment));
    const response = await server.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization: `Bearer ${await api.emulator.issueAccessToken('erin')}` },
      payload: { query: READ },
    });
    expect(response.json().errors).toBeUndefined();
    expect(response.json().data.expenseReports.nodes).toHaveLength(3);
    expect((await server.inject('/readyz')).statusCode).toBe(200);
    await server.close();
  });
});
