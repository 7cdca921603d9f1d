import { type GraphQLResolveInfo, responsePathAsArray } from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import { readCaller } from '../decisions/read-caller.js';
import { requireGuardedServer } from './host-server.js';

/** A context as far as this room looks into it. */
export interface AuthorizationContext {
  /** `undefined`: no access token was sent. */
  readonly caller: Caller | undefined;
}

export interface ResolverCall<TContext> {
  readonly parent: unknown;
  readonly args: Readonly<Record<string, unknown>>;
  readonly context: TContext;
  readonly info: GraphQLResolveInfo;
  readonly caller: Caller | undefined;
  /** Place of the answer. It is the path of the field or of one item of it. */
  readonly path: readonly (string | number)[];
}

export function createCall<TContext extends AuthorizationContext>(
  parent: unknown,
  args: Readonly<Record<string, unknown>>,
  context: TContext,
  info: GraphQLResolveInfo,
): ResolverCall<TContext> {
  return { parent, args, context, info, caller: callerOf(context), path: responsePathAsArray(info.path) };
}

/**
 * Returns the caller of a context.
 *
 * @throws TypeError if the context is missing or has no `caller`, so that a server without a context function is closed, and
 *   if it is that of a Mercurius server without protection
 */
export function callerOf(context: AuthorizationContext | null | undefined): Caller | undefined {
  if (typeof context !== 'object' || context === null || !('caller' in context)) throw new TypeError(FORGOTTEN_CALLER);
  requireGuardedServer(context);
  const { caller } = context;
  return caller === undefined ? undefined : readCaller(caller);
}

const FORGOTTEN_CALLER =
  'The context has no "caller", so every caller would be anonymous. Give the server a context for each operation: { caller: (await authentication.authenticate(request))?.caller }.';
