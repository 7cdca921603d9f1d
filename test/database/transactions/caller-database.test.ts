import { sql } from 'kysely';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { type CallerDatabase, createCallerDatabase } from '../../../src/database/transactions/caller-database.js';
import { CONTOSO, findPersona } from '../../../src/expenses/sample-data/personas.js';
import type { ExpensesTables } from '../../../src/expenses/tables.js';
import { callerOf, userCaller } from '../../support/callers.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { recordStatements } from '../../support/stores/record-statements.js';

const erin = findPersona('erin');

let database: TestDatabase;
let connections: Connections;
let pool: pg.Pool;
let statements: string[];
let opened: CallerDatabase<ExpensesTables>[];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => {
  connections = createConnections({ url: database.runtimeUrl, poolSize: 1 });
  pool = connections.pool;
  statements = recordStatements(pool);
  opened = [];
});
afterEach(async () => {
  for (const one of opened) await one.dispose();
  await connections.close();
});

function open(caller: Caller | undefined): CallerDatabase<ExpensesTables> {
  const one = createCallerDatabase<ExpensesTables>(connections, caller);
  opened.push(one);
  return one;
}

function countReports({ kysely }: CallerDatabase<ExpensesTables>): Promise<number> {
  return kysely
    .selectFrom('expense_reports')
    .select(sql<number>`count(*)`.as('count'))
    .executeTakeFirstOrThrow()
    .then(({ count }) => count);
}

function rename(to: string) {
  return ({ kysely }: CallerDatabase<ExpensesTables>) =>
    kysely.updateTable('expense_reports').set({ title: to }).where('status', '=', 'DRAFT').execute();
}

async function titles({ kysely }: CallerDatabase<ExpensesTables>): Promise<Set<string>> {
  const rows = await kysely.selectFrom('expense_reports').select('title').where('status', '=', 'DRAFT').execute();
  return new Set(rows.map(({ title }) => title));
}

const runStatement = (text: string, { kysely }: CallerDatabase<ExpensesTables>) => sql.raw(text).execute(kysely);

describe('reads', () => {
  it('take no connection before the first', async () => {
    open(callerOf('erin'));
    expect(pool.totalCount).toBe(0);
  });

  it('share one connection, though they are asked for at once', async () => {
    const one = open(callerOf('ada'));
    const counts = await Promise.all(Array.from({ length: 20 }, () => countReports(one)));
    expect(new Set(counts).size).toBe(1);
    expect(pool.totalCount).toBe(1);
  });

  it('cost no round trip more than the queries: the first takes what begins with it, and nothing waits for the end', async () => {
    const one = open(callerOf('ada'));
    await countReports(one);
    await countReports(one);
    await one.dispose();
    expect(statements).toEqual([
      expect.stringMatching(/^begin .*; select set_config.*; select count/),
      expect.stringMatching(/^select count/),
      'rollback',
    ]);
  });

  it('go out together', async () => {
    const one = open(callerOf('ada'));
    await countReports(one);
    statements.length = 0;
    const slow = runStatement('select pg_sleep(0.2)', one);
    const counts = Promise.all([countReports(one), countReports(one)]);
    await slow;
    const sentMeanwhile = [...statements];
    await counts;
    expect(sentMeanwhile).toHaveLength(3);
  });

  it('go on after those that failed, also when all went out together', async () => {
    const one = open(callerOf('ada'));
    const bad = () => runStatement('select 1 / 0', one);
    const good = () => countReports(one);
    const outcomes = await Promise.allSettled([good(), bad(), good(), bad(), bad(), good()]);
    const codes = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'read' : outcome.reason.code));
    expect(codes).toEqual(['read', '22012', 'read', '22012', '22012', 'read']);
    expect(pool.totalCount).toBe(1);
  });

  it('that are asked for while the request ends are refused, and the next caller gets no answer of theirs', async () => {
    const one = open(callerOf('ada'));
    await countReports(one);
    const slow = runStatement('select pg_sleep(0.1)', one);
    await new Promise((resolve) => setImmediate(resolve));
    const [read, , late] = await Promise.allSettled([slow, one.dispose(), countReports(one)]);
    expect([read.status, late.status]).toEqual(['fulfilled', 'rejected']);
    expect(await countReports(open(callerOf('gus')))).toBe(0);
  });

  it('see one state of the database, whatever others commit meanwhile', async () => {
    await connections.close();
    connections = createConnections({ url: database.runtimeUrl, poolSize: 3 });
    const reader = open(callerOf('erin'));
    const before = await titles(reader);
    await open(callerOf('erin')).write(rename('Renamed meanwhile'));
    expect(await titles(reader)).toEqual(before);
  });

  it('cannot write', async () => {
    await expect(rename('Not in a read')(open(callerOf('erin')))).rejects.toMatchObject({ code: '25006' });
  });

  it('go on after one that failed', async () => {
    const one = open(callerOf('ada'));
    const [failed, count] = await Promise.allSettled([runStatement('select 1 / 0', one), countReports(one)]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
    expect(count).toEqual({ status: 'fulfilled', value: expect.any(Number) });
  });
});

