import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLFieldConfig, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import type { CallerDatabase } from './caller-database.js';

/** A context with the caller's database. */
interface DatabaseContext<Tables> {
  readonly database: CallerDatabase<Tables>;
}

/**
 * Gives each field of Mutation a transaction of its own, which its policies and its resolver share. So the rows that a policy
 * judged are the same when the resolver writes. The transaction is committed when the field resolves, and rolled back when
 * the field is denied or fails. Fields before it in the operation stay committed (GraphQL s.6.2.2 runs them one after the
 * other).
 *
 * The payload's fields are resolved afterwards and read what was committed.
 *
 * @param options.within makes the context of the field, with the database of the transaction
 * @param options.afterwards is called after a commit, with the context of the operation and that of the field
 */
export function withMutationTransactions<Tables, Context extends DatabaseContext<Tables>>(
  schema: GraphQLSchema,
  options: {
    within(context: Context, database: CallerDatabase<Tables>, info: GraphQLResolveInfo): Context;
    afterwards?(context: Context, ofField: Context): void;
  },
): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.MUTATION_ROOT_FIELD]: (field): GraphQLFieldConfig<unknown, Context> => {
      const resolve = field.resolve ?? defaultFieldResolver;
      return {
        ...field,
        resolve: async (parent, args, context, info) => {
          const { result, ofField } = await context.database.write(async (database) => {
            const ofField = options.within(context, database, info);
            const result: unknown = await resolve(parent, args, ofField, info);
            // A resolver may return its error, as rules do when they deny: that is to be rolled back too.
            if (result instanceof Error) throw result;
            return { result, ofField };
          }, String(info.path.key));
          options.afterwards?.(context, ofField);
          return result;
        },
      };
    },
  });
}
