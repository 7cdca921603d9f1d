import {
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { withReachable } from '../requirements/reachable.js';

/**
 * Finds the types that operations can reach without the hidden elements, by their names. A type that only a hidden field
 * returns is not among them. An interface that no field returns is there for its objects, and brings no other objects.
 */
export function findReached(schema: GraphQLSchema, hidden: ReadonlySet<string>): ReadonlySet<string> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const reached = withReachable<GraphQLNamedType>(
    roots.flatMap((root) => (root && !hidden.has(root.name) ? [root] : [])),
    (type) => typesWithin(schema, type, hidden).filter(({ name }) => !hidden.has(name)),
  );
  return new Set([...reached].map(({ name }) => name));
}

function typesWithin(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  hidden: ReadonlySet<string>,
): readonly GraphQLNamedType[] {
  if (isUnionType(type)) return type.getTypes();
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields());
    return fields.filter(({ name }) => !hidden.has(`${type.name}.${name}`)).map((field) => getNamedType(field.type));
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const fields = Object.values(type.getFields()).filter(({ name }) => !hidden.has(`${type.name}.${name}`));
  return fields.flatMap((field) => {
    const coordinate = `${type.name}.${field.name}`;
    const inputs = field.args.filter(({ name }) => !hidden.has(`${coordinate}(${name}:)`));
    const returned = getNamedType(field.type);
    const objects = isInterfaceType(returned) ? schema.getPossibleTypes(returned) : [];
    return [returned, ...objects, ...inputs.map((argument) => getNamedType(argument.type))];
  });
}
