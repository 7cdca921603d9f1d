import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { createEventDatabases } from '../../../src/database/transactions/event-database.js';
import type { ExpensesTables } from '../../../src/expenses/tables.js';
import { callerOf } from '../../support/callers.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { recordStatements } from '../../support/stores/record-statements.js';

let database: TestDatabase;
let connections: Connections;
let pool: pg.Pool;
let statements: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  connections = createConnections({ url: database.runtimeUrl });
  pool = connections.pool;
  statements = recordStatements(pool);
});
afterAll(async () => {
  await connections.close();
  await database.drop();
});

const countReports = ({ kysely }: ReturnType<Open>) => kysely.selectFrom('expense_reports').select('id').execute();

type Open = ReturnType<typeof createEventDatabases<ExpensesTables>>;
/** First byte of what ends an idle connection (PostgreSQL: Message Formats). One of an earlier test may end meanwhile. */
const TERMINATE = 0x58;
const NO_REPORT = '00000000-0000-4000-8000-000000000000';
const findReport = ({ kysely }: ReturnType<Open>, id: string) =>
  kysely.selectFrom('expense_reports').select('id').where('id', '=', id).execute();

describe('the database of events', () => {
  it('uses no more connections than its share, however many callers read', async () => {
    const open = createEventDatabases<ExpensesTables>(connections, 2);
    const most = { connections: 0 };
    pool.on('acquire', () => {
      most.connections = Math.max(most.connections, pool.totalCount - pool.idleCount);
    });
    const callers = ['erin', 'mia', 'finn', 'ada', 'export-job'] as const;
    await Promise.all(
      Array.from({ length: 3 * defaultLimits.eventBatch }, (_, index) =>
        findReport(open(callerOf(callers[index % 5] ?? 'erin')), NO_REPORT),
      ),
    );
    expect([most.connections, pool.idleCount]).toEqual([2, pool.totalCount]);
  });

  it('survives a connection that breaks before anything listens to it', async () => {
    const client = await pool.connect();
    expect(() => client.emit('error', new Error('terminating connection'))).not.toThrow();
    client.release(true);
    expect(
      (await countReports(createEventDatabases<ExpensesTables>(connections, 1)(callerOf('erin')))).length,
    ).toBeGreaterThan(0);
  });

  it('shows the rows of its caller, and nothing of them stays on the connection', async () => {
    const open = createEventDatabases<ExpensesTables>(connections, 1);
    const [all, own, none] = [open(callerOf('ada')), open(callerOf('erin')), open(callerOf('gus'))];
    const counts = await Promise.all([all, own, none, all].map(async (of) => (await countReports(of)).length));
    expect(counts[0]).toBeGreaterThan(counts[1] ?? 0);
    expect(counts[1]).toBeGreaterThan(0);
    expect([counts[2], counts[3]]).toEqual([0, counts[0]]);
  });

  it('gives rows that cannot be changed, since several answers share them', async () => {
    const [row] = await countReports(createEventDatabases<ExpensesTables>(connections, 1)(callerOf('erin')));
    expect(() => Object.assign(row ?? {}, { id: 'other' })).toThrow(TypeError);
  });

  it('gives its connection back when a statement fails', async () => {
    const { kysely } = createEventDatabases<ExpensesTables>(connections, 1)(callerOf('erin'));
    const bad = () => kysely.selectFrom('expense_reports').select('id').where('id', '=', 'no uuid').execute();
    for (let count = 0; count < 20; count += 1) await expect(bad()).rejects.toMatchObject({ code: '22P02' });
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  it('reads for callers that wait at the same time in one transaction and one write, with the rows of each', async () => {
    const open = createEventDatabases<ExpensesTables>(connections, 1);
    const callers = (['ada', 'gus', 'erin', 'export-job'] as const).map(callerOf);
    const alone: number[] = [];
    for (const caller of callers) alone.push((await countReports(open(caller))).length);
    statements.length = 0;
    const writes = [vi.spyOn(Socket.prototype, '_write'), vi.spyOn(Socket.prototype, '_writev' as '_write')];
    const all = Array.from({ length: 200 }, (_, index) => index % callers.length);
    const counts = await Promise.all(all.map(async (index) => (await countReports(open(callers[index]))).length));
    expect(counts).toEqual(all.map((index) => alone[index]));
    expect(new Set(alone).size).toBe(callers.length);
    const transactions = statements.filter((text) => /begin|rollback/.test(text));
    expect(transactions).toEqual([expect.stringMatching(/^begin .*; select set_config/), 'rollback']);
    const written = writes.flatMap(({ mock }) => mock.calls).filter(([chunk]) => chunk[0] !== TERMINATE);
    expect(written.length).toBe(transactions.length);
    vi.restoreAllMocks();
  });

  it('gives the results of one transaction in turns, so that long work with each of them does not come at once', async () => {
    const open = createEventDatabases<ExpensesTables>(connections, 1);
    let done = 0;
    const work = async () => {
      await findReport(open(callerOf('erin')), NO_REPORT);
      done += 1;
      const startedAt = performance.now();
      while (performance.now() - startedAt < 2) await undefined;
    };
    const all = Promise.all(Array.from({ length: 10 }, work));
    let most = 0;
    for (let before = done; done < 10; before = done) {
      await setImmediate();
      most = Math.max(most, done - before);
    }
    await all;
    expect(most).toBe(1);
  });

  it('begins another transaction beyond the limit of one', async () => {
    const open = createEventDatabases<ExpensesTables>(connections, 1);
    const transactionsFor = async (count: number) => {
      statements.length = 0;
      await Promise.all(Array.from({ length: count }, () => findReport(open(callerOf('erin')), NO_REPORT)));
      return statements.filter((text) => text.startsWith('begin')).length;
    };
    const { eventBatch } = defaultLimits;
    expect([await transactionsFor(eventBatch), await transactionsFor(eventBatch + 1)]).toEqual([1, 2]);
  });

  it.each([
    ['statement', (open: Open) => findReport(open(callerOf('erin')), 'no uuid')],
    ['caller', (open: Open) => countReports(open({ ...callerOf('erin'), objectId: 'no uuid' }))],
  ])('answers the others when a %s in between is at fault, wherever it stands', async (_name, readBadly) => {
    const open = createEventDatabases<ExpensesTables>(connections, 1);
    const good = () => countReports(open(callerOf('ada')));
    const expected = (await good()).length;
    const answers = await Promise.allSettled([readBadly(open), good(), readBadly(open), good(), readBadly(open)]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected']);
    for (const answer of answers) if (answer.status === 'fulfilled') expect(answer.value).toHaveLength(expected);
  });

  it('refuses a caller whose roles are not all known, and no other', async () => {
    const open = createEventDatabases<ExpensesTables>(connections, 1);
    const undecided = { ...callerOf('erin'), undecidedRoles: new Set(['Expenses.Auditor']) } as Caller;
    const answers = await Promise.allSettled([countReports(open(undecided)), countReports(open(callerOf('erin')))]);
    expect(answers).toMatchObject([{ reason: { name: 'UndecidedCallerError' } }, { status: 'fulfilled' }]);
  });

  it('has a transaction for a statement that comes alone, and none when it is disposed of', async () => {
    const opened = createEventDatabases<ExpensesTables>(connections, 1)(callerOf('erin'));
    statements.length = 0;
    await countReports(opened);
    await opened.dispose();
    expect(statements).toEqual([expect.stringMatching(/^begin .*; select set_config.*; select "id"/), 'rollback']);
  });

  it('does not write', async () => {
    const { write } = createEventDatabases<ExpensesTables>(connections, 1)(callerOf('erin'));
    await expect(write(async () => undefined)).rejects.toThrow(TypeError);
  });
});
