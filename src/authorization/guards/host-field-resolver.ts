import { defaultFieldResolver, type GraphQLFieldResolver } from 'graphql';

const HOST_FIELD_RESOLVER = Symbol('field resolver of the host server');

/**
 * Notes in a context the server's own resolver for fields that have none (`fieldResolver` of graphql-js). graphql-js does not
 * call it for a guarded field, because the guard stands in its place.
 */
export function noteFieldResolver(context: object, resolver: GraphQLFieldResolver<unknown, never>): void {
  Object.defineProperty(context, HOST_FIELD_RESOLVER, { value: resolver, configurable: true });
}

/** Resolves a field without a resolver as the server would: with its own function, or like graphql-js. */
export const resolveAsHost: GraphQLFieldResolver<unknown, unknown> = (parent, args, context, info) => {
  const noted: unknown = Reflect.get(Object(context), HOST_FIELD_RESOLVER);
  return typeof noted === 'function'
    ? noted(parent, args, context, info)
    : defaultFieldResolver(parent, args, context, info);
};
