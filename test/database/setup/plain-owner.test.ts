import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../../src/database/setup/migrate.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/development/postgres/embedded-postgres.js';
import { createExpenses } from '../../../src/expenses/expenses.js';
import { expensesMigrations } from '../../../src/expenses/migration-folder.js';
import { openSuperuser } from '../../support/database.js';

/** A server of its own: roles belong to a server, and here nothing has created the run-time role. */
const folder = join(tmpdir(), `entra-graphql-plain-${randomUUID()}`);
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ projectFolder: folder, folder, durable: false });
  const client = await openSuperuser(postgres);
  for (const login of ['plain', 'app']) await client.query(`create role ${login} login password '${login}'`);
  await client.query('create database plain owner plain');
  await client.end();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

function urlOf(login: string): string {
  const url = new URL(postgres.superuserUrl);
  url.username = login;
  url.password = login;
  url.pathname = '/plain';
  return url.href;
}

it('an owner without CREATEROLE migrates where the run-time login exists, and the server starts', async () => {
  const run = () => migrate({ migrationUrl: urlOf('plain'), runtimeUrl: urlOf('app'), folders: [expensesMigrations] });
  expect(await run()).not.toEqual([]);
  expect(await run()).toEqual([]);
  const expenses = await createExpenses({ url: urlOf('app') });
  await expenses.close();
});

it('an owner without CREATEROLE gets advice if the run-time login is missing', async () => {
  const running = migrate({ migrationUrl: urlOf('plain'), runtimeUrl: urlOf('other'), folders: [expensesMigrations] });
  await expect(running).rejects.toMatchObject({
    name: 'DatabaseSetupError',
    message: expect.stringContaining('CREATEROLE'),
  });
});
