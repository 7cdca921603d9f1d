import type { GraphQLField, GraphQLFieldResolver } from 'graphql';
import type { ElementRequirement } from '../requirements/requirement-table.js';
import {
  type AuthorizationContext,
  createCall,
  errorOf,
  type GuardEngine,
  isGrantedAtOnce,
  judge,
  type ResolverCall,
} from './guard-engine.js';

/**
 * Whether this is a root field that Apollo Federation's subgraph library adds, on which nobody can write a directive.
 * Such a field needs what one needs about which nothing is said: a verified caller.
 */
export function isFederationField(field: GraphQLField<unknown, unknown>): boolean {
  return isEntitiesField(field) || (field.name === '_service' && String(field.type) === '_Service!');
}

/** Whether this is Apollo Federation's `_entities`. */
export function isEntitiesField(field: GraphQLField<unknown, unknown>): boolean {
  return field.name === '_entities' && String(field.type) === '[_Entity]!';
}

/**
 * Guards `_entities` object by object: its return type is a union and needs nothing, so each representation is held
 * against the rules of the type that it names. What is denied is not looked up, and its place in the list is an error;
 * otherwise `{ _entities(…) { __typename } }` would tell which objects exist.
 */
export function guardEntities<TContext extends AuthorizationContext>(
  resolve: GraphQLFieldResolver<unknown, TContext>,
  engine: GuardEngine<TContext>,
): GraphQLFieldResolver<unknown, TContext> {
  return async (parent, args, context, info) => {
    const call = createCall(parent, args, context, info);
    const representations: readonly unknown[] = Array.isArray(args.representations) ? args.representations : [];
    const errors = await Promise.all(representations.map((item, at) => denyEntity(item, at, call, engine)));
    const granted = representations.filter((_, at) => errors[at] === undefined);
    const found = granted.length > 0 ? await resolve(parent, { ...args, representations: granted }, context, info) : [];
    return errors.every((error) => error === undefined) ? found : fillIn(errors, found);
  };
}

async function denyEntity<TContext>(
  representation: unknown,
  at: number,
  call: ResolverCall<TContext>,
  engine: GuardEngine<TContext>,
): Promise<Error | undefined> {
  const element = engine.table.objects.get(typeNameOf(representation));
  // A type that is not there has no entities: the subgraph library says so.
  if (element === undefined) return undefined;
  const ofItem = { ...call, parent: representation, path: [...call.path, at] };
  const needed: readonly ElementRequirement[] = [element];
  if (isGrantedAtOnce(needed, call.caller, engine.decisions)) return undefined;
  return errorOf(ofItem, await judge(ofItem, needed, engine.shieldFor(element), engine), engine);
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
