import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineDevelopment } from '../../src/api/define-development.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let client: pg.Client;
beforeEach(async () => {
  database = await createEmptyDatabase();
  client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  await client.query('create table books (id int primary key, title text not null)');
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

async function seed(rows: readonly object[]): Promise<unknown> {
  const people = [{ name: 'nina', scopes: ['Books.Read'] }];
  const development = defineDevelopment({ resources: [{ people, rows: { books: rows }, calls: [] }] });
  return development.seed(database.ownerUrl).catch((error: unknown) => error);
}

describe('rows for development', () => {
  it('are stored once', async () => {
    await seed([{ id: 1, title: 'Emma' }]);
    await seed([{ id: 2, title: 'Persuasion' }]);
    expect((await client.query('select * from books')).rows).toEqual([{ id: 1, title: 'Emma' }]);
  });

  it.each([
    [
      'a column that the table does not have',
      { id: 1, titel: 'Emma' },
      'column "titel" of relation "books" does not exist',
    ],
    ['nothing for a column that must have a value', { id: 1 }, 'null value in column "title"'],
    ['a value of another type', { id: 'one', title: 'Emma' }, 'invalid input syntax for type integer: "one"'],
  ])('with %s: the error names the table, the mistake and the file', async (_what, row, mistake) => {
    const error = await seed([row]);
    expect(error).toMatchObject({ name: 'DatabaseSetupError' });
    expect(String(error)).toContain('The rows for development do not fit the table books');
    expect(String(error)).toContain(mistake);
    expect(String(error)).toContain('Correct the rows in development.ts.');
    expect((await client.query('select * from books')).rows).toEqual([]);
  });
});
