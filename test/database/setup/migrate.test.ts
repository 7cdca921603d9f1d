import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../../src/database/setup/migrate.js';
import type { MigrationFolder } from '../../../src/database/setup/migration-files.js';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.js';

let database: TestDatabase;
let path: string;
let folder: MigrationFolder;

beforeEach(async () => {
  database = await createEmptyDatabase();
  path = join(tmpdir(), `entra-graphql-test-${randomUUID()}`);
  mkdirSync(path);
  folder = { room: 'books', url: pathToFileURL(`${path}/`) };
  writeMigration('0001-books', 'create table books (id int);');
});
afterEach(async () => {
  await database.drop();
  rmSync(path, { recursive: true });
});

function writeMigration(name: string, sql: string): void {
  writeFileSync(join(path, `${name}.sql`), sql);
}

function run(options: { runtimeUrl?: string } = {}): Promise<string[]> {
  const { ownerUrl: migrationUrl, runtimeUrl } = database;
  return migrate({ migrationUrl, runtimeUrl, folders: [folder], ...options });
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('migrate', () => {
  it("applies the database's own migrations, then the resource's", async () => {
    expect(await run()).toEqual([
      'database/0001-caller',
      'database/0002-claims',
      'database/0003-agent',
      'database/0003-idempotency-keys',
      'database/0004-access-entries',
      'database/0005-revocations',
      'database/0006-each-caller',
      'database/0007-clean-up',
      'database/0008-access-entry-rows',
      'books/0001-books',
    ]);
  });

  it('does nothing the second time', async () => {
    await run();
    expect(await run()).toEqual([]);
  });

  it('lets the run-time login connect again when somebody took that from everybody', async () => {
    const name = new URL(database.runtimeUrl).pathname.slice(1);
    await query(database.superuserUrl, `revoke connect on database ${name} from public`);
    await expect(query(database.runtimeUrl, 'select')).rejects.toMatchObject({ code: '42501' });
    await run();
    expect(await query(database.runtimeUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('applies what was added', async () => {
    await run();
    writeMigration('0002-titles', 'alter table books add title text;');
    expect(await run()).toEqual(['books/0002-titles']);
  });

  it('applies everything once when two start at the same time', async () => {
    const applied = await Promise.all([run(), run(), run()]);
    expect(applied.flat().sort()).toEqual([
      'books/0001-books',
      'database/0001-caller',
      'database/0002-claims',
      'database/0003-agent',
      'database/0003-idempotency-keys',
      'database/0004-access-entries',
      'database/0005-revocations',
      'database/0006-each-caller',
      'database/0007-clean-up',
      'database/0008-access-entry-rows',
    ]);
  });

  it('applies nothing when one of them fails', async () => {
    writeMigration('0002-broken', 'alter table nothing add title text;');
    await expect(run()).rejects.toMatchObject({ cause: { code: '42P01' } });
    expect(await query(database.ownerUrl, "select to_regclass('books') as books")).toEqual([{ books: null }]);
  });

  it.each([
    ['a word', '-- Größe 📏\nalter tabel books add title text;', ', line 2: syntax error at or near "tabel"'],
    ['a table', 'select 1;\n\nalter table nothing add title text;', ': relation "nothing" does not exist'],
    [
      'a row',
      'insert into books values (1);\ncreate unique index on books ((1)); insert into books values (2);',
      ': duplicate key',
    ],
  ])('names the file and the line of a mistake: %s', async (_what, sql, says) => {
    writeMigration('0002-broken', sql);
    const error = await run().catch((error: unknown) => error);
    expect(error).toMatchObject({ name: 'DatabaseSetupError' });
    expect(String(error)).toContain(`The migration books/0002-broken.sql failed${says}`);
    expect(String(error)).toContain('Correct the file, then start again.');
  });

  it('refuses a migration that was edited after it was applied', async () => {
    await run();
    writeMigration('0001-books', 'create table books (id bigint);');
    await expect(run()).rejects.toMatchObject({ name: 'DatabaseSetupError' });
  });

  it('accepts other line ends', async () => {
    writeMigration('0002-two-lines', 'select 1;\nselect 2;\n');
    await run();
    writeMigration('0002-two-lines', 'select 1;\r\nselect 2;\r\n');
    expect(await run()).toEqual([]);
  });

  it('refuses a database that newer code has been at', async () => {
    await run();
    rmSync(join(path, '0001-books.sql'));
    await expect(run()).rejects.toMatchObject({ name: 'DatabaseSetupError' });
  });

  it('says that the database is missing', async () => {
    const nowhere = 'postgres://owner:secret@127.0.0.1:1/nowhere';
    await expect(migrate({ migrationUrl: nowhere, runtimeUrl: nowhere, folders: [] })).rejects.toMatchObject({
      name: 'DatabaseSetupError',
      message: expect.stringMatching(
        /^DATABASE_MIGRATION_URL: 127\.0\.0\.1:1\/nowhere as owner: .*ECONNREFUSED.* Check host and port/,
      ),
    });
  });
});

describe('the run-time login', () => {
  const login = `login_${randomUUID().replaceAll('-', '')}`;
  const runtimeUrlWith = (password: string) => {
    const url = new URL(database.runtimeUrl);
    url.username = login;
    url.password = encodeURIComponent(password);
    return url.href;
  };

  afterEach(async () => {
    await query(inject('postgres').superuserUrl, `drop role if exists ${login}`);
  });

  it('is created with its password, whatever characters that has', async () => {
    const runtimeUrl = runtimeUrlWith(`p'ä@/:?#"\\ %`);
    await run({ runtimeUrl });
    expect(await query(runtimeUrl, 'select current_user')).toEqual([{ current_user: login }]);
  });

  it('has no other rights than those that migrations give', async () => {
    await run({ runtimeUrl: runtimeUrlWith('secret') });
    expect(
      await query(
        database.ownerUrl,
        `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles where rolname = '${login}'`,
      ),
    ).toEqual([
      { rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false, rolbypassrls: false },
    ]);
    await expect(query(runtimeUrlWith('secret'), 'select from books')).rejects.toMatchObject({ code: '42501' });
  });

  it('has to be named', async () => {
    const nameless = new URL(database.runtimeUrl);
    nameless.username = '';
    nameless.password = '';
    await expect(run({ runtimeUrl: nameless.href })).rejects.toMatchObject({ name: 'DatabaseSetupError' });
  });

  it('keeps its password when it exists', async () => {
    await run({ runtimeUrl: runtimeUrlWith('first') });
    await run({ runtimeUrl: runtimeUrlWith('second') });
    expect(await query(runtimeUrlWith('first'), 'select')).toHaveLength(1);
    await expect(query(runtimeUrlWith('second'), 'select')).rejects.toMatchObject({ code: '28P01' });
  });

  it('never reaches the server in a form that could be logged', async () => {
    const sent: string[] = [];
    const send = pg.Client.prototype.query;
    // biome-ignore lint/suspicious/noExplicitAny: whatever it is called with
    pg.Client.prototype.query = function (this: pg.Client, ...given: any[]) {
      sent.push(JSON.stringify(given));
      return Reflect.apply(send, this, given);
    } as typeof send;
    try {
      await run({ runtimeUrl: runtimeUrlWith('not-to-be-seen') });
    } finally {
      pg.Client.prototype.query = send;
    }
    expect(sent.join()).toContain('SCRAM-SHA-256$');
    expect(sent.join()).not.toContain('not-to-be-seen');
  });
});
