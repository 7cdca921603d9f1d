import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, graphql } from 'graphql';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ExpensesContext } from '../../src/expenses/context.js';
import { withExpenseTransactions } from '../../src/expenses/mutation-transactions.js';
import { callerOf } from '../support/callers.js';
import { openExpenses, type TestExpenses } from '../support/expenses.js';

const typeDefs = `
  type Query { titles: [String!]! }
  type Mutation { rename(to: String!, then: String): Renamed }
  type Renamed { title: String! titles: [String!]! }
`;

let expenses: TestExpenses;
let seenInside: unknown[];

beforeAll(async () => {
  expenses = await openExpenses();
});
afterAll(() => expenses.close());
beforeEach(() => {
  seenInside = [];
});

async function drafts({ database }: ExpensesContext): Promise<string[]> {
  const rows = await database.kysely
    .selectFrom('expense_reports')
    .select('title')
    .distinct()
    .where('status', '=', 'DRAFT')
    .execute();
  return rows.map(({ title }) => title);
}

async function rename(_parent: unknown, { to, then }: { to: string; then?: string }, context: ExpensesContext) {
  await context.database.kysely
    .updateTable('expense_reports')
    .set({ title: to })
    .where('status', '=', 'DRAFT')
    .execute();
  seenInside.push(await drafts(context));
  if (then === 'throw') throw new GraphQLError('thrown');
  // graphql-shield's way to deny.
  if (then === 'return an error') return new GraphQLError('returned');
  if (then === 'wait') await sql`select pg_sleep(0.05)`.execute(context.database.kysely);
  return { title: to };
}

const schema = withExpenseTransactions(
  makeExecutableSchema<ExpensesContext>({
    typeDefs,
    resolvers: {
      Query: { titles: (_parent, _args, context) => drafts(context) },
      Mutation: { rename },
      Renamed: { titles: (_parent, _args, context) => drafts(context) },
    },
  }),
);

async function run(source: string) {
  const contextValue = expenses.context(callerOf('erin'));
  try {
    return await graphql({ schema, source, contextValue });
  } finally {
    await contextValue.dispose();
  }
}

async function stored(): Promise<unknown> {
  return (await run('{ titles }')).data?.titles;
}

describe('a field of Mutation', () => {
  it('is committed when it resolves', async () => {
    await run('mutation { rename(to: "Stored") { title } }');
    expect(await stored()).toEqual(['Stored']);
  });

  it.each(['throw', 'return an error'])('is rolled back when its resolver does: %s', async (then) => {
    const before = await stored();
    const { errors } = await run(`mutation { rename(to: "Lost", then: "${then}") { title } }`);
    expect(errors).toHaveLength(1);
    expect(seenInside).toEqual([['Lost']]);
    expect(await stored()).toEqual(before);
  });

  it('stays committed when a later one fails', async () => {
    await run(
      'mutation { first: rename(to: "First") { title } second: rename(to: "Second", then: "throw") { title } }',
    );
    expect(await stored()).toEqual(['First']);
  });

  it('runs after the one before it has been committed', async () => {
    const { errors } = await run(
      'mutation { first: rename(to: "First", then: "wait") { titles } second: rename(to: "Second") { titles } }',
    );
    expect(errors).toBeUndefined();
    expect(seenInside).toEqual([['First'], ['Second']]);
  });
});

it('the payload reads what was committed', async () => {
  const { data } = await run('mutation { rename(to: "Committed") { titles } }');
  expect(data).toEqual({ rename: { titles: ['Committed'] } });
});

it('a mutation needs one connection at a time', async () => {
  await run('mutation { a: rename(to: "A") { titles } b: rename(to: "B") { titles title } }');
  expect(expenses.pool.totalCount).toBe(1);
});

it('fields of other types keep their resolvers', () => {
  const plain = schema.getQueryType()?.getFields().titles?.resolve;
  expect(plain?.length).toBe(3);
});

it('what was read before a mutation is read again after it', async () => {
  const context = expenses.context(callerOf('erin'));
  const { id } = await context.database.kysely
    .selectFrom('expense_reports')
    .select('id')
    .where('status', '=', 'DRAFT')
    .limit(1)
    .executeTakeFirstOrThrow();
  await context.loaders.expenseReport.load(id);
  await graphql({ schema, source: 'mutation { rename(to: "Read again") { title } }', contextValue: context });
  expect((await context.loaders.expenseReport.load(id))?.title).toBe('Read again');
  await context.dispose();
});