describe('what the caller is', () => {
  it('is passed to row-level security', async () => {
    expect(await countReports(open(callerOf('ada')))).toBeGreaterThan(1_000);
  });

  it('shows no row without a caller', async () => {
    expect(await countReports(open(undefined))).toBe(0);
  });

  it('shows no row to a connection without settings', async () => {
    expect((await pool.query('select from expense_reports')).rowCount).toBe(0);
  });

  it('is forgotten with the transaction: the next one on the connection shows no row', async () => {
    const one = open(callerOf('ada'));
    await countReports(one);
    await one.dispose();
    expect((await pool.query('select from expense_reports')).rowCount).toBe(0);
    expect(pool.totalCount).toBe(1);
  });

  it('is not taken over by the next caller of the connection', async () => {
    const first = open(callerOf('ada'));
    await countReports(first);
    await first.dispose();
    expect(await countReports(open(callerOf('gus')))).toBe(0);
  });

  it('cannot be changed by what a token contains', async () => {
    const quote = `x', true), set_config('entra.roles', '["Expenses.Auditor"]', true), set_config('entra.kind', 'member`;
    const caller = userCaller({ objectId: erin.objectId, roles: new Set([quote, '\\', '"', 'Ä', '"]']) });
    const mischievous = open(caller);
    const count = await countReports(mischievous);
    await mischievous.dispose();
    expect(count).toBe(await countReports(open(callerOf('erin'))));
  });
});

describe('write', () => {
  it('commits what resolves, and later reads see it', async () => {
    const one = open(callerOf('erin'));
    await titles(one);
    await one.write(rename('Committed'));
    expect(await titles(one)).toEqual(new Set(['Committed']));
  });

  it('rolls back what rejects', async () => {
    const one = open(callerOf('erin'));
    const before = await titles(one);
    const failing = one.write(async (inside) => {
      await rename('Rolled back')(inside);
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await titles(one)).toEqual(before);
  });

  it('rejects when a statement failed, even if the work does not mind', async () => {
    const one = open(callerOf('erin'));
    const before = await titles(one);
    const careless = one.write(async (inside) => {
      await rename('Half done')(inside);
      await runStatement('select 1 / 0', inside).catch(() => undefined);
    });
    await expect(careless).rejects.toMatchObject({ code: '22012' });
    expect(await titles(one)).toEqual(before);
  });

  it('needs one connection, also after reads', async () => {
    const one = open(callerOf('erin'));
    await titles(one);
    await one.write(async (inside) => titles(inside));
    await titles(one);
    expect(pool.totalCount).toBe(1);
  });

  it('makes reads wait that are asked for meanwhile', async () => {
    const one = open(callerOf('erin'));
    const [, read] = await Promise.all([one.write(rename('Waited for')), titles(one)]);
    expect(read).toEqual(new Set(['Waited for']));
  });

  it('runs one after the other', async () => {
    const one = open(callerOf('erin'));
    await Promise.all([one.write(rename('First')), one.write(rename('Second'))]);
    expect(await titles(one)).toEqual(new Set(['Second']));
  });

  it('cannot contain another one', async () => {
    await expect(open(callerOf('erin')).write((inside) => inside.write(titles))).rejects.toThrow(TypeError);
  });

  it('does not lend its connection: a statement that comes too late is refused', async () => {
    let late: Promise<unknown> | undefined;
    await open(callerOf('ada')).write(async (inside) => {
      setTimeout(() => {
        late = countReports(inside);
        late.catch(() => undefined);
      }, 20);
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await expect(late).rejects.toThrow(TypeError);
  });

  it('gives the connection back in order', async () => {
    await open(callerOf('erin')).write(rename('In order'));
    expect((await pool.query("select nullif(current_setting('entra.tenant_id', true), '') as tenant")).rows).toEqual([
      { tenant: null },
    ]);
    expect(pool.totalCount).toBe(1);
  });
});

describe('dispose', () => {
  it('gives the connection back', async () => {
    const one = open(callerOf('erin'));
    await titles(one);
    expect(pool.idleCount).toBe(0);
    await one.dispose();
    expect(pool.idleCount).toBe(1);
  });

  it('may be called twice, and without anything open', async () => {
    const one = open(callerOf('erin'));
    await Promise.all([one.dispose(), one.dispose()]);
    await one.dispose();
  });

  it('refuses what comes later', async () => {
    const one = open(callerOf('erin'));
    await one.dispose();
    await expect(titles(one)).rejects.toThrow();
    await expect(one.write(titles)).rejects.toThrow();
    expect(pool.totalCount).toBe(0);
  });
});

it('counts rows as numbers and leaves days alone', async () => {
  const { rows } = await sql<Record<string, unknown>>`
    select count(*) as count, date '2026-03-01' as day from employees where tenant_id = ${CONTOSO}
  `.execute(open(callerOf('erin')).kysely);
  expect(rows).toEqual([{ count: 42, day: '2026-03-01' }]);
});

it('refuses a number that JavaScript cannot represent', async () => {
  const { kysely } = open(callerOf('erin'));
  await expect(sql`select 9007199254740993 as big`.execute(kysely)).rejects.toThrow(RangeError);
});

it('opens transactions in one way only', async () => {
  const { kysely } = open(callerOf('erin'));
  const transaction = kysely.transaction().execute(async (inside) => sql`select 1`.execute(inside));
  await expect(transaction).rejects.toThrow(TypeError);
});
