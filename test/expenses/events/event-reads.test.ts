import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Caller, DelegatedCaller } from '../../../src/authentication/caller.js';
import { createEventDatabases } from '../../../src/database/transactions/event-database.js';
import { createReportReads } from '../../../src/expenses/events/event-reads.js';
import { EXPENSES_LIMITS } from '../../../src/expenses/limits.js';
import type { ExpensesTables } from '../../../src/expenses/tables.js';
import { atFabrikam, callerOf } from '../../support/callers.js';
import { openExpenses, type TestExpenses } from '../../support/expenses.js';

let expenses: TestExpenses;
/** A submitted report of an employee of mia's. */
let submitted: string;

beforeAll(async () => {
  expenses = await openExpenses();
  const { expenseReports } = await expenses.ask(
    callerOf('mia'),
    '{ expenseReports(first: 50, filter: { status: SUBMITTED }) { nodes { id author { manager { name } } } } }',
  );
  const [{ id }] = expenseReports.nodes;
  submitted = Buffer.from(id, 'base64url').toString().split(':')[1] ?? '';
});
afterAll(() => expenses.close());
beforeEach(() => {
  expenses.takeStatements();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const arrange = () => createReportReads(createEventDatabases<ExpensesTables>(expenses.connections, 2), ['employeeid']);
const without = (caller: Caller, changes: Partial<DelegatedCaller>) => ({ ...caller, ...changes }) as Caller;
const selects = () => expenses.takeStatements().filter((text) => /(^|; )select "/.test(text)).length;

describe('reads of a changed report', () => {
  it('are one for all that see the same, with different tokens too', async () => {
    const { read } = arrange();
    const mia = callerOf('mia');
    const other = without(mia, { clientId: 'another', scopes: new Set(['Expenses.Read']) });
    const rows = await Promise.all([read(mia, submitted), read(other, submitted), read({ ...mia }, submitted)]);
    expect(rows[0]).toMatchObject({ id: submitted });
    expect([rows[1] === rows[0], rows[2] === rows[0], selects()]).toEqual([true, true, 1]);
  });

  it.each<[string, (caller: Caller) => Caller]>([
    ['another tenant', atFabrikam],
    ['another caller', (caller) => without(caller, { objectId: callerOf('gus').objectId })],
    ['no role', (caller) => without(caller, { roles: new Set() })],
    ['a guest', (caller) => without(caller, { isGuest: true })],
  ])('are others for %s, who does not see it', async (_name, change) => {
    const { read, of } = arrange();
    const mia = callerOf('mia');
    const row = await read(mia, submitted);
    expect(row).toBeDefined();
    expect(await read(change(mia), submitted)).toBeUndefined();
    expect([of(row, mia) === undefined, of(row, change(mia)), selects()]).toEqual([false, undefined, 2]);
  });

  it('are others for a caller with other claims that row-level security may read', async () => {
    const { read, of } = arrange();
    const mia = callerOf('mia');
    const other = without(mia, { claims: { employeeid: '7' } });
    const rows = await Promise.all([read(mia, submitted), read(other, submitted)]);
    expect([rows[0] === rows[1], of(rows[0], other), selects()]).toEqual([false, undefined, 2]);
    const unchosen = without(mia, { claims: { name: 'x' } });
    expect((await read(unchosen, submitted)) === rows[0]).toBe(true);
  });

  it('are made again after a change and after five seconds', async () => {
    const { read, forget } = arrange();
    const ada = callerOf('ada');
    await read(ada, submitted);
    forget(submitted);
    await read(ada, submitted);
    await vi.advanceTimersByTimeAsync(EXPENSES_LIMITS.eventReadMilliseconds.default - 1);
    await read(ada, submitted);
    expect(selects()).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    await read(ada, submitted);
    expect(selects()).toBe(1);
    await vi.advanceTimersByTimeAsync(5_000);
  });

  it('are forgotten when one more is made than are remembered', async () => {
    let opened = 0;
    const reads = createReportReads(() => {
      opened += 1;
      throw new Error('not opened');
    }, []);
    const failing: Promise<unknown>[] = [];
    const mia = callerOf('mia');
    const read = (id: number) => failing.push(reads.read(mia, String(id)));
    const most = EXPENSES_LIMITS.eventReads.default;
    for (let id = 0; id < most; id += 1) read(id);
    read(0);
    expect(opened).toBe(most);
    read(most);
    read(0);
    expect(opened).toBe(most + 2);
    expect((await Promise.allSettled(failing)).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('that fail are made again', async () => {
    const { read } = arrange();
    await expect(read(callerOf('ada'), 'no uuid')).rejects.toMatchObject({ code: '22P02' });
    await expect(read(callerOf('ada'), 'no uuid')).rejects.toMatchObject({ code: '22P02' });
    expect(selects()).toBe(2);
  });

  it('share what is read below the report', async () => {
    const { read, of } = arrange();
    const mia = callerOf('mia');
    const row = await read(mia, submitted);
    const reads = of(row, { ...mia });
    await Promise.all([1, 2, 3].map(() => of(row, mia)?.loaders.itemsOfReport.load(submitted)));
    await reads?.loaders.itemsOfReport.load(submitted);
    expect([reads === of(row, mia), selects()]).toEqual([true, 2]);
  });

  it.each([undefined, null, 'event', 1, {}])('belong to no event of another source: %s', (event) => {
    expect(arrange().of(event, callerOf('erin'))).toBeUndefined();
  });
});
