import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';
import { openSuperuser } from '../../support/database.js';

/**
 * erin may see her own reports. Whatever she asks for, with whatever cursor, filter, order or id, every answer has to be
 * the one she would get if no other report existed.
 */
let api: TestApi;
let own: ReadonlySet<string>;
let foreign: readonly string[];
let foreignCursors: readonly string[];

beforeAll(async () => {
  api = await startApi();
  const page = (signIn: string, after?: string) =>
    api.query(
      signIn,
      'query ($after: String) { expenseReports(first: 100, after: $after) { totalCount edges { cursor node { id author { name } } } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
  const all = async (signIn: string) => {
    const edges = [];
    let after: string | undefined;
    do {
      const { expenseReports } = (await page(signIn, after)).body.data;
      edges.push(...expenseReports.edges);
      after = expenseReports.pageInfo.hasNextPage ? expenseReports.pageInfo.endCursor : undefined;
    } while (after);
    return edges;
  };
  own = new Set((await all('erin')).map(({ node }) => node.id));
  const others = (await all('ada')).filter(({ node }) => !own.has(node.id));
  foreign = others.map(({ node }) => node.id);
  foreignCursors = others.map(({ cursor }) => cursor);
  expect(own.size).toBeGreaterThan(5);
  expect(foreign.length).toBeGreaterThan(500);
});
afterAll(() => api.close());

const DOCUMENT = `query (
  $first: Int, $last: Int, $after: String, $before: String, $filter: ExpenseReportFilter, $order: ExpenseReportOrder, $id: ID!
) {
  expenseReports(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $order) {
    totalCount
    nodes { id }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
  expenseReport(id: $id) { id }
  node(id: $id) { id }
}`;

it('erin learns of no report she may not see, by any list, count, cursor, filter or id', async () => {
  const cursor = fc.option(fc.constantFrom(...foreignCursors), { nil: undefined });
  const filter = fc.record(
    {
      status: fc.subarray(['DRAFT', 'SUBMITTED', 'APPROVED', 'REJECTED', 'PAID'], { minLength: 1 }),
      currency: fc.constantFrom('EUR', 'USD', 'JPY'),
      createdFrom: fc
        .date({ min: new Date('2025-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    },
    { requiredKeys: [] },
  );
  const order = fc.record({ field: fc.constantFrom('CREATED_AT', 'TOTAL'), direction: fc.constantFrom('ASC', 'DESC') });
  const variables = fc
    .record({
      count: fc.integer({ min: 1, max: 100 }),
      forward: fc.boolean(),
      cursor,
      filter,
      order,
      id: fc.constantFrom(...foreign),
    })
    .map(({ count, forward, cursor: at, ...rest }) => ({
      ...rest,
      ...(forward ? { first: count, after: at } : { last: count, before: at }),
    }));

  await fc.assert(
    fc.asyncProperty(variables, async (given) => {
      // A cursor belongs to the order it was made for.
      const ordered = 'after' in given || 'before' in given ? { ...given, order: undefined } : given;
      const { body } = await api.query('erin', DOCUMENT, ordered);
      expect(body.errors).toBeUndefined();
      const { expenseReports: list, expenseReport, node } = body.data;
      expect([expenseReport, node]).toEqual([null, null]);
      for (const { id } of list.nodes) expect(own).toContain(id);
      expect(list.totalCount).toBeLessThanOrEqual(own.size);
      expect(list.edges.map((edge: { node: { id: string } }) => edge.node.id)).toEqual(
        list.nodes.map(({ id }: { id: string }) => id),
      );
      expect(list.pageInfo.startCursor).toBe(list.edges[0]?.cursor ?? null);
    }),
    { numRuns: 150 },
  );
});

it('the answer for erin is the same when every report of others is gone', async () => {
  const ask = async (variables: Record<string, unknown>) =>
    JSON.stringify((await api.query('erin', DOCUMENT, variables)).body);
  const questions = foreignCursors.slice(0, 20).flatMap((cursor, index) => [
    { id: foreign[index], first: 5, after: cursor },
    { id: foreign[index], last: 5, before: cursor },
    {
      id: foreign[index],
      first: 3,
      order: { field: 'TOTAL', direction: 'ASC' },
      filter: { status: ['PAID', 'DRAFT'] },
    },
  ]);
  const before = [];
  for (const question of questions) before.push(await ask(question));

  await deleteReportsOfOthers((await api.query('erin', '{ me { objectId } }')).body.data.me.objectId);

  const after = [];
  for (const question of questions) after.push(await ask(question));
  expect(after).toEqual(before);
});

/** Takes out every report that is not of this employee, whatever its tenant, and all that belongs to one. */
async function deleteReportsOfOthers(employeeId: string): Promise<void> {
  const client = await openSuperuser(api.database);
  const others = 'select id from expense_reports where author_id <> $1';
  for (const table of ['audit_entries', 'expense_items']) {
    await client.query(`delete from ${table} where report_id in (${others})`, [employeeId]);
  }
  const { rowCount } = await client.query('delete from expense_reports where author_id <> $1', [employeeId]);
  await client.end();
  expect(rowCount).toBeGreaterThan(500);
}
