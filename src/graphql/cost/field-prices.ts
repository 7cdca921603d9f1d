import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isUnionType,
} from 'graphql';
import type { Clauses } from '../../authorization/requirements/requirement.js';
import type { RequirementTable } from '../../authorization/requirements/requirement-table.js';
import { distinct } from '../../values/distinct.js';
import { SchemaError } from '../schema/schema-error.js';
import { type CostDirectives, createCostDirectives, type ListSize } from './cost-directives.js';
import { checkListSize, dimensionsOf, usualListSize } from './list-sizes.js';

/** The cost of a field as far as the schema states it. */
export interface FieldPrice {
  readonly coordinate: string;
  /** Weight of one call of the field. */
  readonly weight: number;
  /** Weight of one value of its type. */
  readonly itemWeight: number;
  /** How many lists are around each value. */
  readonly dimensions: number;
  readonly size: SizeRule | undefined;
  /**
   * Arguments that are lists, for a list without `@listSize`. It is assumed to have as many items as the longest of them,
   * because they may name its items (`nodes(ids:)` or Federation's `_entities`).
   */
  readonly lists: readonly string[];
  readonly arguments: ReadonlyMap<string, InputPrice>;
}

/** The number of values of a field or of fields of the object it returns. */
export interface SizeRule extends Pick<ListSize, 'assumedSize' | 'requireOneSlicingArgument'> {
  /** Paths to numbers in the arguments, such as `["input", "first"]`. */
  readonly slicing: readonly (readonly string[])[];
  /** Fields of the returned object that have this size. One set for equal ones. */
  readonly sizedFields: ReadonlySet<string> | undefined;
}

/** The cost of an argument or input field. */
export interface InputPrice {
  readonly type: GraphQLInputType;
  readonly weight: number;
  readonly defaultValue: unknown;
}

export interface Prices {
  /** Returns the prices of a field of an object type, or of each field that a selection on an interface can stand for. */
  fieldsOf(type: GraphQLNamedType, name: string): readonly FieldPrice[];
  /** Returns the weight of one value of a type. For an abstract type it is the largest of its possible types. */
  typeWeight(type: GraphQLNamedType): number;
  inputFieldsOf(type: GraphQLNamedType): ReadonlyMap<string, InputPrice>;
}

/**
 * Weights without `@cost`. The specification gives leaves no weight. Two hundred aliases of a leaf below a list of a hundred
 * would then be free, so a leaf weighs a tenth of an object. A leaf with a resolver takes three times as long as one that is
 * read from its object, so its call adds 0.2. A policy runs for each call of its field, or for each object of its type.
 */
const DEFAULT_WEIGHTS = { composite: 1, leaf: 0.1, leafResolver: 0.2, policy: 2 } as const;

/** The rules of a schema as far as they have a price. */
export type PricedRules = Pick<RequirementTable, 'fields' | 'objects'>;

/**
 * Reads the prices of all fields of a schema.
 *
 * @param rules without them, policies have no price
 * @throws SchemaError with every directive that makes no sense
 */
export function readPrices(schema: GraphQLSchema, rules?: PricedRules): Prices {
  const directives = createCostDirectives(schema);
  const reading: Reading = {
    schema,
    directives,
    rules,
    typeWeights: new Map(),
    fields: new Map(),
    candidates: new Map(),
    sized: new Set(),
    sets: new Map(),
  };
  const inputs = new Map<string, ReadonlyMap<string, InputPrice>>();
  const types = Object.values(schema.getTypeMap());
  for (const type of types) reading.typeWeights.set(type.name, readTypeWeight(reading, type));
  for (const type of types) {
    if (isInputObjectType(type)) inputs.set(type.name, readInputs(reading, type.name, Object.values(type.getFields())));
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) readField(reading, type, field);
  }
  if (directives.problems.length > 0) throw new SchemaError(directives.problems);
  return {
    fieldsOf: (type, name) => candidatesOf(reading, type, name),
    typeWeight: (type) => weightOfType(reading, type),
    inputFieldsOf: ({ name }) => inputs.get(name) ?? new Map(),
  };
}

interface Reading {
  readonly schema: GraphQLSchema;
  readonly directives: CostDirectives;
  readonly rules: PricedRules | undefined;
  readonly typeWeights: Map<string, number>;
  readonly fields: Map<string, FieldPrice>;
  /** Prices of fields of interfaces, by coordinate. */
  readonly candidates: Map<string, readonly FieldPrice[]>;
  /** Coordinates with `@listSize`. */
  readonly sized: Set<string>;
  readonly sets: Map<string, ReadonlySet<string>>;
}

function readTypeWeight({ directives, rules }: Reading, type: GraphQLNamedType): number {
  const usual = isLeafType(type) ? DEFAULT_WEIGHTS.leaf : DEFAULT_WEIGHTS.composite;
  return directives.weightOf(type, type.name) ?? usual + policiesWeight(rules?.objects.get(type.name)?.policies);
}

