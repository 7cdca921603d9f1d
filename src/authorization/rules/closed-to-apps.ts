import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isIntrospectionType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { along, withReachable } from '../requirements/reachable.js';
import type { RequirementTable } from '../requirements/requirement-table.js';
import type { Contribution } from './read-directives.js';
import { locationOf, type RequirementProblem } from './requirement-error.js';

/** Input of {@link findUselessAllowsApps}. */
export interface AppAccessSources extends Pick<RequirementTable, 'requirements' | 'fields' | 'inputs'> {
  readonly schema: GraphQLSchema;
  readonly contributions: ReadonlyMap<string, Contribution>;
}

interface OwnedField {
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
}

/** Types that a kind of caller can reach, and those with a field that it can read. */
interface Access {
  readonly reachable: ReadonlySet<GraphQLNamedType>;
  readonly readable: ReadonlySet<GraphQLNamedType>;
}

/**
 * Finds uses of `@allowsApps` that open nothing. The rule that closes them may be on the same element, on the way to it, or
 * on everything that it returns. Its author believes that applications get in.
 */
export function findUselessAllowsApps(sources: AppAccessSources): readonly RequirementProblem[] {
  const { schema, contributions } = sources;
  const owned = listFields(schema);
  const ofApps = findAccess(schema, owned, (one) => findClosingOfField(one, sources) === undefined);
  // An element that no caller can reach or read is not closed by a rule.
  const ofAny = findAccess(schema, owned, () => true);
  const waysTo = createWaysTo(schema, owned, ofApps.reachable);
  const opensToApps = (coordinate: string) => contributions.get(coordinate)?.opensToApps === true;

  function findClosedWays(type: GraphQLObjectType): string | undefined {
    if (ofApps.reachable.has(type) || !ofAny.reachable.has(type)) return undefined;
    return `every way to the type ${type.name} (${nameSome(waysTo(type))})`;
  }

  function findClosingOfReturned({ type, field }: OwnedField): string | undefined {
    // A mutation is useful without its result, because `__typename` can always be selected.
    if (type === schema.getMutationType()) return undefined;
    const returned = getNamedType(field.type);
    if (ofApps.readable.has(returned) || !ofAny.readable.has(returned)) return undefined;
    return `every field of its return type ${returned.name}`;
  }

  const types = [...new Set(owned.map(({ type }) => type))];
  const ofTypes = types
    .filter(({ name }) => opensToApps(name))
    .flatMap((type) => {
      const isUnreadable = !ofApps.readable.has(type) && ofAny.readable.has(type);
      return describe(type.name, type, findClosedWays(type) ?? (isUnreadable ? 'every field of the type' : undefined));
    });
  const ofFields = owned
    .filter(({ type, field }) => opensToApps(`${type.name}.${field.name}`))
    .flatMap((one) => {
      const closing = findClosingOfField(one, sources) ?? findClosedWays(one.type) ?? findClosingOfReturned(one);
      return describe(`${one.type.name}.${one.field.name}`, one.field, closing);
    });
  return [...ofTypes, ...ofFields];
}

function describe(
  coordinate: string,
  { astNode }: GraphQLObjectType | GraphQLField<unknown, unknown>,
  closing: string | undefined,
): readonly RequirementProblem[] {
  if (closing === undefined) return [];
  const message = `@allowsApps opens nothing: ${closing} is closed to applications. Open that too, or leave it out here`;
  return [{ coordinate, message, location: locationOf(astNode) }];
}

function listFields(schema: GraphQLSchema): readonly OwnedField[] {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  return types
    .filter((type) => !isIntrospectionType(type))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })));
}

