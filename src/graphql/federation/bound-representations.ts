import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { defaultFieldResolver, GraphQLError, type GraphQLFieldConfig, type GraphQLSchema } from 'graphql';
import type { DescribeLimit } from '../../config/limit-error.js';
import type { Limits } from '../../config/limits.js';

/** Refuses `_entities` with too many representations before any of them is decided. */
export function boundRepresentations(
  schema: GraphQLSchema,
  { entityRepresentations: maximum }: Pick<Limits, 'entityRepresentations'>,
  describeLimit: DescribeLimit,
): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.QUERY_ROOT_FIELD]: (field, name): GraphQLFieldConfig<unknown, unknown> => {
      if (name !== '_entities') return field;
      const { resolve = defaultFieldResolver } = field;
      return {
        ...field,
        resolve: (parent, args, context, info) => {
          const { length }: { readonly length: number } = args.representations;
          if (length <= maximum) return resolve(parent, args, context, info);
          const { message, extensions } = describeLimit('entityRepresentations', length);
          throw new GraphQLError(message, { extensions });
        },
      };
    },
  });
}
