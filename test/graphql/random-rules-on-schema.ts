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
import { chanceOf, type Rule, randomRule, toDirectives } from '../authorization/random-rules.js';

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
  for (const type of types) writeRules(type, rules.get(type), (field) => ruleOf(type, field));

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

  function writeRules(
    type: GraphQLObjectType,
    own: Rule | undefined,
    rule: (field: GraphQLField<unknown, unknown>) => Rule | undefined,
  ) {
    const fields = Object.values(type.getFields());
    const written = fields.map((field) => `${field.name}${argumentsOf(field)}: Int ${toDirectives(rule(field))}`);
    const [node] = parse(`type ${type.name} ${toDirectives(own)} { ${written.join('\n')} }`).definitions;
    if (node?.kind !== Kind.OBJECT_TYPE_DEFINITION) throw new TypeError('no type was written');
    type.astNode = node;
    for (const [index, field] of fields.entries()) {
      field.astNode = node.fields?.[index];
      for (const argument of field.args) {
        argument.astNode = field.astNode?.arguments?.find(({ name }) => name.value === argument.name);
      }
    }
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
