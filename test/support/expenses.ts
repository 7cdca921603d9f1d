import { makeExecutableSchema } from '@graphql-tools/schema';
import { type ExecutionResult, type GraphQLSchema, graphql } from 'graphql';
import type pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import { type Connections, createConnections } from '../../src/database/connections/connections.js';
import { createCallerDatabase } from '../../src/database/transactions/caller-database.js';
import { createExpensesContext, type ExpensesContext } from '../../src/expenses/context.js';
import { withExpenseTransactions } from '../../src/expenses/mutation-transactions.js';
import { resolvers } from '../../src/expenses/resolvers.js';
import type { ExpensesTables } from '../../src/expenses/tables.js';
import { readSchemaFiles } from '../../src/graphql/schema/schema-files.js';
import { createTestDatabase, openSuperuser, type TestDatabase } from './database.js';
import { recordStatements } from './stores/record-statements.js';

/** The moment at which tests of expenses take place. */
export const NOW = new Date('2026-03-02T10:00:00.000Z');

/** The resource over a database of its own, without the rules of the schema: what rows alone protect. */
export interface TestExpenses {
  readonly database: TestDatabase;
  readonly pool: pg.Pool;
  readonly connections: Connections;
  readonly schema: GraphQLSchema;
  /** Text of the statements sent since the last call. */
  takeStatements(): string[];
  context(caller: Caller | undefined): ExpensesContext;
  run(caller: Caller | undefined, document: string, variables?: Record<string, unknown>): Promise<ExecutionResult>;
  /** The data of an operation that has to succeed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the operation selects
  ask(caller: Caller | undefined, document: string, variables?: Record<string, unknown>): Promise<any>;
  close(): Promise<void>;
}

export async function openExpenses(): Promise<TestExpenses> {
  const database = await createTestDatabase();
  const connections = createConnections({ url: database.runtimeUrl });
  const { pool } = connections;
  const statements = recordStatements(pool);
  const schema = withExpenseTransactions(
    makeExecutableSchema({
      typeDefs: readSchemaFiles(new URL('../../schema/expenses/', import.meta.url)),
      resolvers,
    }),
  );
  const context = (caller: Caller | undefined) =>
    createExpensesContext({
      caller,
      database: createCallerDatabase<ExpensesTables>(connections, caller),
      subscribeToReports: () => Promise.reject(new TypeError('No notifications here')),
      now: () => NOW,
    });
  const run: TestExpenses['run'] = async (caller, source, variableValues = {}) => {
    const contextValue = context(caller);
    try {
      return await graphql({ schema, source, variableValues, contextValue });
    } finally {
      await contextValue.dispose();
    }
  };
  return {
    database,
    pool,
    connections,
    schema,
    takeStatements: () => statements.splice(0),
    context,
    run,
    async ask(caller, document, variables) {
      const { data, errors } = await run(caller, document, variables);
      if (errors?.[0]) throw errors[0];
      return data;
    },
    async close() {
      await connections.close();
      await database.drop();
    },
  };
}

/** Opens the resource before the tests of a file, with a connection that row-level security does not bind. */
export function useExpenses(): TestExpenses & { readonly superuser: pg.Client } {
  const opened = {} as TestExpenses & { readonly superuser: pg.Client };
  beforeAll(async () => {
    const expenses = await openExpenses();
    Object.assign(opened, expenses, { superuser: await openSuperuser(expenses.database) });
  });
  afterAll(async () => {
    await opened.superuser.end();
    await opened.close();
  });
  return opened;
}

/** Codes of an operation's errors, in their order. */
export function codesOf({ errors = [] }: ExecutionResult): unknown[] {
  return errors.map(({ extensions }) => extensions.code);
}
