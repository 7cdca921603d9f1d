import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { type CallerDatabase, createCallerDatabase } from '../../../src/database/transactions/caller-database.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/development/postgres/embedded-postgres.js';
import { callerOf } from '../../support/callers.js';

/** A server of its own, which these tests stop and start on one port. */
const folder = join(tmpdir(), `entra-graphql-test-${randomUUID()}`);

let postgres: EmbeddedPostgres;
let connections: Connections;
let pool: pg.Pool;
let warnings: string[];
let opened: CallerDatabase<Record<string, never>>[];

beforeAll(async () => {
  postgres = await start();
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  warnings = [];
  opened = [];
  connections = createConnections({
    url: postgres.ownerUrl,
    poolSize: 3,
    logger: { warn: (_details, message) => void warnings.push(message) },
  });
  pool = connections.pool;
});
afterEach(async () => {
  for (const database of opened) await database.dispose();
  await connections.close();
});

function start(port?: number): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ projectFolder: folder, folder, durable: false, ...(port && { port }) });
}

/** Runs `during` while PostgreSQL is stopped. */
async function outage(during: () => Promise<void>): Promise<void> {
  const port = Number(new URL(postgres.ownerUrl).port);
  await postgres.stop();
  try {
    await during();
  } finally {
    postgres = await start(port);
  }
}

function open(): CallerDatabase<Record<string, never>> {
  const database = createCallerDatabase<Record<string, never>>(connections, callerOf('erin'));
  opened.push(database);
  return database;
}

const query = ({ kysely }: CallerDatabase<Record<string, never>>) => sql`select 1 as one`.execute(kysely);
const unavailable = { extensions: { code: 'SERVICE_UNAVAILABLE' } };

describe('while PostgreSQL is down', () => {
  it('a request gets an error that says so, and the next one after the restart is served', async () => {
    await query(open());
    await outage(async () => {
      await expect(query(open())).rejects.toMatchObject(unavailable);
    });
    expect((await query(open())).rows).toEqual([{ one: 1 }]);
  });

  it('ping rejects, and resolves afterwards', async () => {
    await outage(() => expect(connections.ping()).rejects.toMatchObject(unavailable));
    await expect
      .poll(
        () =>
          connections.ping().then(
            () => 'ready',
            () => 'not ready',
          ),
        { timeout: 5_000 },
      )
      .toBe('ready');
  });

  it('unused connections are noticed, and the process goes on', async () => {
    await query(open()).then(() => opened[0]?.dispose());
    await outage(() => expect.poll(() => pool.totalCount).toBe(0));
    expect(warnings).not.toEqual([]);
  });
});

describe('when PostgreSQL goes down in the middle', () => {
  it('of a request that reads, the request gets an error that says so and goes on after the restart', async () => {
    const database = open();
    await query(database);
    await outage(() => expect(query(database)).rejects.toMatchObject(unavailable));
    expect((await query(database)).rows).toEqual([{ one: 1 }]);
  });

  it('of a transaction that writes, nothing of it is stored', async () => {
    await pool.query('create table notes (text text)');
    const database = open();
    const writing = database.write(async (inside) => {
      await sql`insert into notes values ('lost')`.execute(inside.kysely);
      await outage(() => Promise.resolve());
      await sql`insert into notes values ('too')`.execute(inside.kysely);
    });
    await expect(writing).rejects.toMatchObject(unavailable);
    expect((await sql`select from notes`.execute(database.kysely)).rows).toEqual([]);
  });

  it('the reason is the outage, whatever the work makes of it', async () => {
    const database = open();
    const denying = database.write(async (inside) => {
      await outage(() => Promise.resolve());
      const isAllowed = await query(inside).then(
        () => true,
        () => false,
      );
      if (!isAllowed) throw new RangeError('denied');
    });
    await expect(denying).rejects.toMatchObject(unavailable);
  });

  it('what is disposed of later does not fail', async () => {
    const database = open();
    await query(database);
    await outage(() => database.dispose());
    await expect.poll(() => pool.totalCount).toBe(0);
  });
});

it('a connection that an administrator ends is replaced', async () => {
  const database = open();
  await query(database);
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'entra-graphql' and pid <> pg_backend_pid()`,
  );
  const answer = () =>
    query(database)
      .then(({ rows }) => rows)
      .catch(() => []);
  await expect.poll(answer).toEqual([{ one: 1 }]);
});

it('a statement that takes longer than its time is not a fault of the request, which goes on', async () => {
  const sleep = (seconds: number, { kysely }: CallerDatabase<Record<string, never>>) =>
    sql`select pg_sleep(${seconds})`.execute(kysely);
  const limits = { ...defaultLimits, statementSeconds: 0.05 };
  const hasty = createConnections({ url: postgres.ownerUrl, poolSize: 1, limits });
  const database = createCallerDatabase<Record<string, never>>(hasty, callerOf('erin'));
  expect((await sleep(limits.statementSeconds + 0.01, open())).rows).toHaveLength(1);
  await expect(sleep(30, database)).rejects.toMatchObject({ code: '57014', ...unavailable });
  expect((await query(database)).rows).toEqual([{ one: 1 }]);
  await database.dispose();
  await hasty.close();
});

it('a transaction that no statement uses is ended when its time is over, and another one is not', async () => {
  const limits = { ...defaultLimits, idleTransactionSeconds: 0.2 };
  const short = createConnections({ url: postgres.ownerUrl, poolSize: 1, limits });
  const idle = createCallerDatabase<Record<string, never>>(short, callerOf('erin'));
  const usual = open();
  const backendOf = async ({ kysely }: CallerDatabase<Record<string, never>>) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(kysely);
    return rows[0]?.pid;
  };
  const untilGone = async (pid: number | undefined) => {
    const found = async () => (await pool.query('select from pg_stat_activity where pid = $1', [pid])).rowCount;
    await expect.poll(found).toBe(0);
  };
  const [kept, ended] = [await backendOf(usual), await backendOf(idle)];
  await untilGone(ended);
  expect(await backendOf(usual)).toBe(kept);
  // A read begins another transaction. A change would be lost in part.
  expect(await backendOf(idle)).not.toBe(ended);
  const change = idle.write(async (inside) => {
    await untilGone(await backendOf(inside));
    await query(inside);
  });
  await expect(change).rejects.toMatchObject(unavailable);
  await idle.dispose();
  await short.close();
});

it('statements and idle transactions are bounded', async () => {
  const { rows } = await sql`
    select name, setting from pg_settings
    where name in ('statement_timeout', 'idle_in_transaction_session_timeout') order by name`.execute(open().kysely);
  expect(rows).toEqual([
    { name: 'idle_in_transaction_session_timeout', setting: String(defaultLimits.idleTransactionSeconds * 1000) },
    { name: 'statement_timeout', setting: String(defaultLimits.statementSeconds * 1000) },
  ]);
});
