import type { GraphQLFieldResolver } from 'graphql';
import {
  type AuthorizationContext,
  createCall,
  errorOf,
  findDenialOnce,
  type GuardEngine,
  isGrantedAtOnce,
  type ResolverCall,
  wordDenial,
} from './guard-engine.js';
import { findCommonDenial } from './returned-objects.js';

/**
 * Guards `_entities` object by object: its return type is a union and needs nothing, so each representation is held
 * against the rules of the type that it names. What is denied is not looked up, and its place in the list is an error;
 * otherwise `{ _entities(…) { __typename } }` would tell which objects exist.
 *
 * Policies do not judge a representation, which a caller may have written: they judge the object that is found for it.
 *
 * @param cutReference leaves of a representation what finds the object
 */
export function guardEntities<TContext extends AuthorizationContext>(
  resolve: GraphQLFieldResolver<unknown, TContext>,
  engine: GuardEngine<TContext>,
  cutReference: (representation: unknown) => unknown,
): GraphQLFieldResolver<unknown, TContext> {
  return async (parent, args, context, info) => {
    const call = createCall(parent, args, context, info);
    const given: readonly unknown[] = Array.isArray(args.representations) ? args.representations : [];
    const references = given.map(cutReference);
    const find = (representations: readonly unknown[]) => resolve(parent, { ...args, representations }, context, info);
    const errors = await Promise.all(references.map((item, at) => denyEntity(item, { call, at, find }, engine)));
    const granted = references.filter((_, at) => errors[at] === undefined);
    const found = granted.length > 0 ? await find(granted) : [];
    return errors.every((error) => error === undefined) ? found : fillIn(errors, found);
  };
}

async function denyEntity<TContext>(
  reference: unknown,
  {
    call,
    at,
    find,
  }: { readonly call: ResolverCall<TContext>; readonly at: number; find(one: readonly unknown[]): unknown },
  engine: GuardEngine<TContext>,
): Promise<Error | undefined> {
  const element = engine.table.objects.get(typeNameOf(reference));
  // A type that is not there has no entities: the subgraph library says so.
  if (element === undefined) return undefined;
  const ofItem = { ...call, parent: reference, path: [...call.path, at] };
  const elements = [{ ...element, policies: [] }];
  if (isGrantedAtOnce(elements, call.caller, engine.decisions)) return undefined;
  const beforeStepUp = () => findCommonDenial(() => find([reference]), ofItem, engine);
  const denial = await findDenialOnce(ofItem, { elements, beforeStepUp }, engine.shieldFor(element), engine);
  return errorOf(ofItem, denial && wordDenial(denial, ofItem, engine), engine);
}

function typeNameOf(representation: unknown): string {
  const name: unknown = Object.getOwnPropertyDescriptor(Object(representation), '__typename')?.value;
  return typeof name === 'string' ? name : '';
}

/** Puts the errors back where their representations were. What is found keeps its order. */
function fillIn(errors: readonly (Error | undefined)[], found: unknown): readonly unknown[] {
  const rest = Array.isArray(found) ? [...found] : [];
  return errors.map((error) => error ?? rest.shift());
}
