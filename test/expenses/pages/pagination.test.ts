import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatGlobalId } from '../../../src/expenses/global-id.js';
import { formatCursor, type Position } from '../../../src/expenses/pages/cursor.js';
import type { PageArguments } from '../../../src/expenses/pages/page-request.js';
import { readEmployeePage, readExpenseReportPage } from '../../../src/expenses/pages/read-pages.js';
import type { ExpenseReportStatus } from '../../../src/generated/resolvers-types.js';
import { callerOf } from '../../support/callers.js';
import { openSuperuser } from '../../support/database.js';
import { openExpenses, type TestExpenses } from '../../support/expenses.js';

/** A report with what lists sort and filter by. */
interface Report {
  readonly id: string;
  readonly authorId: string;
  readonly status: ExpenseReportStatus;
  readonly currency: string;
  readonly total: number;
  readonly createdAt: Date;
}

let expenses: TestExpenses;
/** Everything there is, erin's and others', also of the other tenant. */
let reports: readonly Report[];

beforeAll(async () => {
  expenses = await openExpenses();
  const superuser = await openSuperuser(expenses.database);
  // Many reports of one moment and one total, so that the order within them matters.
  await superuser.query(
    `set session_replication_role = replica; -- no triggers
     update expense_reports set created_at = date_trunc('week', created_at) where status in ('PAID', 'APPROVED')`,
  );
  reports = (
    await superuser.query(
      `select id, author_id as "authorId", status, currency, total_minor_units::int as total, created_at as "createdAt"
       from expense_reports where deleted_at is null`,
    )
  ).rows;
  await superuser.end();
});
afterAll(() => expenses.close());

type Arguments = Parameters<typeof readExpenseReportPage>[1];

async function read(viewer: 'erin' | 'export-job', given: Arguments) {
  const context = expenses.context(callerOf(viewer));
  try {
    const page = await readExpenseReportPage(context, given);
    return {
      ids: page.edges.map(({ node }) => node.id),
      cursors: page.edges.map(({ cursor }) => cursor),
      hasNextPage: await page.hasNextPage(),
      hasPreviousPage: await page.hasPreviousPage(),
      totalCount: await page.totalCount(),
    };
  } finally {
    await context.dispose();
  }
}

const positionOf = (report: Report, field: 'CREATED_AT' | 'TOTAL'): Position => ({
  id: report.id,
  value: field === 'TOTAL' ? report.total : report.createdAt.getTime(),
});

function compare(one: Position, other: Position): number {
  if (one.value !== other.value) return one.value < other.value ? -1 : 1;
  return Number(one.id > other.id) - Number(one.id < other.id);
}

/** The page as it has to be if the caller's reports were all that exist: computed from a list in memory. */
function expectedPage(own: readonly Report[], question: Question) {
  const { field, ascending, size, forward, filter } = question;
  const sign = ascending ? 1 : -1;
  const matching = own
    .filter(({ status }) => !filter.status || filter.status.includes(status))
    .filter(({ currency }) => !filter.currency || filter.currency === currency)
    .filter(({ createdAt }) => !filter.createdFrom || createdAt >= filter.createdFrom)
    .filter(({ createdAt }) => !filter.createdBefore || createdAt < filter.createdBefore)
    .toSorted((one, other) => sign * compare(positionOf(one, field), positionOf(other, field)));
  const { after, before } = question;
  const from = after
    ? matching.filter((one) => sign * compare(positionOf(one, field), positionOf(after, field)) <= 0)
    : [];
  const to = before
    ? matching.filter((one) => sign * compare(positionOf(one, field), positionOf(before, field)) >= 0)
    : [];
  const between = matching.slice(from.length, Math.max(from.length, matching.length - to.length));
  const page = forward ? between.slice(0, size) : between.slice(-size);
  const isCut = between.length > size;
  return {
    ids: page.map(({ id }) => id),
    cursors: page.map((report) => formatCursor(field, positionOf(report, field))),
    hasNextPage: (forward && isCut) || to.length > 0,
    hasPreviousPage: (!forward && isCut) || from.length > 0,
    totalCount: matching.length,
  };
}

interface Question {
  readonly field: 'CREATED_AT' | 'TOTAL';
  readonly ascending: boolean;
  readonly size: number;
  readonly forward: boolean;
  readonly after: Report | undefined;
  readonly before: Report | undefined;
  readonly filter: {
    readonly status?: ExpenseReportStatus[];
    readonly currency?: string;
    readonly createdFrom?: Date;
    readonly createdBefore?: Date;
  };
}

/** Questions with cursors that anybody could make: of any report, seen or not. */
function questions(): fc.Arbitrary<Question> {
  const report = fc.option(fc.constantFrom(...reports), { nil: undefined });
  const moment = fc.date({ min: new Date('2024-12-01'), max: new Date('2026-02-01'), noInvalidDate: true });
  return fc.record({
    field: fc.constantFrom('CREATED_AT', 'TOTAL'),
    ascending: fc.boolean(),
    size: fc.integer({ min: 1, max: 100 }),
    forward: fc.boolean(),
    after: report,
    before: report,
    filter: fc.record(
      {
        status: fc.subarray<ExpenseReportStatus>(['DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID']),
        currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
        createdFrom: moment,
        createdBefore: moment,
      },
      { requiredKeys: [] },
    ),
  });
}

