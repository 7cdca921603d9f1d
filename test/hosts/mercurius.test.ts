import Fastify, { type FastifyInstance } from 'fastify';
import { createClient } from 'graphql-ws';
import mercurius, { type MercuriusOptions } from 'mercurius';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createAuthorization } from '../../src/authorization/authorization.js';
import { protectMercurius } from '../../src/authorization/protect-mercurius.js';
import { schemaOf, user } from '../authorization/harness.js';

/** A schema whose resolvers give nothing secret: what a way of Mercurius puts in their place is to be seen. */
const bare = schemaOf(
  `type Query { item: Item @authenticated }
   type Item { name: String secret: String @requiresRoles(roles: [["Keeper"]]) owned: String @policy(policies: [["no"]]) }`,
  { Query: { item: () => ({ name: 'n', secret: 's', owned: 'o' }) } },
);

/** Ways in which Mercurius resolves a field. */
const WAYS: [string, MercuriusOptions][] = [
  ['default resolvers', {}],
  ['compiled queries', { jit: 1 }],
  ['resolvers', { resolvers: { Item: { secret: () => 's', owned: () => 'o' } } }],
  [
    'loaders',
    { loaders: { Item: { secret: async (all) => all.map(() => 's'), owned: async (all) => all.map(() => 'o') } } },
  ],
];

describe.each(WAYS)('Mercurius with %s', (_way, options) => {
  it.each([
    [[], null],
    [['Keeper'], 's'],
  ])('decides the fields of a caller with the roles %j', async (roles, secret) => {
    const authorization = createAuthorization({ schema: bare, policies: { no: () => false } });
    const { schema } = authorization;
    const app = Fastify();
    await app.register(mercurius, { schema, context: () => ({ caller: user({ roles }) }), ...options });
    protectMercurius(app, authorization);
    // The second time, a query can be compiled.
    for (const _time of [1, 2, 3]) {
      const answer = await app.inject({
        method: 'POST',
        url: '/graphql',
        payload: { query: '{ item { name secret owned } }' },
      });
      const { data, errors } = answer.json();
      expect(data).toEqual({ item: { name: 'n', secret, owned: null } });
      expect(errors).toContainEqual(expect.objectContaining({ path: ['item', 'owned'] }));
      expect(errors[0].extensions.code).toBe('FORBIDDEN');
    }
    await app.close();
  });
});

describe('Mercurius with another schema after protection', () => {
  const more = 'extend type Query { more: Item }';
  const CHANGES: [string, MercuriusOptions, (app: FastifyInstance) => unknown][] = [
    ['replaceSchema', {}, (app) => app.graphql.replaceSchema(bare)],
    ['transformSchema', {}, (app) => app.graphql.transformSchema(() => bare)],
    ['schemaTransforms', { schemaTransforms: () => bare }, () => undefined],
    ['extendSchema', {}, (app) => app.graphql.extendSchema(more)],
    ['replaceSchema and compiled queries', { jit: 1 }, (app) => app.graphql.replaceSchema(bare)],
  ];

  it.each(CHANGES)('by %s refuses every operation and says why', async (_way, options, change) => {
    const authorization = createAuthorization({ schema: bare, policies: { no: () => false } });
    const app = Fastify();
    await app.register(mercurius, { schema: authorization.schema, context: () => ({ caller: user() }), ...options });
    protectMercurius(app, authorization);
    await change(app);
    for (const _time of [1, 2, 3]) {
      const payload = { query: '{ item { name secret } }' };
      const { data, errors } = (await app.inject({ method: 'POST', url: '/graphql', payload })).json();
      expect(data).toBeNull();
      expect(errors[0].message).toContain('not that of createAuthorization');
    }
    await app.close();
  });

  it('by defineResolvers is guarded', async () => {
    const authorization = createAuthorization({ schema: bare, policies: { no: () => false } });
    const app = Fastify();
    await app.register(mercurius, { schema: authorization.schema, context: () => ({ caller: user() }) });
    protectMercurius(app, authorization);
    app.graphql.defineResolvers({ Item: { secret: () => 's' } });
    const payload = { query: '{ item { name secret } }' };
    const { data } = (await app.inject({ method: 'POST', url: '/graphql', payload })).json();
    expect(data).toEqual({ item: { name: 'n', secret: null } });
    await app.close();
  });

  it('without protectMercurius no guarded operation is answered, before and after a change of the schema', async () => {
    const authorization = createAuthorization({ schema: bare, policies: { no: () => false } });
    const app = Fastify();
    await app.register(mercurius, { schema: authorization.schema, context: () => ({ caller: user() }) });
    const payload = { query: '{ item { name } }' };
    const { data, errors } = (await app.inject({ method: 'POST', url: '/graphql', payload })).json();
    expect(data).toEqual({ item: null });
    expect(errors[0].message).toContain('Call protectMercurius(app, authorization)');
    protectMercurius(app, authorization);
    expect((await app.inject({ method: 'POST', url: '/graphql', payload })).json()).toEqual({
      data: { item: { name: 'n' } },
    });
    await app.close();
  });

  describe('subscriptions', () => {
    const ticking = schemaOf(
      'type Query { n: Int @public } type Subscription { ticks: Int @requiresRoles(roles: [["Keeper"]]) }',
      {
        Subscription: {
          ticks: {
            subscribe: async function* () {
              yield { ticks: 1 };
            },
          },
        },
      },
    );

    async function firstResult(roles: string[], change?: (app: FastifyInstance) => void) {
      const authorization = createAuthorization({ schema: ticking });
      const app = Fastify();
      const caller = user({ roles });
      const subscription = { context: () => ({ caller }), fullWsTransport: true };
      await app.register(mercurius, { schema: authorization.schema, subscription });
      protectMercurius(app, authorization);
      change?.(app);
      const url = (await app.listen({ port: 0 })).replace('http', 'ws');
      const client = createClient({ url: `${url}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
      const results: unknown[] = [];
      try {
        for await (const result of client.iterate({ query: 'subscription { ticks }' })) results.push(result);
      } catch (error) {
        results.push(error);
      }
      await client.dispose();
      await app.close();
      return JSON.stringify(results[0]);
    }

    it('are decided by the guards', async () => {
      expect(await firstResult(['Keeper'])).toBe('{"data":{"ticks":1}}');
      expect(await firstResult([])).toContain('FORBIDDEN');
    });

    it('on another schema are refused before they begin', async () => {
      expect(await firstResult([], (app) => app.graphql.replaceSchema(ticking))).toContain(
        'not that of createAuthorization',
      );
    });
  });

  it('by resolvers of a subscription does not start', async () => {
    const schema = schemaOf('type Query { n: Int @public } type Subscription { ticks: Int @authenticated }');
    const app = Fastify();
    const resolvers = { Subscription: { ticks: { subscribe: async () => [] as never } } };
    app.register(mercurius, { schema: createAuthorization({ schema }).schema, subscription: true, resolvers });
    await expect(app.ready()).rejects.toThrow(/read only/);
  });
});
