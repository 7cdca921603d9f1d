import {
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';

/**
 * Finds the types that operations can reach without the hidden elements, by their names. A type that only a hidden field
 * returns is not among them. An interface that no field returns is there for its objects, and brings no other objects.
 */
export function findReached(schema: GraphQLSchema, hidden: ReadonlySet<string>): ReadonlySet<string> {
  const reached = new Set<string>();
  const pending: GraphQLNamedType[] = [];
  const reach = (type: GraphQLNamedType) => {
    if (hidden.has(type.name) || reached.has(type.name)) return;
    reached.add(type.name);
    pending.push(type);
  };
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const root of roots) if (root) reach(root);
  for (let type = pending.pop(); type; type = pending.pop())
    for (const next of typesWithin(schema, type, hidden)) reach(next);
  return reached;
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
