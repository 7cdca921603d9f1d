import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { isIterable } from '../../../values/is-object.js';
import type { ElementRequirement, RequirementTable } from '../../requirements/requirement-table.js';
import { errorOf, findDenialByToken, type GuardEngine } from '../guard-engine.js';
import { type AuthorizationContext, createCall } from '../resolver-call.js';
import { findCommonDenial } from '../returned-objects.js';
import { createReferenceCut } from './entity-references.js';
import { createReferenceNeeds, typeNameOf } from './reference-needs.js';
import type { WrittenFields } from './written-fields.js';

/**
 * Guards `_entities` object by object. Its return type is a union without rules, so each representation is checked with the
 * rules of the type that it names. A denied object is not looked up, and its place in the list is an error. Otherwise `{
 * _entities(…) { __typename } }` would show which objects exist.
 *
 * Policies do not judge a representation, which a caller may have written: they judge the object that is found for it.
 *
 * @param entities what is known of representations
 */
export function guardEntities<TContext extends AuthorizationContext>(
  resolve: GraphQLFieldResolver<unknown, TContext>,
  engine: GuardEngine<TContext>,
  { cutReference, neededFor, written }: EntityGuards,
): GraphQLFieldResolver<unknown, TContext> {
  return async (parent, args, context, info) => {
    const call = createCall(parent, args, context, info);
    const given: readonly unknown[] = Array.isArray(args.representations) ? args.representations : [];
    const references = given.map(cutReference);
    const find = async (representations: readonly unknown[]) => {
      const found: unknown = await resolve(parent, { ...args, representations }, context, info);
      return listOf(found).map((item, at) => noted(item, representations[at], written));
    };
    const denyEntity = async (reference: unknown, at: number): Promise<Error | undefined> => {
      // An unknown type needs nothing, because the subgraph library reports it.
      const elements = neededFor(reference);
      const ofItem = { ...call, parent: reference, path: [...call.path, at] };
      const beforeStepUp = () => findCommonDenial(() => find([reference]), ofItem, engine);
      const denial = await findDenialByToken(ofItem, { elements, beforeStepUp }, engine);
      return errorOf(ofItem, denial && engine.denials.word(denial, ofItem), engine);
    };
    const errors = await Promise.all(references.map(denyEntity));
    const granted = references.filter((_, at) => errors[at] === undefined);
    const found = granted.length > 0 ? [...(await find(granted))] : [];
    // Found objects keep their order. Errors take the places of their representations.
    return errors.map((error) => error ?? found.shift());
  };
}

/** Knowledge that the guards of `_entities` share about representations. */
export interface EntityGuards {
  /** Cuts a representation to the fields that find the object. */
  readonly cutReference: (representation: unknown) => unknown;
  /** Returns the requirements of a representation before its object is looked up, that of its type first. */
  readonly neededFor: (reference: unknown) => readonly ElementRequirement[];
  readonly written: WrittenFields;
}

/** Creates the facts about a schema that the guards of `_entities` need. */
export function createEntityGuards(
  schema: GraphQLSchema,
  table: RequirementTable,
  written: WrittenFields,
): EntityGuards {
  return { cutReference: createReferenceCut(schema), neededFor: createReferenceNeeds(schema, table), written };
}

function noted(found: unknown, reference: unknown, written: WrittenFields): unknown {
  const note = (object: unknown) => {
    written.note(object, reference, typeNameOf(reference));
    return object;
  };
  return found instanceof Promise ? found.then(note) : note(found);
}

/**
 * Returns what was found as a list. The subgraph library gives one. A resolver of another library may give anything that can
 * be iterated.
 */
function listOf(found: unknown): readonly unknown[] {
  return isIterable(found) ? Array.from(found) : [];
}
