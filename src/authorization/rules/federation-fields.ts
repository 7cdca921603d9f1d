import { type GraphQLField, type GraphQLObjectType, type GraphQLSchema, getNamedType, isAbstractType } from 'graphql';
import type { Contribution } from './read-directives.js';

/** Rules that decide whether Federation's own fields need a token. */
export interface FederationRules {
  readonly schema: GraphQLSchema;
  readonly contributions: ReadonlyMap<string, Contribution>;
  /** Anonymous callers may read `_service { sdl }`. */
  readonly anonymousSdl: boolean;
}

/** Returns whether a field is one that Federation's subgraph library adds. */
export function isFederated(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): boolean {
  return (type === schema.getQueryType() && isFederationField(field)) || isSdlField(schema, type, field);
}

/**
 * Returns whether Apollo Federation's subgraph library adds this root field. No one can write a directive on such a field.
 * Like any element without a rule it needs a verified caller.
 */
function isFederationField(field: GraphQLField<unknown, unknown>): boolean {
  return isEntitiesField(field) || (field.name === '_service' && String(field.type) === '_Service!');
}

/** Returns whether this is the field of `_service` with the text of the subgraph's schema. */
function isSdlField(schema: GraphQLSchema, type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): boolean {
  const service = schema.getQueryType()?.getFields()._service;
  return type.name === '_Service' && field.name === 'sdl' && service !== undefined && isFederationField(service);
}

/** Returns whether this is Apollo Federation's `_entities`. */
export function isEntitiesField(field: GraphQLField<unknown, unknown>): boolean {
  return field.name === '_entities' && String(field.type) === '[_Entity]!';
}

/**
 * Returns whether anonymous callers may use a field that Federation adds: `_service` if the setting says so, `_entities` if
 * there is a public type to find. The other types that it finds are closed to them one by one.
 */
export function isOpenByFederation(
  { schema, contributions, anonymousSdl }: FederationRules,
  field: GraphQLField<unknown, unknown>,
  contributed: readonly Contribution[],
): boolean {
  if (!isEntitiesField(field)) return anonymousSdl;
  const entities = [getNamedType(field.type)].filter(isAbstractType).flatMap((type) => schema.getPossibleTypes(type));
  return contributed.length === 0 && entities.some(({ name }) => contributions.get(name)?.isPublic);
}