/** Each policy that may be asked counts. */
function policiesWeight(policies: Clauses = []): number {
  const names = new Set(policies.flatMap(({ anyOf }) => anyOf.flat()));
  return names.size * DEFAULT_WEIGHTS.policy;
}

function weightOfType({ schema, typeWeights }: Reading, type: GraphQLNamedType): number {
  const own = typeWeights.get(type.name) ?? DEFAULT_WEIGHTS.composite;
  if (!isInterfaceType(type) && !isUnionType(type)) return own;
  const possible = schema.getPossibleTypes(type).map(({ name }) => typeWeights.get(name) ?? own);
  return possible.length > 0 ? Math.max(...possible) : own;
}

function readInputs(
  reading: Reading,
  parent: string,
  inputs: readonly Pick<GraphQLArgument, 'name' | 'type' | 'defaultValue' | 'astNode' | 'extensions'>[],
): ReadonlyMap<string, InputPrice> {
  const isArgument = parent.includes('.');
  return new Map(
    inputs.map((input) => {
      const coordinate = isArgument ? `${parent}(${input.name}:)` : `${parent}.${input.name}`;
      const ofType = weightOfType(reading, getNamedType(input.type));
      const weight = reading.directives.weightOf(input, coordinate) ?? ofType;
      return [input.name, { type: input.type, weight, defaultValue: input.defaultValue }] as const;
    }),
  );
}

function readField(reading: Reading, parent: GraphQLNamedType, field: GraphQLField<unknown, unknown>): void {
  const coordinate = `${parent.name}.${field.name}`;
  const type = getNamedType(field.type);
  const declared = reading.directives.weightOf(field, coordinate);
  if (declared !== undefined && isInterfaceType(parent)) {
    reading.directives.report(
      field,
      coordinate,
      '@cost on a field of an interface; write it on the implementing fields',
    );
  }
  const listSize = reading.directives.listSizeOf(field, coordinate);
  if (listSize) {
    reading.sized.add(coordinate);
    checkListSize(reading.directives, field, { coordinate, listSize });
  }
  const size = listSize ?? usualListSize(field);
  reading.fields.set(coordinate, {
    coordinate,
    weight: declared ?? callWeight(reading, coordinate, field),
    itemWeight: weightOfType(reading, type),
    dimensions: dimensionsOf(field.type),
    size: size && toRule(reading, size),
    lists: listSize || dimensionsOf(field.type) === 0 ? [] : listArgumentsOf(field),
    arguments: readInputs(reading, coordinate, field.args),
  });
}

/**
 * Returns the usual weight of a call and of the policies that are asked before it. For a field of an interface, the table
 * has the policies of all implementers. Only those of one are asked, so they count with the field of that implementer.
 */
function callWeight({ rules }: Reading, coordinate: string, field: GraphQLField<unknown, unknown>): number {
  const rule = rules?.fields.get(coordinate);
  const policies = rule?.on === 'interface' ? [] : rule?.beforehand.flatMap((element) => element.policies);
  const ofLeaf = field.resolve ? DEFAULT_WEIGHTS.leafResolver : 0;
  return (isLeafType(getNamedType(field.type)) ? ofLeaf : DEFAULT_WEIGHTS.composite) + policiesWeight(policies);
}

function toRule({ sets }: Reading, size: ListSize): SizeRule {
  const key = [...size.sizedFields].sort().join();
  if (!sets.has(key)) sets.set(key, new Set(size.sizedFields));
  return {
    assumedSize: size.assumedSize,
    requireOneSlicingArgument: size.requireOneSlicingArgument && size.slicingArguments.length > 0,
    slicing: size.slicingArguments.map((path) => path.split('.')),
    sizedFields: key === '' ? undefined : sets.get(key),
  };
}

function listArgumentsOf({ args }: GraphQLField<unknown, unknown>): readonly string[] {
  return args.filter(({ type }) => dimensionsOf(type) > 0).map(({ name }) => name);
}

/** Returns the prices of a field on an interface: those of every implementing type. Equal prices count once. */
function candidatesOf(reading: Reading, type: GraphQLNamedType, name: string): readonly FieldPrice[] {
  const coordinate = `${type.name}.${name}`;
  const own = reading.fields.get(coordinate);
  if (!own) return [];
  if (!isInterfaceType(type)) return [own];
  const known = reading.candidates.get(coordinate);
  if (known) return known;
  const implementing = reading.schema
    .getPossibleTypes(type)
    .flatMap((object) => reading.fields.get(`${object.name}.${name}`) ?? []);
  const isOwnCounted = reading.sized.has(coordinate) || implementing.length === 0;
  const candidates = distinct(isOwnCounted ? [own, ...implementing] : implementing, keyOf);
  reading.candidates.set(coordinate, candidates);
  return candidates;
}

function keyOf({ coordinate: _ofOne, size, arguments: inputs, ...rest }: FieldPrice): string {
  const sizedFields = size?.sizedFields && [...size.sizedFields];
  const prices = [...inputs].map(([name, { type, ...price }]) => ({ name, type: String(type), ...price }));
  const key = [rest, size, sizedFields, prices];
  return JSON.stringify(key, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
