import type { GraphQLSchema } from 'graphql';
import { withMutationTransactions as withTransactions } from '../database/transactions/mutation-transactions.js';
import type { ExpensesContext } from './context.js';
import { clearLoaders, createLoaders } from './loaders.js';
import type { ExpensesTables } from './tables.js';

/** Gives each field of Mutation a transaction of its own, with loaders that read in it. */
export function withMutationTransactions(schema: GraphQLSchema): GraphQLSchema {
  return withTransactions<ExpensesTables, ExpensesContext>(schema, {
    within: (context, database) => ({ ...context, database, loaders: createLoaders(database), isInChange: true }),
    afterwards: ({ loaders }) => clearLoaders(loaders),
  });
}
