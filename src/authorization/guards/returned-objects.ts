import {
  defaultTypeResolver,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLTypeResolver,
  getNullableType,
  isAbstractType,
  isListType,
  isObjectType,
} from 'graphql';
import { isIterable } from '../../values/is-object.js';
import type { Denial } from '../decisions/denial.js';
import { errorOf, type GuardEngine } from './guard-engine.js';
import { createExecutionMemory } from './memory/execution-memory.js';
import { type AuthorizationContext, createCall, type ResolverCall } from './resolver-call.js';

/*
 * What graphql-shield cannot reach: the objects that a field returns. Its rules run before the resolver, when only the
 * parent of an object is known. It has no place for list items or for the type behind an interface. So the policies on a
 * type are asked here and not in shield's tree: after the resolver, for each object, once its type is known. Shield decides
 * all else. A denied object is an error in its own place, from where graphql-js carries null upward.
 */

/** Replaces each object that the policies on its type deny by the error for its place. */
export function judgeReturned<TContext extends AuthorizationContext>(
  resolve: GraphQLFieldResolver<unknown, TContext>,
  engine: GuardEngine<TContext>,
): GraphQLFieldResolver<unknown, TContext> {
  return (parent, args, context, info) => {
    const call = createCall(parent, args, context, info);
    return replaceObjects(
      resolve(parent, args, context, info),
      info.returnType,
      call,
      async (object, typeName, place) => {
        const denial = await engine.objects.denialOf(object, typeName, place);
        return (denial && errorOf(place, engine.denials.word(denial, place), engine)) ?? object;
      },
    );
  };
}

/**
 * Returns the denial of a call if every object that it would return is denied. This is asked if only a step-up is missing.
 * The field is resolved to find out, and nothing of its value is answered.
 */
export async function findCommonDenial<TContext>(
  resolve: () => unknown,
  call: ResolverCall<TContext>,
  { objects }: Pick<GuardEngine<TContext>, 'objects'>,
): Promise<Denial | undefined> {
  const found: (Denial | undefined)[] = [];
  const collect: Replace<TContext> = async (object, typeName, place) => {
    found.push(await objects.denialOf(object, typeName, place));
    return object;
  };
  await replaceObjects(attempt(resolve), call.info.returnType, call, collect);
  const [first] = found;
  return found.every((denial) => denial !== undefined) ? first : undefined;
}

/**
 * Returns a type resolver that gives a value the same type throughout an execution: a policy must have judged the object as
 * the type that it is then served as.
 */
export function pinTypes<TContext>(
  resolveType: GraphQLTypeResolver<unknown, TContext> = defaultTypeResolver,
): GraphQLTypeResolver<unknown, TContext> {
  const memory = createExecutionMemory<() => ReturnType<typeof resolveType>>();
  return (value, context, info, type) => {
    const again = memory.recall({ context, info }, { typeName: type.name, value }, () => {
      try {
        const resolved = resolveType(value, context, info, type);
        return () => resolved;
      } catch (error) {
        return () => {
          throw error;
        };
      }
    });
    return again();
  };
}

/** Returns the value that replaces an object. Never throws. */
type Replace<TContext> = (object: unknown, typeName: string, place: ResolverCall<TContext>) => Promise<unknown>;

/**
 * Replaces the objects in what a resolver gave. All of a list is awaited together, so that no promise of an item is left
 * alone when the item before it fails.
 */
async function replaceObjects<TContext>(
  given: unknown,
  declared: GraphQLOutputType,
  place: ResolverCall<TContext>,
  replace: Replace<TContext>,
): Promise<unknown> {
  const value = await settled(given);
  const type = getNullableType(declared);
  if (value === null || value === undefined || value instanceof Error) return value;
  if (isListType(type)) {
    const items = await settled(attempt(() => itemsOf(value)));
    if (!Array.isArray(items)) return items;
    const placeOf = (at: number) => ({ ...place, path: [...place.path, at] });
    return Promise.all(items.map((item, at) => replaceObjects(item, type.ofType, placeOf(at), replace)));
  }
  const typeName = isObjectType(type) ? type.name : await runtimeTypeOf(value, type, place);
  // Without a type the value is not an object. graphql-js reports the error.
  return typeof typeName === 'string' ? settled(replace(value, typeName, place)) : value;
}

function runtimeTypeOf<TContext>(
  value: unknown,
  type: GraphQLOutputType,
  { context, info }: ResolverCall<TContext>,
): Promise<unknown> {
  const { resolveType }: { readonly resolveType?: GraphQLTypeResolver<unknown, TContext> } = Object(type);
  return settled(attempt(() => isAbstractType(type) && resolveType?.(value, context, info, type)));
}

/** @throws TypeError for a value that is not a list, because objects that cannot be checked must not be returned */
function itemsOf(value: unknown): readonly unknown[] {
  if (!isIterable(value)) throw new TypeError('A list of objects that policies judge has to be iterable.');
  return Array.from(value);
}

async function attempt<T>(run: () => T): Promise<Awaited<T>> {
  return await run();
}

/** Waits for a value. If that fails, the error becomes the value, as in graphql-js. */
async function settled(given: unknown): Promise<unknown> {
  try {
    return await given;
  } catch (error) {
    return error instanceof Error ? error : new Error(`Unexpected error value: ${String(error)}`);
  }
}
