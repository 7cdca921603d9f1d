import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import type { RequirementTable } from '../requirements/requirement-table.js';
import type { Contribution } from './read-directives.js';
import { locationOf, type RequirementProblem } from './requirement-error.js';

/** Input of {@link findUselessAllowsApps}. */
export interface AppAccessSources extends Pick<RequirementTable, 'requirements' | 'fields' | 'inputs'> {
  readonly schema: GraphQLSchema;
  readonly contributions: ReadonlyMap<string, Contribution>;
}

/** A field and the object type that it belongs to. */
interface OwnedField {
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
}

/** Object types that a kind of caller can reach, and those with a field that it can read. */
interface Access {
  readonly reachable: ReadonlySet<GraphQLObjectType>;
  readonly readable: ReadonlySet<GraphQLObjectType>;
}

/**
 * Finds uses of `@allowsApps` that open nothing. What closes them may stand on the same element, on the way to it, or on
 * everything that it returns. Its author believes that applications get in.
 */
export function findUselessAllowsApps(sources: AppAccessSources): readonly RequirementProblem[] {
  const { schema, contributions } = sources;
  const owned = listFields(schema);
  const ofApps = findAccess(schema, owned, (one) => findClosingOfField(one, sources) === undefined);
  // What no caller can get to or read is nothing that a rule closes.
  const ofAny = findAccess(schema, owned, () => true);
  const waysTo = createWaysTo(schema, owned, ofApps.reachable);
  const opensToApps = (coordinate: string) => contributions.get(coordinate)?.opensToApps === true;

  function findClosedWays(type: GraphQLObjectType): string | undefined {
    if (ofApps.reachable.has(type) || !ofAny.reachable.has(type)) return undefined;
    return `every way to the type ${type.name} (${nameSome(waysTo(type))})`;
  }

  function findClosingOfReturned({ type, field }: OwnedField): string | undefined {
    // A mutation is run for what it does, and `__typename` can always be selected.
    if (type === schema.getMutationType()) return undefined;
    const returned = objectTypesOf(schema, field.type);
    if (returned.some((one) => ofApps.readable.has(one)) || !returned.some((one) => ofAny.readable.has(one)))
      return undefined;
    return `every field of its return type ${getNamedType(field.type).name}`;
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

/** Returns what closes a field by itself, in words; undefined when applications may use it where they get to its type. */
function findClosingOfField({ type, field }: OwnedField, sources: AppAccessSources): string | undefined {
  const { contributions, fields, requirements } = sources;
  const coordinate = `${type.name}.${field.name}`;
  const { name: returned } = getNamedType(field.type);
  if (contributions.get(type.name)?.app === 'never') return `its type ${type.name}`;
  if (contributions.get(returned)?.app === 'never') return `its return type ${returned}`;
  const own = fields.get(coordinate);
  if (own && requirements[own.requirement]?.app === 'never') return `the field ${coordinate}`;
  // An application cannot leave out what the field requires.
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
  const returnedBy = new Map<GraphQLObjectType, GraphQLObjectType[]>();
  for (const { type, field } of open) {
    const returned = returnedBy.get(type) ?? [];
    returned.push(...objectTypesOf(schema, field.type));
    returnedBy.set(type, returned);
  }
  const reachable = new Set(owned.map(({ type }) => type).filter((type) => isEntrance(schema, type)));
  // A Set may grow while it is iterated: what is added is visited too.
  for (const type of reachable) for (const next of returnedBy.get(type) ?? []) reachable.add(next);
  const readable = new Set<GraphQLObjectType>();
  grow(readable, open, ({ type, field }) => {
    const returned = objectTypesOf(schema, field.type);
    return type === schema.getMutationType() || returned.length === 0 || returned.some((one) => readable.has(one));
  });
  return { reachable, readable };
}

/** Adds the types of the fields that fit, until no more do: a field may fit because of a type that was added. */
function grow(
  types: Set<GraphQLObjectType>,
  fields: readonly OwnedField[],
  fits: (field: OwnedField) => boolean,
): void {
  for (let size = -1; size < types.size; ) {
    size = types.size;
    for (const one of fields) if (!types.has(one.type) && fits(one)) types.add(one.type);
  }
}

/** Whether operations begin at a type: a root type, or an entity, which a gateway of Federation asks for by its key. */
function isEntrance(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  if ([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type)) return true;
  const nodes = [type.astNode, ...type.extensionASTNodes];
  return nodes.some((node) => node?.directives?.some(({ name }) => /^(federation__)?key$/.test(name.value)));
}

/** The object types that a field can return; none for scalars and enums. */
function objectTypesOf(schema: GraphQLSchema, declared: GraphQLOutputType): readonly GraphQLObjectType[] {
  const type = getNamedType(declared);
  if (isAbstractType(type)) return schema.getPossibleTypes(type);
  return isObjectType(type) ? [type] : [];
}

/** Creates the search for the closed fields that stand between what applications reach and a type. */
function createWaysTo(
  schema: GraphQLSchema,
  owned: readonly OwnedField[],
  reachable: ReadonlySet<GraphQLObjectType>,
): (type: GraphQLObjectType) => readonly string[] {
  return (type) => {
    const behind = new Set([type]);
    const returnsOneOf = ({ field }: OwnedField) => objectTypesOf(schema, field.type).some((one) => behind.has(one));
    grow(behind, owned, (one) => !reachable.has(one.type) && returnsOneOf(one));
    const ways = owned.filter((one) => reachable.has(one.type) && returnsOneOf(one));
    return ways.map((one) => `${one.type.name}.${one.field.name}`);
  };
}

const MAX_NAMES = 3;

function nameSome(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
