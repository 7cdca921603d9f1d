import { sql } from 'kysely';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { type CallerDatabase, createCallerDatabase } from '../../../src/database/transactions/caller-database.js';
import { callerOf } from '../../support/callers.js';
import { createTestDatabase, openSuperuser, type TestDatabase } from '../../support/database.js';
import { openRelay, type Relay } from '../../support/network/relay.js';

let database: TestDatabase;
let superuser: pg.Client;
let relay: Relay;
let connections: Connections;
let opened: CallerDatabase<Record<string, never>>;

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = await openSuperuser(database);
  await superuser.query('create table notes (text text)');
  await superuser.query('grant select, insert on notes to public');
});
beforeEach(async () => {
  await superuser.query('truncate notes');
  relay = await openRelay(database.runtimeUrl);
  connections = createConnections({ url: relay.url });
  opened = createCallerDatabase(connections, callerOf('erin'));
});
afterEach(async () => {
  await relay.close();
  await opened.dispose();
  await connections.close();
});
afterAll(async () => {
  await superuser.end();
  await database.drop();
});

const insert = (text: string) => (inside: CallerDatabase<Record<string, never>>) =>
  sql`insert into notes values (${text})`.execute(inside.kysely);
const stored = async () => (await superuser.query('select text from notes order by text')).rows.map(({ text }) => text);
/** The error as the client gets it. */
const told = (writing: Promise<unknown>) =>
  writing.then(
    () => 'stored',
    ({ message, extensions }: { message: string; extensions: object }) => ({ message, ...extensions }),
  );

it('a change whose COMMIT has no answer is uncertain, and the error says which ones are stored', async () => {
  await opened.write(insert('first'), 'first');
  relay.swallowAnswerTo('commit\0');
  expect(await told(opened.write(insert('second'), 'second'))).toEqual({
    message: expect.stringMatching(/may have been stored.*before you repeat/),
    code: 'COMMIT_UNCERTAIN',
    committed: ['first'],
    uncertain: ['second'],
  });
  expect(await stored()).toEqual(['first', 'second']);
});

it('a change whose connection breaks before COMMIT is not stored, and may be repeated', async () => {
  const writing = opened.write(async (inside) => {
    await insert('lost')(inside);
    await superuser.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'entra-graphql'",
    );
    await insert('too')(inside);
  }, 'lost');
  expect(await told(writing)).toMatchObject({ code: 'SERVICE_UNAVAILABLE', committed: [] });
  expect(await stored()).toEqual([]);
});

it('a change that PostgreSQL refuses at COMMIT is not uncertain', async () => {
  await superuser.query(`
    create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'refused' using errcode = '40001';
    end $$;
    create constraint trigger late after insert on notes deferrable initially deferred
      for each row execute function refuse()`);
  expect(await told(opened.write(insert('refused'), 'refused'))).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    committed: [],
  });
  expect(await stored()).toEqual([]);
  await superuser.query('drop trigger late on notes; drop function refuse');
});
