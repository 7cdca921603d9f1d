import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connections, createConnections } from '../../../src/database/connections/connections.js';
import { createEventDatabases } from '../../../src/database/transactions/event-database.js';
import type { ExpensesTables } from '../../../src/expenses/tables.js';
import { callerOf } from '../../support/callers.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { recordStatements } from '../../support/record-statements.js';

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

const countReports = ({ kysely }: ReturnType<ReturnType<typeof createEventDatabases<ExpensesTables>>>) =>
  kysely.selectFrom('expense_reports').select('id').execute();

describe('the database of events', () => {
  it('uses no more connections than its share, however many callers read', async () => {
    const open = createEventDatabases<ExpensesTables>(connections, 2);
    const most = { connections: 0 };
    pool.on('acquire', () => {
      most.connections = Math.max(most.connections, pool.totalCount - pool.idleCount);
    });
    const callers = ['erin', 'mia', 'finn', 'ada', 'export-job'] as const;
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => countReports(open(callerOf(callers[index % 5] ?? 'erin')))),
    );
    expect([most.connections, pool.idleCount]).toEqual([2, pool.totalCount]);
  });

  it('shows the rows of its caller, and nothing of them stays on the connection', async () => {
    const open = createEventDatabases<ExpensesTables>(connections, 1);
    const [all, own, none] = [open(callerOf('ada')), open(callerOf('erin')), open(callerOf('gus'))];
    const counts = await Promise.all([all, own, none, all].map(async (of) => (await countReports(of)).length));
    expect(counts[0]).toBeGreaterThan(counts[1] ?? 0);
    expect(counts[1]).toBeGreaterThan(0);
    expect([counts[2], counts[3]]).toEqual([0, counts[0]]);
  });

  it('gives rows that nobody can change, since several answers share them', async () => {
    const [row] = await countReports(createEventDatabases<ExpensesTables>(connections, 1)(callerOf('erin')));
    expect(() => Object.assign(row ?? {}, { id: 'other' })).toThrow(TypeError);
  });

  it('gives its connection back when a statement fails', async () => {
    const { kysely } = createEventDatabases<ExpensesTables>(connections, 1)(callerOf('erin'));
    const bad = () => kysely.selectFrom('expense_reports').select('id').where('id', '=', 'no uuid').execute();
    for (let count = 0; count < 20; count += 1) await expect(bad()).rejects.toMatchObject({ code: '22P02' });
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  it('has a transaction for each statement, and none when it is disposed of', async () => {
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
