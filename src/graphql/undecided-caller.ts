import { GraphQLError } from 'graphql';
import type { Caller } from '../authentication/caller.js';
import type { AuthorizationContext } from '../authorization/authorization.js';
import type { AnyResource } from './resource.js';

/** Looks up the groups of the caller of one request. Never rejects. */
export type DecideCaller = () => Promise<Caller>;

const DECIDE = Symbol('looks up the groups of the caller');

/** Notes in a context how the groups of its caller are looked up. A copy of the context by spread has it too. */
export function noteUndecided(context: object, decide: DecideCaller): void {
  Object.assign(context, { [DECIDE]: decide });
}

/** Puts the caller with the roles of its groups into the context, if groups were left out and can be looked up. */
export async function decideCallerOf(context: AuthorizationContext): Promise<Caller | undefined> {
  const decide: unknown = Reflect.get(context, DECIDE);
  if (typeof decide !== 'function' || !hasUndecidedRoles(context.caller)) return context.caller;
  Object.assign(context, { caller: await decide() });
  return context.caller;
}

/** Returns whether groups of the caller may give more roles. */
export function hasUndecidedRoles(caller: Caller | undefined): boolean {
  return caller?.kind === 'delegated' && caller.undecidedRoles !== undefined;
}

/** The error of a field whose value depends on the groups of the caller. */
export function undecidedCallerError(): GraphQLError {
  return new GraphQLError('The server could not find out now which roles you have. Try again later.', {
    extensions: { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 5 },
  });
}

/** Returns the coordinates of a resource's root fields, if its resolvers may read roles. */
export function roleReadersOf({ readsRoles = true, resolvers }: Pick<AnyResource, 'readsRoles' | 'resolvers'>) {
  const roots = readsRoles ? ['Query', 'Mutation', 'Subscription'] : [];
  const fields = roots.flatMap((root) => Object.keys(Object(resolvers[root])).map((field) => `${root}.${field}`));
  // Entities of a subgraph are the resource's too.
  return new Set(readsRoles ? [...fields, 'Query._entities'] : fields);
}
