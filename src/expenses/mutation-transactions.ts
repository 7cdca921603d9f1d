import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLFieldConfig, type GraphQLSchema } from 'graphql';
import type { ExpensesContext } from './context.js';
import { clearLoaders, createLoaders } from './loaders.js';

/**
 * Gives each field of Mutation a transaction of its own, which its policies and its resolver share: what a policy decided
 * by still holds when the resolver writes. Committed when the field resolves, rolled back when it is denied or fails; fields
 * before it in the operation stay committed (GraphQL s.6.2.2 runs them one after the other).
 *
 * The payload's fields are resolved afterwards and read what was committed.
 */
export function withMutationTransactions(schema: GraphQLSchema): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.MUTATION_ROOT_FIELD]: (field): GraphQLFieldConfig<unknown, ExpensesContext> => {
      const resolve = field.resolve ?? defaultFieldResolver;
      return {
        ...field,
        resolve: async (parent, args, context, info) => {
          const result = await context.database.write(async (database) => {
            const inside = { ...context, database, loaders: createLoaders(database), isInChange: true };
            const resolved: unknown = await resolve(parent, args, inside, info);
            // A resolver may return its error, as rules do when they deny: that is to be rolled back too.
            if (resolved instanceof Error) throw resolved;
            return resolved;
          }, String(info.path.key));
          clearLoaders(context.loaders);
          return result;
        },
      };
    },
  });
}
