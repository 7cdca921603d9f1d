import { expect, it } from 'vitest';
import { createQueries } from '../../../src/database/statements/queries.js';
import { createQueryShapes } from '../../../src/database/statements/query-shapes.js';
import type { ExpensesContext } from '../../../src/expenses/context.js';
import { formatGlobalId } from '../../../src/expenses/global-id.js';
import { createReport, editReport } from '../../../src/expenses/reports/report-changes.js';
import type { ExpensesTables } from '../../../src/expenses/tables.js';
import { callerOf } from '../../support/callers.js';
import { NOW } from '../../support/expenses.js';

const REPORT = { id: '5a000000-0000-4000-8000-000000000001', status: 'DRAFT', title: 'Trip', totalMinorUnits: 100 };

/** A context over a database that answers each statement with the report, and the queries that it had to build. */
function watchedContext() {
  const built: string[] = [];
  const shapes = createQueryShapes({ max: 100, maxBytes: 100_000 });
  const statementOf: typeof shapes.statementOf = (shape, values, build) =>
    shapes.statementOf(shape, values, (value) => {
      built.push(shape);
      return build(value);
    });
  const { run } = createQueries<ExpensesTables>({ shapes: { statementOf, size: 0 } }, async () => ({
    rows: [REPORT],
    rowCount: 1,
  }));
  const find = { load: async () => REPORT };
  const context: unknown = {
    caller: callerOf('erin'),
    // `kysely` is left out: with it, a query would be built each time.
    database: { run },
    loaders: { employee: find, reportToChange: find },
    now: () => NOW,
  };
  return { context: context as ExpensesContext, built };
}

const items = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    description: `Train ${index}`,
    category: 'TRAVEL' as const,
    spentOn: '2026-02-01',
    minorUnits: 100 + index,
  }));

it('the queries of a change are built once, whatever the values and the number of items', async () => {
  const { context, built } = watchedContext();
  const change = async (title: string, count: number) => {
    await createReport(context, { title, currency: 'EUR', items: items(count) });
    await editReport(context, { id: formatGlobalId('ExpenseReport', REPORT.id), title, items: items(count) });
    return built.splice(0);
  };
  expect(await change('Trip', 1)).toContain('new items');
  expect(await change('Conference', 3)).toEqual([]);
});
