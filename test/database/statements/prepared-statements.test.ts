import { sql } from 'kysely';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { type CallerDatabase, createCallerDatabase } from '../../../src/database/transactions/caller-database.js';
import { createEventDatabases } from '../../../src/database/transactions/event-database.js';
import { callerOf } from '../../support/callers.js';
import { createTestDatabase, openSuperuser, type TestDatabase } from '../../support/database.js';

type Opened = CallerDatabase<Record<string, never>>;

let database: TestDatabase;
let superuser: pg.Client;
let connections: Connections;

beforeAll(async () => {
  database = await createTestDatabase();
  superuser = await openSuperuser(database);
  await superuser.query('create table notes (text text, size int)');
  await superuser.query('grant select, insert on notes to public');
});
beforeEach(async () => {
  await superuser.query("truncate notes; insert into notes values ('one', 1)");
  connections = createConnections({ url: database.runtimeUrl, poolSize: 1 });
});
afterEach(() => connections.close());
afterAll(async () => {
  await superuser.end();
  await database.drop();
});

async function request<Result>(work: (opened: Opened) => Promise<Result>): Promise<Result> {
  const opened = createCallerDatabase<Record<string, never>>(connections, callerOf('erin'));
  try {
    return await work(opened);
  } finally {
    await opened.dispose();
  }
}
const notes = ({ kysely }: Pick<Opened, 'kysely'>) => sql`select text, size from notes`.execute(kysely);
const note = (text: string) => (opened: Opened) =>
  opened.write((inside) => sql`insert into notes values (${text}, 2)`.execute(inside.kysely));
const readNotes = () => request(notes).then(({ rows }) => rows);
/** Texts of what the only connection has prepared. */
const prepared = async () =>
  (await connections.pool.query('select statement from pg_prepared_statements order by statement')).rows.map(
    ({ statement }) => String(statement).split(' ').slice(0, 2).join(' '),
  );
const changeType = async () => {
  const { rows } = await superuser.query('select pg_typeof(size) as type from notes');
  await superuser.query(`alter table notes alter size type ${rows[0].type === 'integer' ? 'bigint' : 'integer'}`);
};
const backend = async () => (await connections.pool.query('select pg_backend_pid() as pid')).rows[0].pid;
const forgetPrepared = () => connections.pool.query('discard all');
const stored = async () => (await superuser.query('select text from notes order by text')).rows.map(({ text }) => text);

describe('statements', () => {
  it('are prepared when they come for the second time, and what opens a transaction is one of them', async () => {
    await readNotes();
    await request(({ kysely }) => sql`select 'once'`.execute(kysely));
    expect(await prepared()).toEqual(['begin isolation', "select set_config('entra.tenant_id',"]);
    await readNotes();
    expect(await prepared()).toEqual(['begin isolation', "select set_config('entra.tenant_id',", 'select text,']);
  });

  it('are not prepared where that is off', async () => {
    await connections.close();
    connections = createConnections({ url: database.runtimeUrl, poolSize: 1, prepares: false });
    for (let time = 0; time < 3; time += 1) expect(await readNotes()).toEqual([{ text: 'one', size: 1 }]);
    expect(await prepared()).toEqual([]);
  });

  it('fail when they return a number that JavaScript cannot represent, and those after them run', async () => {
    for (let time = 0; time < 3; time += 1) {
      const reading = request(({ kysely }) => sql`select ${'9007199254740993'}::bigint as number`.execute(kysely));
      await expect(reading).rejects.toThrow('The database holds a number that JavaScript cannot represent exactly');
      expect(await readNotes()).toEqual([{ text: 'one', size: 1 }]);
    }
  });

  it.each([
    ['are bounded on each connection: others are not prepared', defaultLimits.preparedStatementsSeconds, 1],
    ['are bounded on each connection: a full one is replaced after its time', 0, 6],
  ])('%s', async (_name, preparedStatementsSeconds, expected) => {
    await connections.close();
    const limits = { ...defaultLimits, preparedStatements: 4, preparedStatementsSeconds };
    connections = createConnections({ url: database.runtimeUrl, poolSize: 1, limits });
    const backends = new Set<unknown>();
    for (let number = 0; number < 12; number += 1) {
      const read = () =>
        request(({ kysely }) => sql.raw(`select ${number}, pg_backend_pid() as backend`).execute(kysely));
      await read();
      const { rows } = await read();
      expect(Object.values(Object(rows[0]))).toContain(number);
      backends.add(Object(rows[0]).backend);
      expect((await prepared()).length).toBeLessThanOrEqual(4);
    }
    expect(backends.size).toBe(expected);
  });
});

