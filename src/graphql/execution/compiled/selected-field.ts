import type { FieldNode, GraphQLField, GraphQLObjectType, GraphQLResolveInfo, ResponsePath } from 'graphql';
import type { Operation, Run } from './run.js';

/** A field of an object type as the selections of one operation ask for it. */
export interface SelectedField {
  readonly operation: Operation;
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  /** Its alias or name. */
  readonly key: string;
  /** All nodes of this field. Their arguments are the same and their sub-selections are merged. */
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
}

/**
 * Creates the `info` of resolvers.
 *
 * @param path of the field, or of an item of the lists in it
 */
export function resolveInfo(field: SelectedField, path: ResponsePath, run: Run): GraphQLResolveInfo {
  const { definition, nodes, parentType, operation } = field;
  let fieldPath = path;
  while (typeof fieldPath.key === 'number' && fieldPath.prev) fieldPath = fieldPath.prev;
  return {
    fieldName: definition.name,
    fieldNodes: nodes,
    returnType: definition.type,
    parentType,
    path: fieldPath,
    schema: operation.schema,
    fragments: operation.fragments,
    rootValue: run.rootValue,
    operation: operation.operation,
    variableValues: run.variables,
  };
}
