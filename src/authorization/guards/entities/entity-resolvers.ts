import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isObjectType, isUnionType } from 'graphql';
import type { RequirementTable } from '../../requirements/requirement-table.js';
import { isEntitiesField } from '../../rules/federation-fields.js';
import { locationOf, RequirementError, type RequirementProblem } from '../../rules/requirement-error.js';
import { type KeptFields, readKeptFields } from './entity-references.js';

/**
 * Requires that policies judge what a resolver found. Without `__resolveReference` the object of `_entities` is the
 * representation itself. A caller could write into it what a policy accepts.
 *
 * @throws RequirementError with each entity whose policies would judge values that a caller wrote
 */
export function requireResolvedEntities(schema: GraphQLSchema, table: RequirementTable): void {
  const field = schema.getQueryType()?.getFields()._entities;
  const entity = field && isEntitiesField(field) ? getNamedType(field.type) : undefined;
  if (!isUnionType(entity)) return;
  const keptByType = readKeptFields(schema);
  const problems = entity.getTypes().flatMap((type) => problemOf(type, keptByType.get(type.name), table));
  if (problems.length > 0) throw new RequirementError(problems);
}

function problemOf(
  type: GraphQLObjectType,
  kept: KeptFields | undefined,
  table: RequirementTable,
): readonly RequirementProblem[] {
  const problem = (message: string) => [{ coordinate: type.name, message, location: locationOf(type.astNode) }];
  if (hasReferenceResolver(type)) {
    if (kept || !isJudged(type, table)) return [];
    return problem(
      'has a policy and no @key: without one it is not known which fields of a representation the caller made up',
    );
  }
  if (!isJudged(type, table) && !writesJudged(type, kept, table)) return [];
  return problem(
    'has a policy and no __resolveReference: for _entities it would judge what the caller wrote. Add the resolver',
  );
}

/** Returns whether policies judge objects of the type, or calls of its fields. */
function isJudged(type: GraphQLObjectType, { objects, fields }: RequirementTable): boolean {
  if (objects.get(type.name)?.policies.length) return true;
  const ofFields = Object.keys(type.getFields()).map((name) => fields.get(`${type.name}.${name}`));
  return ofFields.some((field) => field?.beforehand.some(({ policies }) => policies.length > 0));
}

/** Returns whether a representation may hold an object that policies judge. The object may be at any depth. */
function writesJudged(type: GraphQLObjectType, kept: KeptFields | undefined, table: RequirementTable): boolean {
  return [...(kept ?? [])].some(([name, inside]) => {
    const returned = getNamedType(type.getFields()[name]?.type);
    if (table.fields.get(`${type.name}.${name}`)?.returnsJudged) return true;
    return isObjectType(returned) && (isJudged(returned, table) || writesJudged(returned, inside, table));
  });
}

/** Looks in the places where Apollo's subgraph library and graphql-tools keep it. */
function hasReferenceResolver(type: GraphQLObjectType): boolean {
  const { resolveReference, extensions } = Object(type);
  const ofApollo: unknown = Object(Object(extensions?.apollo).subgraph).resolveReference;
  return typeof resolveReference === 'function' || typeof ofApollo === 'function';
}
