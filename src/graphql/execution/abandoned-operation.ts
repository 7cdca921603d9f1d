import { GraphQLError } from 'graphql';
import type { ResourceContext } from '../resource.js';

/**
 * Key in a context of whether its operation was abandoned. The value is an object, because Apollo Server copies the
 * context.
 */
const LIFE = Symbol('life of the operation');

/**
 * Error of each field that is no longer resolved. No client reads it. Execution takes it as it is, because it has a path.
 */
export const ABANDONED = new GraphQLError('The client has left.', {
  path: [],
  extensions: { code: 'SERVICE_UNAVAILABLE' },
});

/**
 * Notes in a context that its operation was abandoned, beside what the resource does then. Resolvers that wait cannot be
 * stopped. Those that have not begun are not called any more.
 */
export function noteAbandonment<TContext extends ResourceContext>(context: TContext): TContext {
  const life = { isOver: false };
  const abandon = context.abandon?.bind(context);
  return Object.assign(context, {
    [LIFE]: life,
    abandon() {
      life.isOver = true;
      abandon?.();
    },
  });
}

/** Returns whether the operation with this context was abandoned, so that its answer is of no use. */
export function isAbandoned(context: unknown): boolean {
  return Object(context)[LIFE]?.isOver === true;
}
