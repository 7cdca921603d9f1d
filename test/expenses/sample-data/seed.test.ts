import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/database/setup/migrate.js';
import { expensesMigrations } from '../../../src/expenses/migration-folder.js';
import { CONTOSO, findPersona, personas } from '../../../src/expenses/sample-data/personas.js';
import { sampleEmployees } from '../../../src/expenses/sample-data/sample-employees.js';
import { sampleReports } from '../../../src/expenses/sample-data/sample-reports.js';
import { seed } from '../../../src/expenses/sample-data/seed.js';
import { createEmptyDatabase, openSuperuser, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let superuser: pg.Client;

beforeAll(async () => {
  database = await createEmptyDatabase();
  const { ownerUrl: migrationUrl, runtimeUrl } = database;
  await migrate({ migrationUrl, runtimeUrl, folders: [expensesMigrations] });
  superuser = await openSuperuser(database);
  expect(await seed(database.ownerUrl)).toBe(true);
});
afterAll(async () => {
  await superuser.end();
  await database.drop();
});

async function one(text: string): Promise<Record<string, unknown>> {
  return (await superuser.query(text)).rows[0];
}

async function column(text: string): Promise<unknown[]> {
  return (await superuser.query({ text, rowMode: 'array' })).rows.map(([value]) => value);
}

it('is written once', async () => {
  const before = await one('select count(*) from expense_reports');
  expect(await seed(database.ownerUrl)).toBe(false);
  expect(await one('select count(*) from expense_reports')).toEqual(before);
});

it('is the same every time', () => {
  expect(sampleReports(sampleEmployees())).toEqual(sampleReports(sampleEmployees()));
});

it('leaves row-level security forced', async () => {
  expect(
    await column("select relname from pg_class where relkind = 'r' and relrowsecurity and not relforcerowsecurity"),
  ).toEqual([]);
});

it('every index of a table with row-level security can be searched under it', async () => {
  // Under a policy PostgreSQL searches an index by leakproof operators alone. By others it reads each row that the policy allows.
  const unusable = `
    select distinct indexrelid::regclass || ' ' || operator.oprname
    from pg_index
    join pg_class on pg_class.oid = indrelid and relrowsecurity
    cross join unnest(indclass) as used (class)
    join pg_opclass on pg_opclass.oid = used.class
    join pg_amop on amopfamily = opcfamily and amoplefttype = opcintype and amoprighttype = opcintype
    join pg_operator as operator on operator.oid = amopopr
    join pg_proc on pg_proc.oid = oprcode
    where not proleakproof`;
  expect(await column(unusable)).toEqual([]);
});

describe('has', () => {
  it('two tenants with employees and reports', async () => {
    const counts = await one(
      `select count(distinct tenant_id)::int as tenants, count(*)::int as reports,
         (select count(*)::int from employees) as employees from expense_reports`,
    );
    expect(counts).toMatchObject({ tenants: 2 });
    expect(Number(counts.employees)).toBeGreaterThanOrEqual(50);
    expect(Number(counts.reports)).toBeGreaterThanOrEqual(2_000);
  });

  it('every status, deleted ones too, in both tenants', async () => {
    expect(
      await one('select count(distinct (tenant_id, status, deleted_at is null))::int as states from expense_reports'),
    ).toEqual({ states: 2 * 5 * 2 });
  });

  it('currencies with two, no and three decimals', async () => {
    expect(await column('select distinct currency from expense_reports order by 1')).toEqual(
      expect.arrayContaining(['EUR', 'JPY', 'KWD']),
    );
  });

  it('totals that are the sums of the items', async () => {
    expect(
      await column(
        `select id from expense_reports report where total_minor_units <>
           (select sum(minor_units) from expense_items where report_id = report.id)`,
      ),
    ).toEqual([]);
  });

  it('audit trails that agree with the reports', async () => {
    expect(
      await column(
        `select id from expense_reports report
         where array(select at from audit_entries where report_id = report.id and action in ('CREATED', 'SUBMITTED', 'PAID') order by sequence)
           <> array_remove(array[created_at, submitted_at, paid_at], null)`,
      ),
    ).toEqual([]);
  });
});

describe('personas', () => {
  it.each(['erin', 'mia', 'finn', 'ada'] as const)('%s is an employee with reports', async (name) => {
    const { objectId } = findPersona(name);
    expect(await column(`select id from employees where tenant_id = '${CONTOSO}' and id = '${objectId}'`)).toHaveLength(
      1,
    );
    expect((await column(`select id from expense_reports where author_id = '${objectId}'`)).length).toBeGreaterThan(10);
  });

  it.each(['gus', 'export-job'] as const)('%s is none', async (name) => {
    expect(await column(`select id from employees where id = '${findPersona(name).objectId}'`)).toEqual([]);
  });

  it('mia manages erin and a few others', async () => {
    const team = await column(`select name from employees where manager_id = '${findPersona('mia').objectId}'`);
    expect(team).toContain('Erin Engel');
    expect(team.length).toBeGreaterThan(2);
  });

  it('have names and ids of their own', () => {
    expect(new Set(personas.map(({ name }) => name)).size).toBe(6);
    expect(new Set(personas.map(({ objectId }) => objectId)).size).toBe(6);
  });
});
