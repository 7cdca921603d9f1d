import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLFieldConfig, type GraphQLSchema } from 'graphql';
import type { DeniedFields } from '../../authorization/operations/denied-fields.js';

/** Key in a context of the fields that its operation is denied. */
const DENIED = Symbol('denied fields');

/** Notes in the context of an operation which of its fields fail because the token denies them. */
export function noteDeniedFields(context: object, denied: DeniedFields): void {
  Object.assign(context, { [DENIED]: denied });
}

/**
 * Returns the schema in which the denied fields of an operation are errors and are not resolved. graphql-js puts null where
 * it belongs, as it does for a field that fails.
 */
export function withDeniedFields(schema: GraphQLSchema): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field: GraphQLFieldConfig<unknown, DeniedContext>, fieldName, typeName) => {
      const { resolve = defaultFieldResolver } = field;
      const coordinate = `${typeName}.${fieldName}`;
      return {
        ...field,
        resolve: (parent, args, context, info) => {
          const denied = context[DENIED]?.get(coordinate);
          if (!denied) return resolve(parent, args, context, info);
          return denied.errorAt({ nodes: info.fieldNodes, path: info.path, context });
        },
      };
    },
  });
}

interface DeniedContext {
  readonly [DENIED]?: DeniedFields;
}
