import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
} from 'graphql';
import { isEntitiesField, isFederationField } from '../guards/federation-entities.js';
import {
  createRequirementInterner,
  PUBLIC_REQUIREMENT,
  type RequirementInterner,
} from '../requirements/requirement.js';
import type { ElementRequirement, FieldRequirement, RequirementTable } from '../requirements/requirement-table.js';
import { readDirectiveNames } from './directive-names.js';
import { addInterfaceRequirements } from './interface-requirements.js';
import { findMisplacedRules } from './misplaced-rules.js';
import { findProtectedDefaults } from './protected-defaults.js';
import {
  type Contribution,
  type DirectiveReading,
  joinContributions,
  locationOf,
  type RuledElement,
  readContribution,
} from './read-directives.js';
import { RequirementError } from './requirement-error.js';

/** What compiling works on and fills. */
interface Compilation {
  readonly schema: GraphQLSchema;
  readonly reading: DirectiveReading;
  readonly interner: RequirementInterner;
  readonly fields: Map<string, FieldRequirement>;
  readonly inputs: Map<string, ElementRequirement>;
  readonly inputNames: Set<string>;
  readonly objects: Map<string, ElementRequirement>;
}

/**
 * Compiles the directives of a schema into the table of who may use what.
 *
 * @param policies names of the policies that exist; leave it out to accept any, as when two versions are compared.
 * @throws RequirementError with every problem found: a root field without a rule, a rule where it protects nothing,
 *   `@public` beside another rule, empty or doubled entries, unknown policies, defaults for protected inputs.
 */
export function compileRequirements(schema: GraphQLSchema, policies?: Iterable<string>): RequirementTable {
  const compilation: Compilation = {
    schema,
    reading: { names: readDirectiveNames(schema), policies: policies && new Set(policies), problems: [] },
    interner: createRequirementInterner(),
    fields: new Map(),
    inputs: new Map(),
    inputNames: new Set(),
    objects: new Map(),
  };
  const contributions = readTypes(compilation);
  for (const type of typesOf(schema).filter(isObjectType)) compileObject(compilation, type, contributions);
  for (const type of typesOf(schema).filter(isInputObjectType)) {
    for (const field of Object.values(type.getFields())) {
      compileInput(compilation, { coordinate: `${type.name}.${field.name}`, kind: 'input', nodes: [field.astNode] });
    }
  }
  addInterfaceRequirements(compilation);
  compilation.reading.problems.push(
    ...findMisplacedRules(schema, compilation.reading),
    ...findProtectedDefaults(schema, compilation.inputs),
  );
  if (compilation.reading.problems.length > 0) throw new RequirementError(compilation.reading.problems);
  const { fields, inputs, inputNames, objects, interner } = compilation;
  return { requirements: interner.requirements, fields, inputs, inputNames, objects };
}

function typesOf(schema: GraphQLSchema): readonly GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
}

/** What each object, scalar and enum type contributes to the fields that belong to it or return it. */
function readTypes({ schema, reading }: Compilation): ReadonlyMap<string, Contribution> {
  const contributions = new Map<string, Contribution>();
  for (const type of typesOf(schema)) {
    const kind = isObjectType(type) ? 'object' : isScalarType(type) || isEnumType(type) ? 'leaf' : undefined;
    if (kind === undefined) continue;
    const nodes = [type.astNode, ...type.extensionASTNodes];
    const contribution = readContribution({ coordinate: type.name, kind, nodes }, reading);
    if (contribution) contributions.set(type.name, contribution);
  }
  return contributions;
}

function compileObject(
  compilation: Compilation,
  type: GraphQLObjectType,
  contributions: ReadonlyMap<string, Contribution>,
): void {
  const own = contributions.get(type.name);
  // `@public` opens the fields of the type, not the way to it.
  const objectContributions = own && !own.isPublic ? [own] : [];
  compilation.objects.set(type.name, toRequirement(compilation, type.name, objectContributions));
  for (const field of Object.values(type.getFields())) compileField(compilation, type, field, contributions);
}

function compileField(
  compilation: Compilation,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  contributions: ReadonlyMap<string, Contribution>,
): void {
  const coordinate = `${type.name}.${field.name}`;
  const ofParent = contributions.get(type.name);
  const ofField = readContribution({ coordinate, kind: 'field', nodes: [field.astNode] }, compilation.reading);
  const ofReturnType = contributions.get(getNamedType(field.type).name);
  const all = [ofParent, ofField, ofReturnType?.isPublic ? undefined : ofReturnType].filter(isContribution);
  const report = (message: string) =>
    compilation.reading.problems.push({ coordinate, message, location: locationOf(field.astNode) });
  if (all.some(({ isPublic }) => isPublic) && !all.every(({ isPublic }) => isPublic)) {
    report('@public on the field or its type contradicts another rule on the field, its type or its return type');
  }
  const isFederated = type === compilation.schema.getQueryType() && isFederationField(field);
  if (!ofParent && !ofField && isRootType(compilation.schema, type) && !isFederated) {
    report('has no rule: write @public, @authenticated or another directive on the field or on its root type');
  }
  const on = isFederated && isEntitiesField(field) ? 'entities' : 'object';
  compilation.fields.set(coordinate, { ...toRequirement(compilation, coordinate, all), on });
  for (const argument of field.args) compileArgument(compilation, coordinate, argument);
}

function compileArgument(compilation: Compilation, fieldCoordinate: string, argument: GraphQLArgument): void {
  const coordinate = `${fieldCoordinate}(${argument.name}:)`;
  compileInput(compilation, { coordinate, kind: 'input', nodes: [argument.astNode] });
}

function compileInput(compilation: Compilation, element: RuledElement): void {
  compilation.inputNames.add(element.coordinate);
  const contribution = readContribution(element, compilation.reading);
  if (contribution === undefined) return;
  compilation.inputs.set(element.coordinate, toRequirement(compilation, element.coordinate, [contribution]));
}

function toRequirement(
  { interner }: Compilation,
  coordinate: string,
  contributions: readonly Contribution[],
): ElementRequirement {
  const { isPublic, policies, ...halves } = joinContributions(contributions);
  return { coordinate, requirement: isPublic ? PUBLIC_REQUIREMENT : interner.intern(halves), policies };
}

function isRootType(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type);
}

function isContribution(value: Contribution | undefined): value is Contribution {
  return value !== undefined;
}
