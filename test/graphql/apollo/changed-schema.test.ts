import { ApolloServer, type ApolloServerOptionsWithGateway } from '@apollo/server';
import { addResolversToSchema, makeExecutableSchema, mergeSchemas } from '@graphql-tools/schema';
import { MapperKind, mapSchema } from '@graphql-tools/utils';
import { extendSchema, GraphQLSchema, lexicographicSortSchema, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { type AuthorizationContext, createAuthorization } from '../../../src/authorization/authorization.js';
import { protectApolloServer } from '../../../src/graphql/apollo/protect-apollo-server.js';
import { schemaOf, user } from '../../authorization/harness.js';

const bare = schemaOf('type Query { open: String @public secret: String @requiresRoles(roles: [["r"]]) }', {
  Query: { open: () => 'open', secret: () => 'secret' },
});

function protect() {
  const authorization = createAuthorization({ schema: bare });
  const { plugins } = protectApolloServer({ authentication: { authenticate: async () => undefined }, authorization });
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  return { schema: authorization.schema, plugins, logger };
}

async function ask(server: ApolloServer<AuthorizationContext>, query: string) {
  const { body } = await server.executeOperation({ query }, { contextValue: { caller: user() } });
  if (body.kind !== 'single') throw new TypeError('no incremental delivery is asked for');
  return body.singleResult;
}

type Gateway = ApolloServerOptionsWithGateway<AuthorizationContext>['gateway'];
type Listener = Parameters<Gateway['onSchemaLoadOrUpdate']>[0];
type Executor = Awaited<ReturnType<Gateway['load']>>['executor'];

/** Ways to make another schema of the guarded one. */
const CHANGES: [string, (guarded: GraphQLSchema) => GraphQLSchema][] = [
  ['the schema without guards', () => bare],
  [
    'mergeSchemas',
    (guarded) => {
      const more = makeExecutableSchema({ typeDefs: 'type Query { more: String }' });
      return mergeSchemas({ schemas: [guarded, more] });
    },
  ],
  ['a copy', (guarded) => new GraphQLSchema(guarded.toConfig())],
  [
    'mapSchema',
    (guarded) => mapSchema(guarded, { [MapperKind.OBJECT_FIELD]: (field) => ({ ...field, resolve: () => 'mapped' }) }),
  ],
  ['extendSchema', (guarded) => extendSchema(guarded, parse('extend type Query { more: String }'))],
  ['lexicographicSortSchema', lexicographicSortSchema],
  [
    'addResolversToSchema',
    (schema) => addResolversToSchema({ schema, resolvers: { Query: { secret: () => 'replaced' } } }),
  ],
];

describe('a schema that is changed after createAuthorization', () => {
  it.each(CHANGES)('by %s does not start', async (_way, change) => {
    const { schema, plugins, logger } = protect();
    const server = new ApolloServer<AuthorizationContext>({ schema: change(schema), plugins, logger });
    await expect(server.start()).rejects.toThrow('Give ApolloServer the schema of createAuthorization');
  });

  it('by resolvers that are put into it is guarded', async () => {
    const { schema, plugins } = protect();
    const resolvers = { Query: { secret: () => 'replaced' } };
    addResolversToSchema({ schema, resolvers, updateResolversInPlace: true });
    const server = new ApolloServer<AuthorizationContext>({ schema, plugins });
    await server.start();
    expect(await ask(server, '{ open secret }')).toMatchObject({ data: { open: 'open', secret: null } });
    await server.stop();
  });
});

/** A gateway that loads one schema, and others on demand. Without an executor, Apollo Server executes. */
function createGateway(first: GraphQLSchema, executor: Executor = null, sdl?: string) {
  const listeners: Listener[] = [];
  const load = (apiSchema: GraphQLSchema) => {
    for (const listen of listeners) listen({ apiSchema, coreSupergraphSdl: sdl as string });
  };
  const gateway: Gateway = {
    onSchemaLoadOrUpdate(listener) {
      listeners.push(listener);
      return () => undefined;
    },
    async load() {
      load(first);
      return { executor };
    },
    stop: async () => undefined,
  };
  return { gateway, load };
}

describe('a server that loads another schema after its start', () => {
  it.each(CHANGES)('by %s refuses every operation and says why', async (_way, change) => {
    const { schema, plugins, logger } = protect();
    const { gateway, load } = createGateway(schema);
    const server = new ApolloServer<AuthorizationContext>({ gateway, plugins, logger });
    await server.start();
    expect(await ask(server, '{ open secret }')).toMatchObject({ data: { open: 'open', secret: null } });
    load(change(schema));
    expect(String(logger.error.mock.calls)).toContain('Give ApolloServer the schema of createAuthorization');
    for (const query of ['{ open }', '{ open secret }', '{ __typename }', '{']) {
      await expect(ask(server, query)).rejects.toThrow('Internal server error');
    }
    load(schema);
    expect(await ask(server, '{ open }')).toEqual({ data: { open: 'open' } });
    await server.stop();
  });

  it('does not start with a gateway, whose executor runs no guards', async () => {
    const { schema, plugins, logger } = protect();
    const executor = vi.fn(async () => ({ data: { secret: 'secret' } }));
    const { gateway } = createGateway(schema, executor, 'schema { query: Query }');
    const server = new ApolloServer<AuthorizationContext>({ gateway, plugins, logger });
    await expect(server.start()).rejects.toThrow('Protect the Apollo Server of each subgraph');
    expect(executor).not.toHaveBeenCalled();
  });
});
