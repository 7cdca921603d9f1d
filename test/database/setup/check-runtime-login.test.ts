import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPool } from '../../../src/database/connections/pool.js';
import { checkRuntimeLogin } from '../../../src/database/setup/check-runtime-login.js';
import { expensesMigrations } from '../../../src/expenses/migration-folder.js';
import { createEmptyDatabase, createTestDatabase, openSuperuser, type TestDatabase } from '../../support/database.js';

const PASSWORD = 'secret';

let database: TestDatabase;
let login: string;
let superuser: pg.Client;

beforeEach(async () => {
  database = await createTestDatabase();
  login = `login_${randomUUID().replaceAll('-', '')}`;
  superuser = await openSuperuser(database);
  await superuser.query(`create role ${login} login password '${PASSWORD}' in role entra_graphql_runtime`);
});
afterEach(async () => {
  await superuser.query(`reassign owned by ${login} to current_user; drop owned by ${login}; drop role ${login}`);
  await superuser.end();
  await database.drop();
});

/** @returns the problems found, or none */
async function check(url = urlOf(login)): Promise<readonly string[]> {
  const pool = createPool({ url });
  try {
    await checkRuntimeLogin(pool, [expensesMigrations]);
    return [];
  } catch (error) {
    if (error instanceof Error && 'problems' in error) return error.problems as string[];
    throw error;
  } finally {
    await pool.end();
  }
}

function urlOf(user: string): string {
  const url = new URL(database.runtimeUrl);
  url.username = user;
  url.password = PASSWORD;
  return url.href;
}

it('finds nothing wrong with the login that migrate creates', async () => {
  expect(await check(database.runtimeUrl)).toEqual([]);
});

it('finds nothing wrong with another member of the run-time role', async () => {
  expect(await check()).toEqual([]);
});

it('refuses a superuser, in one line', async () => {
  expect(await check(database.superuserUrl)).toEqual([expect.stringContaining('superuser')]);
});

it('refuses a login with BYPASSRLS', async () => {
  await superuser.query(`alter role ${login} bypassrls`);
  expect(await check()).toEqual([expect.stringContaining('BYPASSRLS')]);
});

it('refuses a login that can become one with BYPASSRLS', async () => {
  const powerful = `powerful_${login}`;
  await superuser.query(`create role ${powerful} bypassrls; grant ${powerful} to ${login}`);
  try {
    expect(await check()).toEqual([expect.stringContaining('BYPASSRLS')]);
  } finally {
    await superuser.query(`drop role ${powerful}`);
  }
});

it('refuses a login that owns a table', async () => {
  await superuser.query(`alter table bank_accounts owner to ${login}`);
  expect(await check()).toEqual([expect.stringContaining('owns the table bank_accounts and')]);
});

it('refuses the owner of the tables', async () => {
  expect(await check(database.ownerUrl)).toEqual([
    expect.stringMatching(/owns the tables .*audit_entries, .*employees.* DATABASE_MIGRATION_URL\.$/),
  ]);
});

it('refuses a login that can become the owner', async () => {
  await superuser.query(`grant entra_graphql_owner to ${login}`);
  try {
    expect(await check()).toEqual([expect.stringMatching(/owns the tables .*employees/)]);
  } finally {
    await superuser.query(`revoke entra_graphql_owner from ${login}`);
  }
});

it('refuses a table that has no row-level security', async () => {
  await superuser.query('alter table bank_accounts disable row level security');
  expect(await check()).toEqual([expect.stringContaining('bank_accounts')]);
});

it('refuses a table whose row-level security is not forced', async () => {
  await superuser.query('alter table bank_accounts no force row level security');
  expect(await check()).toEqual([expect.stringContaining('bank_accounts')]);
});

it('does not mind an unprotected table that the login cannot use', async () => {
  await superuser.query('create table unrelated (id int)');
  expect(await check()).toEqual([]);
});

it('refuses a view, which shows what its owner sees', async () => {
  await superuser.query(`create view everything as select * from employees; grant select on everything to ${login}`);
  expect(await check()).toEqual([expect.stringContaining('everything')]);
});

it('does not mind a view that shows what the caller sees', async () => {
  await superuser.query(
    `create view visible with (security_invoker) as select * from employees; grant select on visible to ${login}`,
  );
  expect(await check()).toEqual([]);
});

it('refuses a login that may create temporary tables', async () => {
  const name = new URL(database.superuserUrl).pathname.slice(1);
  await superuser.query(`grant temporary on database ${name} to public`);
  expect(await check()).toEqual([expect.stringContaining('temporary tables')]);
});

it('refuses a login that may truncate', async () => {
  await superuser.query(`grant truncate on bank_accounts to ${login}`);
  expect(await check()).toEqual([expect.stringContaining('TRUNCATE')]);
});

it('has one line for all tables that the login may truncate', async () => {
  await superuser.query(`grant truncate on bank_accounts, employees to ${login}`);
  expect(await check()).toEqual([expect.stringContaining('REVOKE TRUNCATE ON bank_accounts, employees.')]);
});

it('refuses a database that is not up to date', async () => {
  await superuser.query("delete from entra_migrations where name = 'expenses/0002-row-security'");
  expect(await check()).toEqual([expect.stringContaining('expenses/0002-row-security')]);
});

it('refuses an empty database', async () => {
  const empty = await createEmptyDatabase();
  try {
    expect(await check(empty.runtimeUrl)).toEqual([expect.stringContaining('npm run migrate')]);
  } finally {
    await empty.drop();
  }
});

it('refuses a migration that was edited', async () => {
  await superuser.query("update entra_migrations set checksum = 'other' where name = 'expenses/0001-tables'");
  expect(await check()).toEqual([expect.stringContaining('expenses/0001-tables')]);
});
