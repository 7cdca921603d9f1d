import type { IResolvers } from '@graphql-tools/utils';
import { type DocumentNode, GraphQLError, type GraphQLResolveInfo, type GraphQLSchema, parse } from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import { isObject } from '../../values/is-object.js';
import type { Introspection } from '../introspection/introspection.js';
import type { ResourceContext } from '../resource.js';
import { entityNames, printSubgraphSdl } from './subgraph-sdl.js';

/** The parts that make a schema a subgraph. */
export interface Subgraph {
  readonly typeDefs: DocumentNode;
  readonly resolvers: IResolvers<unknown, ResourceContext>;
  /** Puts `resolveReference` on the entities, where authorization looks for it and graphql-tools leaves it out. */
  noteFinders(schema: GraphQLSchema): void;
}

/** Callers who may read `_service { sdl }`. */
export interface SdlReaders {
  /** `GRAPHQL_INTROSPECTION`. */
  readonly introspection: Introspection;
  /** `FEDERATION_SDL_PERMISSION`. */
  readonly sdlPermission: string | undefined;
}

/** Finds the object of a representation, as `__resolveReference` of the subgraph library does. */
type FindEntity = (reference: object, context: ResourceContext, info: GraphQLResolveInfo) => unknown;

/**
 * Creates the fields of a subgraph (Apollo Federation 2): `_service` for composition and `_entities` for routers. Their rules
 * are those of `authorization`, which cuts representations to their keys and decides each one by its type.
 *
 * @param documents definitions of the schema, before they are merged
 * @param resolvers have `__resolveReference` for each type with a `@key` that can be resolved
 * @throws TypeError for such a type without it
 */
export function createSubgraph(
  documents: readonly DocumentNode[],
  resolvers: Readonly<Record<string, unknown>>,
  readers: SdlReaders,
): Subgraph {
  const names = entityNames(documents);
  const service = createService(printSubgraphSdl(documents), readers);
  if (names.length === 0) {
    return { typeDefs: parse(SERVICE), resolvers: { Query: { _service: service } }, noteFinders: () => undefined };
  }
  const finders = new Map(names.map((name) => [name, finderOf(name, resolvers)]));
  const { _entities, __resolveType } = createEntities(finders);
  return {
    typeDefs: parse(`${SERVICE} ${ENTITIES} union _Entity = ${names.join(' | ')}`),
    resolvers: {
      Query: { _service: service, _entities },
      _Entity: { __resolveType },
    },
    noteFinders: (schema) => {
      for (const [name, resolveReference] of finders) Object.assign(Object(schema.getType(name)), { resolveReference });
    },
  };
}

const SERVICE = 'type _Service { sdl: String } extend type Query { _service: _Service! }';
const ENTITIES = 'scalar _Any extend type Query { _entities(representations: [_Any!]!): [_Entity]! }';

function createService(sdl: string, readers: SdlReaders) {
  return (_parent: unknown, _args: unknown, { caller }: ResourceContext) => {
    if (mayReadSdl(caller, readers)) return { sdl };
    throw new GraphQLError(closedMessage(readers), { extensions: { code: caller ? 'FORBIDDEN' : 'UNAUTHENTICATED' } });
  };
}

function mayReadSdl(caller: Caller | undefined, { introspection, sdlPermission }: SdlReaders): boolean {
  if (sdlPermission !== undefined) return caller?.kind === 'app-only' && caller.permissions.has(sdlPermission);
  return introspection === 'public' || (introspection === 'authenticated' && caller !== undefined);
}

function closedMessage({ sdlPermission }: SdlReaders): string {
  return sdlPermission === undefined
    ? 'The schema of this subgraph needs an access token. Where introspection is off, compose with the output of "entra-graphql subgraph".'
    : `The schema of this subgraph needs a token of an application with the permission ${sdlPermission}.`;
}

/** @throws TypeError for a type that cannot be found by its key */
function finderOf(name: string, resolvers: Readonly<Record<string, unknown>>): FindEntity {
  const find: unknown = Object(resolvers[name]).__resolveReference;
  if (typeof find === 'function') return (...parts) => Reflect.apply(find, undefined, parts);
  throw new TypeError(
    `${name} has @key and no __resolveReference: add it to the resolvers of ${name}, or write @key(fields: …, resolvable: false).`,
  );
}

/** The same for all representations: a request may have a thousand of them in a few bytes. */
const UNKNOWN_ENTITY = new GraphQLError('A representation must name a type of this subgraph that has a key.', {
  extensions: { code: 'BAD_USER_INPUT' },
});

function createEntities(finders: ReadonlyMap<string, FindEntity>) {
  const typesOfFound = new WeakMap<object, string>();
  async function find(reference: unknown, context: ResourceContext, info: GraphQLResolveInfo): Promise<unknown> {
    const { __typename: name }: { readonly __typename?: unknown } = Object(reference);
    const finder = typeof name === 'string' ? finders.get(name) : undefined;
    if (typeof name !== 'string' || !finder) throw UNKNOWN_ENTITY;
    const found = await finder(Object(reference), context, info);
    if (isObject(found)) typesOfFound.set(found, name);
    return found;
  }
  return {
    _entities: (
      _parent: unknown,
      { representations }: { readonly representations: readonly unknown[] },
      context: ResourceContext,
      info: GraphQLResolveInfo,
    ) => representations.map((reference) => find(reference, context, info)),
    __resolveType: (found: object) => typesOfFound.get(found),
  };
}
