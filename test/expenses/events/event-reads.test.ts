import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Caller, DelegatedCaller } from '../../../src/authentication/caller.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { callerSettings } from '../../../src/database/transactions/caller-settings.js';
import { createEventDatabases } from '../../../src/database/transactions/event-database.js';
import { createReportReads } from '../../../src/expenses/events/event-reads.js';
import { EXPENSES_LIMITS } from '../../../src/expenses/limits.js';
import type { ExpensesTables } from '../../../src/expenses/tables.js';
import { atFabrikam, callerOf } from '../../support/callers.js';
import { openSuperuser } from '../../support/database.js';
import { countPromisesDuring } from '../../support/execution/count-promises.js';
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
  vi.restoreAllMocks();
});

const arrange = (batch: number = defaultLimits.eventBatch) =>
  createReportReads(createEventDatabases<ExpensesTables>(expenses.connections, 2), { claims: ['employeeid'], batch });
const without = (caller: Caller, changes: Partial<DelegatedCaller>) => ({ ...caller, ...changes }) as Caller;
const selects = () => expenses.takeStatements().filter((text) => /(^|; )select "/.test(text)).length;

/**
 * Callers of every kind that row-level security distinguishes. Two that see the same never follow each other, and one follows a
 * caller who differs in the object id alone.
 */
function casesOfCallers(): Caller[] {
  const [erin, mia, finn, ada, gus, job] = (['erin', 'mia', 'finn', 'ada', 'gus', 'export-job'] as const).map(callerOf);
  if (!erin || !mia || !finn || !ada || !gus || !job) throw new TypeError('a persona is missing');
  const guest = without(ada, { isGuest: true });
  const unknown = without(erin, { objectId: '0b1ec700-0000-4000-8000-000000000999' });
  const powerless = { ...job, permissions: new Set<string>() } as Caller;
  return [gus, ada, unknown, erin, guest, mia, powerless, finn, atFabrikam(erin), job, atFabrikam(ada)];
}

async function allReports(): Promise<string[]> {
  const superuser = await openSuperuser(expenses.database);
  const { rows } = await superuser.query<{ id: string }>('select id from expense_reports order by id');
  await superuser.end();
  return rows.map(({ id }) => id);
}

async function visibleTo(caller: Caller): Promise<string[]> {
  const { database } = expenses.context(caller);
  const reports = database.kysely.selectFrom('expense_reports').select('id').where('deleted_at', 'is', null);
  const rows = await reports.orderBy('id').execute();
  await database.dispose();
  return rows.map(({ id }) => id);
}

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
    const [row] = await Promise.all([read(mia, submitted), read(other, submitted)]);
    const unchosen = without(mia, { claims: { name: 'x' } });
    expect((await read(unchosen, submitted)) === row).toBe(true);
    expect([of(row, other) === of(row, mia), of(row, unchosen) === of(row, mia), selects()]).toEqual([false, true, 1]);
  });

  it('show the same object to all callers for whom one statement found it, and to no other caller', async () => {
    const { read, of } = arrange();
    const [ada, mia, finn] = [callerOf('ada'), callerOf('mia'), callerOf('finn')];
    const rows = await Promise.all([ada, mia, finn].map((caller) => read(caller, submitted)));
    expect([rows[0]?.id, rows[1] === rows[0], rows[2], Object.isFrozen(rows[0])]).toEqual([
      submitted,
      true,
      undefined,
      true,
    ]);
    expect([ada, mia, finn].map((caller) => of(rows[0], caller)?.loaders().knownEmployees.size)).toEqual([
      1,
      1,
      undefined,
    ]);
    expect(of(rows[0], ada)?.database === of(rows[0], mia)?.database).toBe(false);
  });

  it('are made again after a change and after five seconds', async () => {
    let nowMs = 1; // The cache takes zero for no time.
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    const pass = (milliseconds: number) => {
      nowMs += milliseconds;
      return vi.advanceTimersByTimeAsync(milliseconds);
    };
    const { read, forget } = arrange();
    const ada = callerOf('ada');
    await read(ada, submitted);
    forget(submitted);
    await read(ada, submitted);
    await pass(EXPENSES_LIMITS.eventReadMilliseconds.default - 1);
    await read(ada, submitted);
    expect(selects()).toBe(2);
    await pass(1);
    await read(ada, submitted);
    expect(selects()).toBe(1);
    await pass(5_000);
  });

  it('are forgotten, those of the report read least recently first, when one more is made than are remembered', async () => {
    const asked: string[] = [];
    const run = async (_shape: string, { ids }: { ids: readonly string[] }) => {
      asked.push(...ids);
      return [];
    };
    const reads = createReportReads(() => ({ run }) as never, { claims: [], batch: 200 });
    const readAll = (ids: readonly number[]) => Promise.all(ids.map((id) => reads.read(callerOf('mia'), String(id))));
    const most = EXPENSES_LIMITS.eventReads.default;
    await readAll(Array.from({ length: most }, (_, id) => id));
    await readAll([0, 1, most]);
    await readAll([1]);
    await readAll([0]);
    expect([asked.length, ...asked.slice(most)]).toEqual([most + 2, String(most), '0']);
  });

  it('cost two promises for each of many callers', async () => {
    const run = async () => [];
    const reads = createReportReads(() => ({ run }) as never, { claims: [], batch: 1_000 });
    const promisesOf = (count: number, id: string) => {
      const callers = Array.from({ length: count }, (_, index) =>
        without(callerOf('ada'), { objectId: String(index) }),
      );
      return countPromisesDuring(() => callers.map((caller) => reads.read(caller, id)).at(-1));
    };
    await promisesOf(1, 'first');
    expect((await promisesOf(500, 'a')) - (await promisesOf(100, 'b'))).toBe(2 * 400);
  });

  it('that fail are made again', async () => {
    const { read } = arrange();
    await expect(read(callerOf('ada'), 'no uuid')).rejects.toMatchObject({ code: '22P02' });
    await expect(read(callerOf('ada'), 'no uuid')).rejects.toMatchObject({ code: '22P02' });
    // Each time together with the others, and then alone.
    expect(selects()).toBe(4);
  });

  it('take one statement for many callers, which decides for each as if it asked alone', async () => {
    const callers = casesOfCallers();
    const ids = await allReports();
    const asked = ids.flatMap((id) => callers.map((caller) => ({ caller, id })));
    const visible = await Promise.all(callers.map(visibleTo));
    expenses.takeStatements();
    const { read } = arrange(asked.length);
    const together = await Promise.all(asked.map(({ caller, id }) => read(caller, id)));
    expect(selects()).toBe(1);
    for (const [index, caller] of callers.entries()) {
      const seen = together.filter((_, at) => asked[at]?.caller === caller).flatMap((row) => row?.id ?? []);
      expect(seen).toEqual(visible[index]);
    }
    // Callers differ in what they see, and several see nothing.
    const counts = visible.map(({ length }) => length);
    expect([new Set(counts).size, counts.filter((count) => count === 0).length]).toEqual([6, 5]);
  });

  it('take one statement for as many callers as the limit allows', async () => {
    const { eventBatch } = defaultLimits;
    const readers = Array.from({ length: eventBatch + 1 }, (_, index) =>
      without(callerOf('ada'), { objectId: `0b1ec700-0000-4000-8000-${String(index).padStart(12, '0')}` }),
    );
    const statementsFor = async (count: number) => {
      const { read } = arrange();
      await Promise.all(readers.slice(0, count).map((caller) => read(caller, submitted)));
      return selects();
    };
    expect([await statementsFor(eventBatch), await statementsFor(eventBatch + 1)]).toEqual([1, 2]);
  });

  it('are read alone when the one of another caller cannot be', async () => {
    const { read } = arrange();
    const bad = without(callerOf('ada'), { tenantId: 'no uuid' });
    const answers = await Promise.allSettled([read(bad, submitted), read(callerOf('ada'), submitted)]);
    expect(answers).toMatchObject([{ status: 'rejected' }, { value: { id: submitted } }]);
  });

  it('are refused to a caller whose roles are not all known, and to no other', async () => {
    const { read } = arrange();
    const undecided = without(callerOf('ada'), { undecidedRoles: new Set(['Expenses.Finance']) });
    const answers = await Promise.allSettled([read(undecided, submitted), read(callerOf('ada'), submitted)]);
    expect(answers).toMatchObject([{ reason: { name: 'UndecidedCallerError' } }, { value: { id: submitted } }]);
  });

  it('leave no caller behind in their transaction', async () => {
    const client = await expenses.pool.connect();
    try {
      await client.query('begin');
      const settings = JSON.stringify([callerSettings(callerOf('ada'), [])]);
      const { rows } = await client.query('select place from expense_reports_with_authors_for_each_caller($1, $2)', [
        settings,
        [submitted],
      ]);
      expect(rows).toEqual([{ place: 1 }]);
      expect((await client.query('select id from expense_reports')).rows).toEqual([]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('bring the author along as far as the caller may see the author', async () => {
    const superuser = await openSuperuser(expenses.database);
    const settings = JSON.stringify([callerSettings(callerOf('ada'), [])]);
    const read = async () => {
      const text = 'select (author).name from expense_reports_with_authors_for_each_caller($1, $2)';
      return (await superuser.query(text, [settings, [submitted]])).rows;
    };
    await superuser.query('begin; set local role entra_graphql_runtime');
    expect(await read()).toEqual([{ name: expect.any(String) }]);
    await superuser.query('reset role; drop policy colleagues on employees; set local role entra_graphql_runtime');
    expect(await read()).toEqual([{ name: null }]);
    await superuser.end();
  });

  it.each(['[]', '[["", ""]]', '[null]', '{}'])('do not begin for settings of another form: %s', async (callers) => {
    const read = expenses.pool.query('select from expense_reports_with_authors_for_each_caller($1, $2)', [
      callers,
      [submitted],
    ]);
    await expect(read).rejects.toMatchObject({ code: /22023|2202E|22023/ });
  });

  it('share what is read below the report', async () => {
    const { read, of } = arrange();
    const mia = callerOf('mia');
    const row = await read(mia, submitted);
    const reads = of(row, { ...mia });
    await Promise.all([1, 2, 3].map(() => of(row, mia)?.loaders().itemsOfReport.load(submitted)));
    await reads?.loaders().itemsOfReport.load(submitted);
    expect(await reads?.loaders().employee.load(row?.authorId ?? '')).toMatchObject({ id: row?.authorId });
    expect([reads === of(row, mia), selects()]).toEqual([true, 2]);
  });

  it.each([undefined, null, 'event', 1, {}])('belong to no event of another source: %s', (event) => {
    expect(arrange().of(event, callerOf('erin'))).toBeUndefined();
  });
});
