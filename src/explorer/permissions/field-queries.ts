import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  OperationTypeNode,
} from 'graphql';

/** Returns the text of an operation that uses a field or an argument. Undefined where no operation reaches it. */
export type QueryOf = (coordinate: string) => string | undefined;

type AnyField = GraphQLField<unknown, unknown>;

/** One selection on the way from a root type: a field, or a type condition. */
type Step = { readonly field: AnyField } | { readonly on: string };

/** Fields that an example selects of an object. */
const MOST_LEAVES = 5;

/** Creates operations for the fields of a schema, by the shortest way to each type. Required arguments are variables. */
export function createFieldQueries(schema: GraphQLSchema): QueryOf {
  const ways = findWays(schema);
  return (coordinate) => {
    const [typeName = '', fieldName = '', argumentName] = coordinate.split(/[.(:]/);
    const type = schema.getType(typeName);
    const way = ways.get(typeName);
    if (!way || !(isObjectType(type) || isInterfaceType(type))) return undefined;
    const field = type.getFields()[fieldName];
    return field && writeOperation({ ...way, steps: [...way.steps, { field }] }, { field, argumentName });
  };
}

interface Way {
  readonly operation: OperationTypeNode;
  readonly steps: readonly Step[];
}

/** Finds the shortest way to each type. Queries come before mutations, and these before subscriptions. */
function findWays(schema: GraphQLSchema): ReadonlyMap<string, Way> {
  const ways = new Map<string, Way>();
  for (const operation of Object.values(OperationTypeNode)) {
    const root = schema.getRootType(operation);
    if (root && !ways.has(root.name)) ways.set(root.name, { operation, steps: [] });
  }
  // The map grows while it is walked, so that the nearest types come first.
  for (const [name, way] of ways) {
    for (const [next, step] of stepsFrom(schema, schema.getType(name))) {
      if (!ways.has(next)) ways.set(next, { ...way, steps: [...way.steps, step] });
    }
  }
  return ways;
}

function stepsFrom(schema: GraphQLSchema, type: GraphQLNamedType | undefined): readonly (readonly [string, Step])[] {
  const members = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  return [
    ...fields.map((field) => [getNamedType(field.type).name, { field }] as const),
    ...members.map(({ name }) => [name, { on: name }] as const),
  ];
}

function writeOperation(
  { operation, steps }: Way,
  target: { readonly field: AnyField; readonly argumentName: string | undefined },
): string {
  const variables: string[] = [];
  const nameVariable = ({ name, type }: GraphQLArgument): string => {
    const isTaken = variables.some((known) => known.startsWith(`$${name}:`));
    const variable = isTaken ? `${name}${variables.length + 1}` : name;
    variables.push(`$${variable}: ${String(type)}`);
    return `${name}: $${variable}`;
  };
  const lines = steps.map((step) => {
    if ('on' in step) return `... on ${step.on}`;
    const isWanted = (argument: GraphQLArgument) =>
      isRequiredArgument(argument) || (step.field === target.field && argument.name === target.argumentName);
    const given = step.field.args.filter(isWanted).map(nameVariable);
    return step.field.name + (given.length > 0 ? `(${given.join(', ')})` : '');
  });
  const inner = leavesOf(getNamedType(target.field.type));
  const head = `${operation}${variables.length > 0 ? ` (${variables.join(', ')})` : ''}`;
  return `${nest([head, ...lines], inner, '')}\n`;
}

/** Returns what an example selects of a type. Undefined for a leaf. */
function leavesOf(type: GraphQLNamedType): readonly string[] | undefined {
  if (isLeafType(type)) return undefined;
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)) && !field.args.some(isRequiredArgument));
  return leaves.length > 0 ? leaves.slice(0, MOST_LEAVES).map(({ name }) => name) : ['__typename'];
}

function nest([line = '', ...rest]: readonly string[], inner: readonly string[] | undefined, indent: string): string {
  const deeper = `${indent}  `;
  if (rest.length > 0) return `${indent}${line} {\n${nest(rest, inner, deeper)}\n${indent}}`;
  if (!inner) return indent + line;
  return `${indent}${line} {\n${inner.map((name) => deeper + name).join('\n')}\n${indent}}`;
}
