import type { GeneratorValue } from 'fast-check';
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
} from 'graphql';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { RequirementError } from '../../../src/authorization/rules/requirement-error.js';
import { chanceOf, type Rule, randomRule, toDirectives } from '../../authorization/random-rules.js';

/**
 * Gives a schema that is made in code random rules, as if it had been written with their directives.
 *
 * @param percent of elements that have one
 */
export function addRandomRules(g: GeneratorValue, schema: GraphQLSchema, percent: number): void {
  const chance = chanceOf(g);
  const types = reachableObjects(schema);
  const rules = new Map<unknown, Rule>();
  // Without `@allowsApps`, which opens nothing, and so stops the start, where every field of the type is closed.
  for (const type of types) if (chance(percent)) rules.set(type, { ...randomRule(g, 'other'), apps: undefined });
  const written = types.map((type) => decide(type));
  for (const type of written) write(type);
  // Without `@allowsApps` and `@allowsAgents` an element may close others.
  for (let useless = findUseless(schema); useless.length > 0; useless = findUseless(schema)) {
    for (const type of written) {
      for (const element of [type, ...type.fields]) {
        if (useless.includes(element.coordinate))
          element.rule = { ...element.rule, apps: undefined, agents: undefined };
      }
      write(type);
    }
  }

  function ruleOf(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Rule | undefined {
    if (chance(percent)) {
      const isClosed = [type, getNamedType(field.type)].some((one) => closesToApps(rules.get(one)));
      const rule = randomRule(g, 'other');
      return isClosed ? { ...rule, apps: undefined } : rule;
    }
    if (!rules.has(type) && !rules.has(getNamedType(field.type)) && chance(100 - 3 * percent))
      return { isPublic: true };
    const isRoot = type === schema.getQueryType() || type === schema.getMutationType();
    return isRoot ? {} : undefined;
  }

  function argumentsOf({ args }: GraphQLField<unknown, unknown>): string {
    return args.length > 0 && chance(percent) ? '(color: Int @requiresRoles(roles: [["r0"]]))' : '';
  }

  function decide(type: GraphQLObjectType): Written {
    const fields = Object.values(type.getFields()).map((field) => ({
      coordinate: `${type.name}.${field.name}`,
      head: `${field.name}${argumentsOf(field)}`,
      rule: ruleOf(type, field),
    }));
    return { type, coordinate: type.name, rule: rules.get(type), fields };
  }
}

/** An element with its rule, which can be changed until the schema starts. */
interface Element {
  readonly coordinate: string;
  rule: Rule | undefined;
}

interface Written extends Element {
  readonly type: GraphQLObjectType;
  readonly fields: readonly (Element & { readonly head: string })[];
}

/** Gives a type and its fields the nodes of a text with these rules. */
function write({ type, rule, fields }: Written): void {
  const lines = fields.map((field) => `${field.head}: Int ${toDirectives(field.rule)}`);
  const [node] = parse(`type ${type.name} ${toDirectives(rule)} { ${lines.join('\n')} }`).definitions;
  if (node?.kind !== Kind.OBJECT_TYPE_DEFINITION) throw new TypeError('no type was written');
  type.astNode = node;
  for (const [index, field] of Object.values(type.getFields()).entries()) {
    field.astNode = node.fields?.[index];
    for (const argument of field.args) {
      argument.astNode = field.astNode?.arguments?.find(({ name }) => name.value === argument.name);
    }
  }
}

/** Finds where `@allowsApps` or `@allowsAgents` opens nothing, since such a schema does not start. */
function findUseless(schema: GraphQLSchema): readonly string[] {
  try {
    compileRequirements(schema);
    return [];
  } catch (error) {
    if (!(error instanceof RequirementError)) throw error;
    const useless = error.problems.filter(({ message }) => message.includes(' opens nothing'));
    return useless.map(({ coordinate }) => coordinate);
  }
}

function closesToApps(rule: Rule | undefined): boolean {
  return !!rule && !rule.apps && !!(rule.scopes || rule.roles || rule.authContext);
}

/** The object types that operations can reach: a rule on another one stops the start. */
function reachableObjects(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const reached = new Set<GraphQLNamedType>();
  for (const root of [schema.getQueryType(), schema.getMutationType()]) if (root) reached.add(root);
  // The set grows while it is walked.
  for (const type of reached) {
    if (isAbstractType(type)) for (const one of schema.getPossibleTypes(type)) reached.add(one);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) reached.add(getNamedType(field.type));
    }
  }
  return [...reached].filter(isObjectType);
}