describe.each([
  ['a migration has changed the types of', changeType],
  ['the connection has forgotten', forgetPrepared],
])('when %s what is prepared', (_name, spoil) => {
  let before: unknown;
  beforeEach(async () => {
    for (let time = 0; time < 3; time += 1) {
      await readNotes();
      await request((opened) => opened.write((inside) => notes(inside)));
    }
    await spoil();
    before = await backend();
  });
  afterEach(async () => expect(await backend()).not.toBe(before));

  it('a read is run again on another connection', async () => {
    expect(await readNotes()).toEqual([{ text: 'one', size: 1 }]);
  });

  it('the first statement of a change is run again on another connection, and the work is not', async () => {
    let times = 0;
    const change = request((opened) =>
      opened.write(async (inside) => {
        times += 1;
        await notes(inside);
        await sql`insert into notes values ('two', 2)`.execute(inside.kysely);
      }),
    );
    await change;
    expect([times, await stored()]).toEqual([1, ['one', 'two']]);
  });

  it('statements of a change that are sent at once are run on another connection, and it has its end', async () => {
    await request((opened) =>
      opened.write((inside) =>
        Promise.all([notes(inside), sql`insert into notes values ('two', 2)`.execute(inside.kysely)]),
      ),
    );
    expect([await stored(), connections.pool.idleCount]).toEqual([['one', 'two'], 1]);
  });

  it('an event is read again on another connection', async () => {
    const open = createEventDatabases<Record<string, never>>(connections, 1);
    expect((await notes(open(callerOf('erin')))).rows).toEqual([{ text: 'one', size: 1 }]);
  });
});

it('a change whose later statement meets another type is not stored, and the client may repeat it', async () => {
  const change = (spoil: () => Promise<unknown>) =>
    request((opened) =>
      opened.write(async (inside) => {
        await sql`select 1`.execute(inside.kysely);
        await spoil();
        await notes(inside);
        await sql`insert into notes values ('two', 2)`.execute(inside.kysely);
      }),
    );
  for (let time = 0; time < 2; time += 1) await request((opened) => opened.write((inside) => notes(inside)));
  await expect(change(changeType)).rejects.toMatchObject({
    extensions: { code: 'SERVICE_UNAVAILABLE', committed: [] },
  });
  expect(await stored()).toEqual(['one']);
  await change(async () => undefined);
  expect(await stored()).toEqual(['one', 'two']);
});

describe('what opens a transaction', () => {
  it('has nothing of the caller in its text', async () => {
    for (let time = 0; time < 2; time += 1) await readNotes();
    const { rows } = await connections.pool.query('select statement from pg_prepared_statements');
    const { tenantId, objectId } = callerOf('erin');
    expect(rows).toHaveLength(3);
    for (const { statement } of rows) expect(statement).not.toMatch(new RegExp(`${tenantId}|${objectId}|member`));
  });

  it('keeps the first statement from being run when it fails', async () => {
    await connections.close();
    // A number that PostgreSQL does not take.
    const limits = { ...defaultLimits, statementSeconds: -1 };
    connections = createConnections({ url: database.runtimeUrl, poolSize: 1, limits });
    await expect(request(note('two'))).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
    await expect(readNotes()).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
    expect(await stored()).toEqual(['one']);
  });
});
