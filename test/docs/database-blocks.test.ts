import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, openSuperuser, type TestDatabase } from '../support/database.js';
import { blocksIn } from './code-blocks.js';

/** Tables of the reader's own, which a page joins with ours. */
const TABLES_OF_READERS = `
  create temporary table entra_sign_ins (
    unique_token_identifier text, user_principal_name text, ip_address text, device text, conditional_access_status text
  )`;

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = await openSuperuser(database);
  await client.query(TABLES_OF_READERS);
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

it.each(blocksIn('sql'))('%s is SQL that PostgreSQL runs', async (_place, { text }) => {
  await client.query('begin');
  try {
    await expect(client.query(text)).resolves.toBeDefined();
  } finally {
    await client.query('rollback');
  }
});