function argumentsOf({ field, ascending, size, forward, after, before, filter }: Question): Arguments {
  return {
    [forward ? 'first' : 'last']: size,
    after: after ? formatCursor(field, positionOf(after, field)) : null,
    before: before ? formatCursor(field, positionOf(before, field)) : null,
    filter,
    orderBy: { field, direction: ascending ? 'ASC' : 'DESC' },
  };
}

describe('a page of reports', () => {
  it('is, for erin, what it would be if there were none but her own, whatever cursor and filter she makes up', async () => {
    const own = reports.filter(({ authorId }) => authorId === callerOf('erin').objectId);
    expect(own.length).toBeGreaterThan(20);
    await fc.assert(
      fc.asyncProperty(questions(), async (question) => {
        expect(await read('erin', argumentsOf(question))).toEqual(expectedPage(own, question));
      }),
      { numRuns: 150 },
    );
  });

  it("is right among a tenant's thousand", async () => {
    const seen = new Set(await walk('export-job', { first: 100 }));
    const all = reports.filter(({ id }) => seen.has(id));
    await fc.assert(
      fc.asyncProperty(questions(), async (question) => {
        expect(await read('export-job', argumentsOf(question))).toEqual(expectedPage(all, question));
      }),
      { numRuns: 60 },
    );
  });

  it("of an author whose id erin knows says nothing of the author's reports", async () => {
    const stranger = reports.find(({ authorId }) => authorId !== callerOf('erin').objectId);
    const authorId = formatGlobalId('Employee', stranger?.authorId ?? '');
    expect(await read('erin', { authorId, first: 10 })).toMatchObject({ ids: [], hasNextPage: false, totalCount: 0 });
  });

  it('of an author who does not exist is empty', async () => {
    expect(await read('export-job', { authorId: 'nonsense' })).toMatchObject({ ids: [], totalCount: 0 });
  });

  it('of one author has that author’s reports', async () => {
    const authorId = formatGlobalId('Employee', callerOf('erin').objectId);
    const { totalCount } = await read('export-job', { authorId });
    expect(totalCount).toBe((await read('erin', {})).totalCount);
  });

  it('has the default number of items unless one is given', async () => {
    expect((await read('export-job', {})).ids).toHaveLength(20);
  });

  it('with an empty list of states is empty', async () => {
    expect((await read('export-job', { filter: { status: [] } })).totalCount).toBe(0);
  });
});

async function walk(viewer: 'erin' | 'export-job', given: Arguments): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page = await read(viewer, given.last ? { ...given, before: cursor } : { ...given, after: cursor });
    if (given.last) ids.unshift(...page.ids);
    else ids.push(...page.ids);
    if (!(given.last ? page.hasPreviousPage : page.hasNextPage)) return ids;
    cursor = (given.last ? page.cursors[0] : page.cursors.at(-1)) ?? null;
  }
}

describe('walking from page to page', () => {
  const orders = (['CREATED_AT', 'TOTAL'] as const).flatMap((field) =>
    (['ASC', 'DESC'] as const).map((direction) => ({ field, direction })),
  );

  it.each(orders)('by $field, $direction, meets every report once, forward and backward', async (orderBy) => {
    const forward = await walk('export-job', { first: 97, orderBy });
    const backward = await walk('export-job', { last: 89, orderBy });
    expect(new Set(forward).size).toBe(forward.length);
    expect(forward).toHaveLength((await read('export-job', {})).totalCount);
    expect(backward).toEqual(forward);
  });

  it('is not disturbed by a report that is filed meanwhile', async () => {
    const first = await read('erin', { first: 5 });
    await expenses.ask(
      callerOf('erin'),
      'mutation { createExpenseReport(input: {title: "New", currency: "EUR", items: []}) { expenseReport { id } } }',
    );
    const second = await read('erin', { first: 5, after: first.cursors.at(-1) ?? null });
    expect(second.ids.filter((id) => first.ids.includes(id))).toEqual([]);
  });
});

it('a page of employees is sorted by name, and complete', async () => {
  const context = expenses.context(callerOf('erin'));
  const names: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await readEmployeePage(context, { first: 7, after });
    names.push(...page.edges.map(({ node }) => `${node.name} ${node.id}`));
    after = page.edges.at(-1)?.cursor;
    if (!(await page.hasNextPage())) {
      expect(await page.totalCount()).toBe(names.length);
      break;
    }
  }
  await context.dispose();
  expect(names).toEqual(names.toSorted());
  expect(new Set(names).size).toBe(42);
});

it('a page of employees knows its neighbours', async () => {
  const context = expenses.context(callerOf('erin'));
  const { edges } = await readEmployeePage(context, { first: 3 });
  const [, middle] = edges;
  const neighbours = async (given: PageArguments) => {
    const page = await readEmployeePage(context, given);
    return [await page.hasPreviousPage(), await page.hasNextPage()];
  };
  expect(await neighbours({ first: 1 })).toEqual([false, true]);
  expect(await neighbours({ first: 1, after: middle?.cursor })).toEqual([true, true]);
  expect(await neighbours({ last: 1 })).toEqual([true, false]);
  expect(await neighbours({ last: 5, before: middle?.cursor })).toEqual([false, true]);
  await context.dispose();
});
