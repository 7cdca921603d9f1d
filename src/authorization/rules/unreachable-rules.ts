import {
  DirectiveLocation,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { withReachable } from '../requirements/reachable.js';
import { type DirectiveReading, rulesOn } from './read-directives.js';
import { locationOf, type RequirementProblem } from './requirement-error.js';
import type { RuledElement } from './ruled-elements.js';

/**
 * Finds rules that no operation can reach: their type is not used, or only by an argument of a directive. The author of such
 * a rule believes that something is protected.
 */
export function findUnreachableRules(
  schema: GraphQLSchema,
  elements: readonly RuledElement[],
  reading: DirectiveReading,
): readonly RequirementProblem[] {
  const reachable = findReachableTypes(schema);
  // One problem of an element at a time: a rule that may not stand there at all was reported before.
  const reported = new Set(reading.problems.map(({ coordinate }) => coordinate));
  return elements
    .filter(({ kind, typeName, coordinate }) => {
      return kind !== 'nowhere' && !reachable.has(typeName) && !reported.has(coordinate);
    })
    .flatMap((element) =>
      rulesOn(element, reading).map(({ node }) => ({
        coordinate: element.coordinate,
        message: `@${node.name.value} protects nothing: no operation can reach the type ${element.typeName}`,
        location: locationOf(node),
      })),
    );
}

/** Places of an operation in which a directive can stand. */
const OPERATION_LOCATIONS: readonly string[] = [
  DirectiveLocation.QUERY,
  DirectiveLocation.MUTATION,
  DirectiveLocation.SUBSCRIPTION,
  DirectiveLocation.FIELD,
  DirectiveLocation.FRAGMENT_DEFINITION,
  DirectiveLocation.FRAGMENT_SPREAD,
  DirectiveLocation.INLINE_FRAGMENT,
  DirectiveLocation.VARIABLE_DEFINITION,
];

/**
 * Finds arguments of directives through which an operation can send a value of a protected type. Rules are enforced on the
 * arguments of fields, and a resolver can read those of a directive as well.
 */
export function findUnenforcedArguments(
  schema: GraphQLSchema,
  elements: readonly RuledElement[],
  reading: DirectiveReading,
): readonly RequirementProblem[] {
  // A rule that no field can reach was reported before.
  const reachable = findReachableTypes(schema);
  const ruled = new Map<string, RuledElement>();
  for (const element of elements) {
    const isInput = element.kind === 'leaf' || (element.kind === 'input' && !element.coordinate.includes('('));
    if (isInput && reachable.has(element.typeName) && rulesOn(element, reading).length > 0)
      ruled.set(element.typeName, element);
  }
  const directives = schema
    .getDirectives()
    .filter(({ locations }) => locations.some((location) => OPERATION_LOCATIONS.includes(location)));
  return directives.flatMap(({ name, args }) =>
    args.flatMap((argument) => {
      const types = withNeighbours(schema, [getNamedType(argument.type)]);
      const element = [...types].map((type) => ruled.get(type.name)).find((found) => found !== undefined);
      if (!element) return [];
      const message = `an operation can send ${element.coordinate}, whose rule is not enforced in arguments of directives: give the argument another type, or make it an argument of a field`;
      return [
        {
          coordinate: `@${name}(${argument.name}:)`,
          message,
          location: locationOf(argument.astNode),
        },
      ];
    }),
  );
}

function findReachableTypes(schema: GraphQLSchema): ReadonlySet<string> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const reachable = withNeighbours(
    schema,
    roots.filter((type) => type !== undefined && type !== null),
  );
  return new Set([...reachable].map(({ name }) => name));
}

/** Returns these types and all that can be reached from them. */
function withNeighbours(schema: GraphQLSchema, types: readonly GraphQLNamedType[]): ReadonlySet<GraphQLNamedType> {
  return withReachable(types, (type) => neighboursOf(schema, type));
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
