import type { GraphQLSchema } from 'graphql';
import { withMutationTransactions } from '../database/transactions/mutation-transactions.js';
import type { ExpensesContext } from './context.js';
import { clearLoaders, createLoaders } from './loaders.js';
import { asksForAuthor } from './pages/asked-columns.js';
import type { ExpensesTables } from './tables.js';

/**
 * Gives each field of Mutation a transaction of its own, with loaders that read in it. The payload gets the employees that the
 * transaction has read: no caller can change one, so they are as they were committed.
 */
export function withExpenseTransactions(schema: GraphQLSchema): GraphQLSchema {
  return withMutationTransactions<ExpensesTables, ExpensesContext>(schema, {
    within: (context, database, info) => ({
      ...context,
      database,
      loaders: createLoaders(database),
      isInChange: true,
      asksForAuthor: asksForAuthor(info),
    }),
    afterwards({ loaders }, ofField) {
      clearLoaders(loaders);
      for (const [id, employee] of ofField.loaders.knownEmployees) loaders.knownEmployees.set(id, employee);
    },
  });
}
