import {
  type FieldNode,
  type GraphQLError,
  type GraphQLSchema,
  isNullableType,
  isObjectType,
  type ResponsePath,
  responsePathAsArray,
} from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import type { Decisions } from '../decisions/decisions.js';
import type { Denial } from '../decisions/denial.js';
import { decisiveOf, findTokenDenials } from '../decisions/token-denials.js';
import { dependsOnObjects } from '../requirements/requirement-table.js';
import type { ActiveUse } from './active-uses.js';

/** The fields that the token denies in one run of a query, by their coordinates. All else in the query is granted. */
export type DeniedFields = ReadonlyMap<string, DeniedField>;

export interface DeniedField {
  /**
   * Returns its error. Every item of a list gets the error of the first one: an answer has one error for each place in the
   * query and counts the others (`limitErrors`).
   */
  errorAt(place: DeniedPlace): GraphQLError;
}

/** A place in the answer at which a field is denied. */
export interface DeniedPlace<TContext = object> {
  /** One list for each place in the query. */
  readonly nodes: readonly FieldNode[];
  readonly path: ResponsePath;
  readonly context: TContext;
}

/** Denials by the token in a query, by the coordinate of the field. Paths are empty. */
type DenialsByField = ReadonlyMap<string, Denial>;

/**
 * Finds what the token denies among the fields that a query selects. Returns undefined if the guards of the fields have to
 * decide more: a policy is asked, the caller's roles are not all known, or an interface needs more for its field than the
 * object. It also does so if a denied field is non-null, because its error ends objects and lists around it.
 */
export function findDenialsByField(
  { schema, decisions }: { readonly schema: GraphQLSchema; readonly decisions: Decisions },
  active: readonly ActiveUse[],
  caller: Caller | undefined,
): DenialsByField | undefined {
  const denials = new Map<string, Denial>();
  for (const { use } of active) {
    const { coordinate, requirement, on, beforehand } = use.requirement;
    const hasPolicies = dependsOnObjects(use.requirement);
    if (decisions.allows(requirement, caller)) {
      if (hasPolicies) return undefined;
      continue;
    }
    const denial = decisiveOf(findTokenDenials(beforehand, { caller, path: [] }, decisions), hasPolicies);
    if (!denial || denial.code === 'SERVICE_UNAVAILABLE') return undefined;
    if (on !== 'object' || !mayBeNull(schema, coordinate)) return undefined;
    denials.set(coordinate, denial);
  }
  return denials;
}

/** @param deny reports a denial and returns its error */
export function createDeniedFields(
  denials: DenialsByField,
  deny: (denial: Denial, place: DeniedPlace) => GraphQLError,
): DeniedFields {
  return new Map([...denials].map(([coordinate, denial]) => [coordinate, createDeniedField(denial, deny)]));
}

function createDeniedField(denial: Denial, deny: (denial: Denial, place: DeniedPlace) => GraphQLError): DeniedField {
  const errors = new Map<readonly FieldNode[], GraphQLError>();
  return {
    errorAt(place) {
      const known = errors.get(place.nodes);
      if (known) return known;
      const error = deny({ ...denial, path: responsePathAsArray(place.path) }, place);
      errors.set(place.nodes, error);
      return error;
    },
  };
}

function mayBeNull(schema: GraphQLSchema, coordinate: string): boolean {
  const dot = coordinate.indexOf('.');
  const type = schema.getType(coordinate.slice(0, dot));
  return isObjectType(type) && isNullableType(type.getFields()[coordinate.slice(dot + 1)]?.type);
}
