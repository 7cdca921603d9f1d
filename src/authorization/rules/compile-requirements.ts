import {
  type ASTNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from 'graphql';
import { createRequirementInterner, PUBLIC_REQUIREMENT } from '../requirements/requirement.js';
import type { ElementRequirement, RequirementTable } from '../requirements/requirement-table.js';
import { findUselessAllowsApps } from './closed-to-apps.js';
import { readDirectiveNames } from './directive-names.js';
import { isEntitiesField, isFederated, isOpenByFederation } from './federation-fields.js';
import { addInterfaceRequirements, type InterfaceCompilation } from './interface-requirements.js';
import { findMergedRules } from './merged-rules.js';
import { findProtectedDefaults } from './protected-defaults.js';
import {
  type Contribution,
  closeToAgents,
  type DirectiveReading,
  joinContributions,
  readContribution,
} from './read-directives.js';
import { locationOf, RequirementError, type RequirementProblem } from './requirement-error.js';
import { listElements, type RuledElement } from './ruled-elements.js';
import { findUnenforcedArguments, findUnreachableRules } from './unreachable-rules.js';
import type { TypeDefs } from './written-rules.js';

/** Inputs and results of the compilation. */
interface Compilation extends InterfaceCompilation {
  /** Anonymous callers may read `_service { sdl }`. */
  readonly anonymousSdl: boolean;
  /** `closed`: a field is closed to agents unless `@allowsAgents` stands on it or on its type. */
  readonly agents: 'open' | 'closed';
  readonly reading: DirectiveReading;
  /** Contribution of each element by its coordinate. */
  readonly contributions: ReadonlyMap<string, Contribution>;
}

/**
 * Compiles the directives of a schema into the table of requirements.
 *
 * @param policies names of the policies that exist. Leave it out to accept any, as when two versions are compared.
 * @param typeDefs definitions that the schema was built from before they were merged. Undefined when they are not known.
 * @param options `anonymousSdl`: Federation's `_service { sdl }` needs no token. `agents`: `closed` closes every field to
 *   agents that `@allowsAgents` does not open.
 * @throws RequirementError with every problem found: a root field without a rule, a rule where it protects nothing, two
 *   rules that were merged, `@public` beside another rule, empty or doubled entries, unknown policies, defaults for protected
 *   inputs.
 */
export function compileRequirements(
  schema: GraphQLSchema,
  policies?: Iterable<string>,
  typeDefs?: TypeDefs,
  options: CompileOptions = {},
): RequirementTable {
  const { table, problems } = readRequirements(schema, policies, typeDefs, options);
  if (problems.length > 0) throw new RequirementError(problems);
  return table;
}

interface CompileOptions {
  readonly anonymousSdl?: boolean;
  /** Types are missing, so a rule that no operation can reach is not a problem. */
  readonly isPartial?: boolean;
  readonly agents?: 'open' | 'closed';
}

/**
 * Reads the same table and returns every problem beside it, for a schema that is compared and not served. The table can be
 * wrong about an element with a problem.
 */
export function readRequirements(
  schema: GraphQLSchema,
  policies?: Iterable<string>,
  typeDefs?: TypeDefs,
  { anonymousSdl = false, agents = 'open', isPartial = false }: CompileOptions = {},
): { readonly table: RequirementTable; readonly problems: readonly RequirementProblem[] } {
  const reading: DirectiveReading = {
    names: readDirectiveNames(schema),
    policies: policies && new Set(policies),
    defined: new Set(schema.getDirectives().map(({ name }) => name)),
    problems: [],
  };
  const elements = listElements(schema);
  const compilation: Compilation = {
    schema,
    anonymousSdl,
    agents,
    reading,
    interner: createRequirementInterner(),
    contributions: readContributions(elements, reading),
    fields: new Map(),
    inputs: new Map(),
    inputNames: new Set(),
    objects: new Map(),
  };
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
  for (const type of types) if (isInputObjectType(type)) compileInputObject(compilation, type);
  for (const type of types) if (isObjectType(type)) compileObject(compilation, type);
  addInterfaceRequirements(compilation);
  reading.problems.push(
    ...findMergedRules(schema, elements, typeDefs, reading),
    ...findProtectedDefaults(schema, compilation.inputs),
    ...findUselessAllowsApps({ ...compilation, requirements: compilation.interner.requirements }),
  );
  if (!isPartial) reading.problems.push(...findUnreachableRules(schema, elements, reading));
  reading.problems.push(...findUnenforcedArguments(schema, elements, reading));
  const { fields, inputs, inputNames, objects, interner } = compilation;
  const implementers = implementersOf(schema);
  const table = { requirements: interner.requirements, fields, inputs, inputNames, implementers, objects };
  return { table, problems: inOrder(reading.problems, elements) };
}

function implementersOf(schema: GraphQLSchema): ReadonlyMap<string, readonly string[]> {
  const interfaces = Object.values(schema.getTypeMap()).filter(isInterfaceType);
  return new Map(
    interfaces.map((type) => [
      type.name,
      schema
        .getPossibleTypes(type)
        .map(({ name }) => name)
        .sort(),
    ]),
  );
}

/** Sorts the problems in the order of the schema, which is that of its text as a rule. */
function inOrder(
  problems: readonly RequirementProblem[],
  elements: readonly RuledElement[],
): readonly RequirementProblem[] {
  // A coordinate that is not an element of the schema comes last.
  const unplaced = problems.map(({ coordinate }) => [coordinate, elements.length] as const);
  const positions = new Map([...unplaced, ...elements.map(({ coordinate }, at) => [coordinate, at] as const)]);
  const positionOf = ({ coordinate }: RequirementProblem) => Number(positions.get(coordinate));
  return problems.toSorted((a, b) => positionOf(a) - positionOf(b));
}

function readContributions(
  elements: readonly RuledElement[],
  reading: DirectiveReading,
): ReadonlyMap<string, Contribution> {
  const contributions = new Map<string, Contribution>();
  for (const element of elements) {
    const contribution = readContribution(element, reading);
    if (contribution) contributions.set(element.coordinate, contribution);
  }
  return contributions;
}

function compileObject(compilation: Compilation, type: GraphQLObjectType): void {
  const own = compilation.contributions.get(type.name);
  compilation.objects.set(type.name, toRequirement(compilation, type.name, own ? [own] : []));
  for (const field of Object.values(type.getFields())) compileField(compilation, type, field);
}

function compileField(compilation: Compilation, type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): void {
  const { contributions } = compilation;
  const coordinate = `${type.name}.${field.name}`;
  const ofParent = contributions.get(type.name);
  const ofField = contributions.get(coordinate);
  const ofReturnType = contributions.get(getNamedType(field.type).name);
  const all = [ofParent, ofField, ofReturnType?.isPublic ? undefined : ofReturnType].filter(isContribution);
  if (all.some(({ isPublic }) => isPublic) && !all.every(({ isPublic }) => isPublic)) {
    const message =
      '@public on the field or its type contradicts another rule on the field, its type or its return type';
    report(compilation, coordinate, field.astNode, message);
  }
  const ofFederation = isFederated(compilation.schema, type, field);
  if (!ofParent && !ofField && isRootType(compilation.schema, type) && !ofFederation) {
    const message = 'has no rule: write @public, @authenticated or another directive on the field or on its root type';
    report(compilation, coordinate, field.astNode, message);
  }
  const on = ofFederation && isEntitiesField(field) ? 'entities' : 'object';
  const isOpen = ofFederation && isOpenByFederation(compilation, field, all);
  // `_entities` cannot carry a directive. The fields of what it finds are closed one by one.
  const isClosing = compilation.agents === 'closed' && on !== 'entities';
  const binding = isClosing ? closeToAgents([ofParent, ofField], all) : all;
  const effective = isOpen ? openTo(coordinate) : toRequirement(compilation, coordinate, binding);
  if (ofField?.opensToAgents && all.some(({ forbidsAgents }) => forbidsAgents)) {
    const message = '@allowsAgents opens nothing: the type of the field or its return type has @forbidsAgents';
    report(compilation, coordinate, field.astNode, message);
  }
  const beforehand = [{ ...effective, policies: ofField?.policies ?? [] }, ...judgedRoot(compilation, type)];
  const returnsJudged = mayReturnJudged(compilation, field);
  compilation.fields.set(coordinate, { ...effective, on, beforehand, returnsJudged });
  for (const argument of field.args) compileInput(compilation, `${coordinate}(${argument.name}:)`, argument);
}

function openTo(coordinate: string): ElementRequirement {
  return { coordinate, requirement: PUBLIC_REQUIREMENT, policies: [] };
}

/**
 * Returns the root type if it has policies. They are asked before each of its fields because no field returns its object.
 */
function judgedRoot({ schema, contributions, objects }: Compilation, type: GraphQLObjectType) {
  const root = objects.get(type.name);
  return root && isRootType(schema, type) && isJudged(contributions.get(type.name)) ? [root] : [];
}

function mayReturnJudged({ schema, contributions }: Compilation, field: GraphQLField<unknown, unknown>): boolean {
  const type = getNamedType(field.type);
  const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  return types.some(({ name }) => isJudged(contributions.get(name)));
}

function isJudged(contribution: Contribution | undefined): boolean {
  return contribution !== undefined && contribution.policies.length > 0;
}

function compileInputObject(compilation: Compilation, type: GraphQLInputObjectType): void {
  for (const field of Object.values(type.getFields())) compileInput(compilation, `${type.name}.${field.name}`, field);
}

/**
 * Compiles the rules of an input. A rule on its scalar or enum binds it like its own, because a search by a value can reveal
 * the value.
 */
function compileInput(compilation: Compilation, coordinate: string, input: GraphQLArgument | GraphQLInputField): void {
  compilation.inputNames.add(coordinate);
  const { contributions } = compilation;
  const all = [contributions.get(coordinate), contributions.get(getNamedType(input.type).name)].filter(isContribution);
  if (all.length > 0) compilation.inputs.set(coordinate, toRequirement(compilation, coordinate, all));
}

function report(compilation: Compilation, coordinate: string, node: ASTNode | null | undefined, message: string): void {
  compilation.reading.problems.push({ coordinate, message, location: locationOf(node) });
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
