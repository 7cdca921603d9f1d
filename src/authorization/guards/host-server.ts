import { defaultFieldResolver, type GraphQLFieldResolver } from 'graphql';

const HOST_FIELD_RESOLVER = Symbol('field resolver of the host server');

/**
 * Stores in a context the server's own default resolver (`fieldResolver` of graphql-js). graphql-js does not call it for a
 * guarded field, because the guard replaces it.
 */
export function noteFieldResolver(context: object, resolver: GraphQLFieldResolver<unknown, never>): void {
  Object.defineProperty(context, HOST_FIELD_RESOLVER, { value: resolver, configurable: true });
}

/** Resolves a field without a resolver as the server would. It uses the server's own function or behaves like graphql-js. */
export const resolveAsHost: GraphQLFieldResolver<unknown, unknown> = (parent, args, context, info) => {
  const noted: unknown = Reflect.get(Object(context), HOST_FIELD_RESOLVER);
  return typeof noted === 'function'
    ? noted(parent, args, context, info)
    : defaultFieldResolver(parent, args, context, info);
};

const GUARDED = Symbol('server whose schema is held to the guarded one');

const FORGOTTEN_PROTECTION =
  'Call protectMercurius(app, authorization) of entra-graphql/authorization after app.register(mercurius, …). Without it replaceSchema, extendSchema and schemaTransforms would put a schema without guards in the place of this one.';

/** Notes that a Mercurius server must keep the guarded schema. */
export function noteGuardedServer(graphql: object): void {
  Object.defineProperty(graphql, GUARDED, { value: true, configurable: true });
}

/**
 * Checks that a Mercurius server runs the guarded schema. The server puts itself into the context as `app`. A schema that
 * replaces the guarded one has no guard that could notice. The guards therefore refuse earlier, with the first operation in
 * development.
 *
 * @throws TypeError
 */
export function requireGuardedServer(context: object): void {
  if (!('app' in context)) return;
  const { graphql }: { readonly graphql?: unknown } = Object(context.app);
  const isMercurius = typeof graphql === 'function' && 'addHook' in graphql && 'replaceSchema' in graphql;
  if (isMercurius && !(GUARDED in graphql)) throw new TypeError(FORGOTTEN_PROTECTION);
}
