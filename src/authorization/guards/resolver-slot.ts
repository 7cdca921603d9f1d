import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql';
import { resolveAsHost } from './host-server.js';

type Resolver<TContext> = GraphQLFieldResolver<unknown, TContext>;

/** The place of a field's `resolve` or `subscribe`, in which there is never a function without a guard. */
export interface ResolverSlot<TContext> {
  get(): Resolver<TContext>;
  set(replacement: Resolver<TContext> | undefined): void;
}

/**
 * Creates the slot of a guarded field. Servers put functions of their own into a given schema. Mercurius sets its loaders,
 * which resolve the field instead of the guard. Apollo Server wraps each resolver. Both kinds get a guard. One that calls
 * the function it replaced, within the same call of the field, is not judged again.
 */
export function createResolverSlot<TContext>(
  inner: Resolver<TContext>,
  guard: (inner: Resolver<TContext>) => Resolver<TContext>,
): ResolverSlot<TContext> {
  let judged: GraphQLResolveInfo | undefined;

  function putBehindGuard(resolver: Resolver<TContext>): Resolver<TContext> {
    const guarded = guard((parent, args, context, info) => {
      const before = judged;
      judged = info;
      try {
        return resolver(parent, args, context, info);
      } finally {
        judged = before;
      }
    });
    return (parent, args, context, info) =>
      judged === info ? resolver(parent, args, context, info) : guarded(parent, args, context, info);
  }

  const guardedInner = guard(inner);
  let current: Resolver<TContext> = (parent, args, context, info) =>
    judged === info ? inner(parent, args, context, info) : guardedInner(parent, args, context, info);
  return {
    get: () => current,
    set(replacement) {
      current = putBehindGuard(replacement ?? resolveAsHost);
    },
  };
}
