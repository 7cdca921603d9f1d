import {
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { type DirectiveReading, rulesOn } from './read-directives.js';
import { locationOf, type RequirementProblem } from './requirement-error.js';
import type { RuledElement } from './ruled-elements.js';

/**
 * Finds rules that no operation can reach: their type is not used, or only by an argument of a directive. Its author
 * believes that something is protected.
 */
export function findUnreachableRules(
  schema: GraphQLSchema,
  elements: readonly RuledElement[],
  reading: DirectiveReading,
): readonly RequirementProblem[] {
  const reachable = findReachableTypes(schema);
  // One problem of an element at a time: a rule that may not stand there at all was reported before.
  const told = new Set(reading.problems.map(({ coordinate }) => coordinate));
  return elements
    .filter(({ kind, typeName, coordinate }) => {
      return kind !== 'nowhere' && !reachable.has(typeName) && !told.has(coordinate);
    })
    .flatMap((element) =>
      rulesOn(element, reading).map(({ node }) => ({
        coordinate: element.coordinate,
        message: `@${node.name.value} protects nothing: no operation can reach the type ${element.typeName}`,
        location: locationOf(node),
      })),
    );
}

function findReachableTypes(schema: GraphQLSchema): ReadonlySet<string> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const reachable = new Set<GraphQLNamedType>(roots.filter((type) => type !== undefined && type !== null));
  // A Set may grow while it is iterated: what is added is visited too.
  for (const type of reachable) for (const next of neighboursOf(schema, type)) reachable.add(next);
  return new Set([...reachable].map(({ name }) => name));
}

function neighboursOf(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLNamedType[] {
  if (isUnionType(type)) return type.getTypes();
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => getNamedType(field.type));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const fields = Object.values(type.getFields());
  return [
    ...fields.flatMap((field) => [field, ...field.args]).map((typed) => getNamedType(typed.type)),
    ...type.getInterfaces(),
    ...(isInterfaceType(type) ? schema.getPossibleTypes(type) : []),
  ];
}