/** Describes what closes a field by itself. Undefined when applications may use it where they get to its type. */
function findClosingOfField({ type, field }: OwnedField, sources: AppAccessSources): string | undefined {
  const { contributions, fields, requirements } = sources;
  const coordinate = `${type.name}.${field.name}`;
  const { name: returned } = getNamedType(field.type);
  if (contributions.get(type.name)?.app === 'never') return `its type ${type.name}`;
  if (contributions.get(returned)?.app === 'never') return `its return type ${returned}`;
  const own = fields.get(coordinate);
  if (own && requirements[own.requirement]?.app === 'never') return `the field ${coordinate}`;
  // An application cannot leave out a required argument.
  const closed = field.args
    .filter(isRequiredArgument)
    .map((argument) => findClosedInput(`${coordinate}(${argument.name}:)`, argument, sources, new Set()))
    .find((found) => found !== undefined);
  return closed && `its required input ${closed}`;
}

function findClosedInput(
  coordinate: string,
  input: GraphQLArgument | GraphQLInputField,
  sources: Pick<AppAccessSources, 'inputs' | 'requirements'>,
  seen: Set<GraphQLInputType>,
): string | undefined {
  const element = sources.inputs.get(coordinate);
  if (element && sources.requirements[element.requirement]?.app === 'never') return coordinate;
  const type = getNamedType(input.type);
  if (!isInputObjectType(type) || seen.has(type)) return undefined;
  seen.add(type);
  return Object.values(type.getFields())
    .filter(isRequiredInputField)
    .map((field) => findClosedInput(`${type.name}.${field.name}`, field, sources, seen))
    .find((found) => found !== undefined);
}

function findAccess(
  schema: GraphQLSchema,
  owned: readonly OwnedField[],
  isOpen: (field: OwnedField) => boolean,
): Access {
  const open = owned.filter(isOpen);
  const edges = edgesOf(schema, open);
  const entrances = owned.map(({ type }) => type).filter((type) => isEntrance(schema, type));
  const readableByThemselves = open.filter(
    ({ type, field }) => type === schema.getMutationType() || isLeafType(getNamedType(field.type)),
  );
  return {
    reachable: withReachable<GraphQLNamedType>(entrances, along(edges)),
    readable: withReachable<GraphQLNamedType>(
      readableByThemselves.map(({ type }) => type),
      along(reversed(edges)),
    ),
  };
}

/** A step from a type to one that a field of it returns, or from an abstract type to one of its object types. */
type Edge = readonly [from: GraphQLNamedType, to: GraphQLNamedType];

function edgesOf(schema: GraphQLSchema, fields: readonly OwnedField[]): readonly Edge[] {
  const abstractTypes = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return [
    ...abstractTypes.flatMap((type) => schema.getPossibleTypes(type).map((member): Edge => [type, member])),
    ...fields.map(({ type, field }): Edge => [type, getNamedType(field.type)]),
  ];
}

function reversed(edges: readonly Edge[]): readonly Edge[] {
  return edges.map(([from, to]) => [to, from]);
}

/**
 * Returns whether operations begin at a type. It is a root type or an entity that a gateway of Federation asks for by its
 * key.
 */
function isEntrance(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  if ([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type)) return true;
  const nodes = [type.astNode, ...type.extensionASTNodes];
  return nodes.some((node) => node?.directives?.some(({ name }) => /^(federation__)?key$/.test(name.value)));
}

/** Creates the search for the closed fields on the way from the elements that applications reach to a type. */
function createWaysTo(
  schema: GraphQLSchema,
  owned: readonly OwnedField[],
  reachable: ReadonlySet<GraphQLNamedType>,
): (type: GraphQLObjectType) => readonly string[] {
  const isReachable = ({ type }: OwnedField) => reachable.has(type);
  const closed = owned.filter((one) => !isReachable(one));
  const backward = along(reversed(edgesOf(schema, closed)));
  return (type) => {
    const behind = withReachable<GraphQLNamedType>([type], backward);
    const ways = owned.filter((one) => isReachable(one) && behind.has(getNamedType(one.field.type)));
    return ways.map((one) => `${one.type.name}.${one.field.name}`);
  };
}

const MAX_NAMES = 3;

function nameSome(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
