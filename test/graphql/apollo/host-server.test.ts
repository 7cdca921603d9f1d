import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import responseCachePlugin from '@apollo/server-plugin-response-cache';
import type { GraphQLFieldResolver } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { type AuthorizationContext, createAuthorization } from '../../../src/authorization/authorization.js';
import { protectApolloServer } from '../../../src/graphql/apollo/protect-apollo-server.js';
import { schemaOf, user } from '../../authorization/harness.js';

type Logger = Pick<Console, 'debug' | 'info' | 'warn' | 'error'>;
type Plugin = ApolloServerPlugin<AuthorizationContext>;
const sdl = `
  enum CacheControlScope { PUBLIC PRIVATE }
  directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  type Query {
    open: String @public @cacheControl(maxAge: 60, scope: PUBLIC)
    mine: String @authenticated @cacheControl(maxAge: 60, scope: PUBLIC)
    secret: String @requiresRoles(roles: [["r"]]) @cacheControl(maxAge: 60, scope: PUBLIC)
    item(of: Int): Item @public @cacheControl(maxAge: 60, scope: PUBLIC)
  }
  type Item { name: String @public @cacheControl(maxAge: 60, scope: PUBLIC) price: Int @requiresRoles(roles: [["r"]]) @cacheControl(maxAge: 60, scope: PUBLIC) }
`;
const resolvers = {
  Query: {
    open: () => 'open',
    mine: (_parent: unknown, _args: unknown, { caller }: AuthorizationContext) => caller?.objectId,
    secret: () => 'secret',
    item: () => ({ name: 'n', price: 1 }),
  },
};
const holder = user({ roles: ['r'] });

function createServer(
  options: { readonly plugins?: Plugin[]; readonly logger?: Logger } = {},
  order: 'first' | 'last' = 'last',
) {
  const authorization = createAuthorization({ schema: schemaOf(sdl, resolvers) });
  const { plugins, context } = protectApolloServer({
    authentication: { authenticate: async () => undefined },
    authorization,
  });
  const others = options.plugins ?? [];
  const server = new ApolloServer<AuthorizationContext>({
    ...options,
    schema: authorization.schema,
    plugins: order === 'last' ? [...others, ...plugins] : [...plugins, ...others],
  });
  return { server, context };
}

/** Starts the server unless it runs already. */
async function started(server: ApolloServer<AuthorizationContext>): Promise<void> {
  await server.start().catch((error: Error) => {
    if (!error.message.includes('You should only call')) throw error;
  });
}

async function ask(server: ApolloServer<AuthorizationContext>, query: string, caller?: Caller) {
  await started(server);
  const answer = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'POST',
      headers: new HeaderMap([['content-type', 'application/json']]),
      body: { query },
      search: '',
    },
    context: async () => ({ caller }),
  });
  const text = answer.body.kind === 'complete' ? answer.body.string : '';
  return { headers: answer.headers, status: answer.status, body: JSON.parse(text) };
}

describe.each(['first', 'last'] as const)('a response cache beside our plugins, which come %s', (order) => {
  const careless = () => createServer({ plugins: [responseCachePlugin() as Plugin] }, order).server;

  it.each(['{ mine }', '{ open mine }', '{ item { name price } }', '{ ...F } fragment F on Query { mine }'])(
    'stores nothing that is not public: %s',
    async (query) => {
      const server = careless();
      const { headers } = await ask(server, query, holder);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('age')).toBeUndefined();
      const other = { ...holder, objectId: '55555555-5555-4555-8555-555555555555', roles: new Set<string>() };
      const { body } = await ask(server, query, other);
      expect(JSON.stringify(body)).not.toContain(holder.objectId);
      expect(JSON.stringify(body)).not.toContain('"price":1');
    },
  );

  it('stores nothing for the same user either, whose next token may have fewer rights', async () => {
    const sessionId = async () => 'one';
    const { server } = createServer({ plugins: [responseCachePlugin({ sessionId }) as Plugin] }, order);
    expect((await ask(server, '{ open secret }', holder)).body.data.secret).toBe('secret');
    expect((await ask(server, '{ open secret }', user())).body.data.secret).toBeNull();
  });

  it('stores what is public', async () => {
    const server = careless();
    expect((await ask(server, '{ open }')).headers.get('cache-control')).toBe('max-age=60, public');
    expect((await ask(server, '{ open }', holder)).headers.get('age')).toBeDefined();
  });

  it.each(['didResolveOperation', 'executionDidStart', 'willSendResponse'])(
    'is not overruled by a plugin at %s',
    async (hook) => {
      const plugin = {
        requestDidStart: async () => ({
          [hook]: async ({ overallCachePolicy, response }: Parameters<NonNullable<Plugin['requestDidStart']>>[0]) => {
            overallCachePolicy.replace({ maxAge: 90, scope: 'PUBLIC' });
            response.http.headers.set('cache-control', 'public, max-age=90');
            response.http.headers.set('CDN-Cache-Control', 'max-age=90');
            response.http.headers.set('Surrogate-Control', 'max-age=90');
            response.http.headers.set('x-other', 'max-age=90');
          },
        }),
      } as Plugin;
      const { server } = createServer({ plugins: [plugin, responseCachePlugin() as Plugin] }, order);
      for (let times = 0; times < 2; times++) {
        const { headers } = await ask(server, '{ mine }', holder);
        expect(headers.get('cache-control')).toBe('no-store');
        for (const name of ['cdn-cache-control', 'surrogate-control']) {
          expect(headers.get(name)).toBe('no-store');
        }
        expect([headers.get('x-other'), headers.get('age')]).toEqual(['max-age=90', undefined]);
      }
    },
  );

  type Response = Parameters<NonNullable<Plugin['requestDidStart']>>[0]['response'];
  const careless90 = () => [
    ...new HeaderMap([
      ['cache-control', 'public, max-age=90'],
      ['surrogate-control', 'max-age=90'],
    ]),
  ];

  it.each<[string, (response: Response) => void]>([
    ['other headers', ({ http }) => Object.assign(http, { headers: new HeaderMap(careless90()) })],
    ['headers of another class', ({ http }) => Object.assign(http, { headers: new Map(careless90()) })],
    ['headers in another case', ({ http }) => Object.assign(http, { headers: new Map([['Cache-Control', 'public']]) })],
    ['another head', (response) => Object.assign(response, { http: { headers: new HeaderMap(careless90()) } })],
    ['no such header', ({ http }) => http.headers.delete('cache-control')],
    ['no header', ({ http }) => http.headers.clear()],
  ])('is not overruled by a plugin that gives the response %s', async (_name, replace) => {
    const plugin: Plugin = {
      requestDidStart: async () => ({ willSendResponse: async ({ response }) => replace(response) }),
    };
    const { headers } = await ask(createServer({ plugins: [plugin] }, order).server, '{ mine }', holder);
    expect(headers.get('cache-control')).toBe('no-store');
    for (const [name, value] of headers) expect(`${name}: ${value}`).not.toMatch(/public|max-age=90/);
    const open = await ask(createServer({ plugins: [plugin] }, order).server, '{ open }', holder);
    expect(open.headers.get('cache-control')).not.toBe('no-store');
  });

  it('leaves a header that is private as it is', async () => {
    const plugin: Plugin = {
      requestDidStart: async () => ({
        willSendResponse: async ({ response }) => {
          response.http.headers.set('cache-control', 'private, max-age=5');
        },
      }),
    };
    const plugins = [ApolloServerPluginCacheControlDisabled(), plugin];
    const { headers } = await ask(createServer({ plugins }, order).server, '{ mine }', holder);
    expect(headers.get('cache-control')).toBe('private, max-age=5');
  });

  it('says no-store without the header of Apollo Server too', async () => {
    const plugins = [ApolloServerPluginCacheControl({ calculateHttpHeaders: false })];
    const { headers } = await ask(createServer({ plugins }, order).server, '{ mine }', holder);
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe("a server's own fieldResolver", () => {
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (_parent, _args, _context, { fieldName }) =>
    `own ${fieldName}`;
  const bare = schemaOf(
    'type Query { open: String @public mine: String @authenticated secret: String @requiresRoles(roles: [["r"]]) }',
  );

  it.each([true, false])('resolves fields, and denials stay: with cache control %s', async (hasCacheControl) => {
    const authorization = createAuthorization({ schema: bare });
    const { plugins } = protectApolloServer({ authentication: { authenticate: async () => undefined }, authorization });
    const server = new ApolloServer<AuthorizationContext>({
      schema: authorization.schema,
      fieldResolver,
      plugins: hasCacheControl ? plugins : [ApolloServerPluginCacheControlDisabled(), ...plugins],
    });
    const query = '{ open mine secret }';
    expect((await ask(server, query, holder)).body).toEqual({
      data: { open: 'own open', mine: 'own mine', secret: 'own secret' },
    });
    const { body } = await ask(server, query, user());
    expect(body.data).toEqual({ open: 'own open', mine: 'own mine', secret: null });
    expect(body.errors[0].extensions.code).toBe('FORBIDDEN');
  });

  it('is not needed', async () => {
    const authorization = createAuthorization({ schema: bare });
    const { plugins } = protectApolloServer({ authentication: { authenticate: async () => undefined }, authorization });
    const server = new ApolloServer<AuthorizationContext>({
      schema: authorization.schema,
      plugins,
      rootValue: { mine: 'm' },
    });
    expect((await ask(server, '{ mine }', user())).body).toEqual({ data: { mine: 'm' } });
  });
});

describe('what was forgotten', () => {
  it('the context: every request fails, and the log says what to do', async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const { server } = createServer({ logger });
    await server.start();
    const answer = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap([['content-type', 'application/json']]),
        body: { query: '{ open }' },
        search: '',
      },
      context: async () => ({}) as AuthorizationContext,
    });
    expect(answer.status).toBe(500);
    expect(String(logger.error.mock.calls)).toContain('context of protectApolloServer');
  });

  it('the plugins: the context says so', async () => {
    const authorization = createAuthorization({ schema: schemaOf(sdl, resolvers) });
    const authentication = { authenticate: async () => undefined };
    const { context } = protectApolloServer({ authentication, authorization });
    await new ApolloServer({ schema: authorization.schema }).start();
    await expect(context({ req: { headers: {} } })).rejects.toThrow(/plugins of protectApolloServer/);
  });

  const valid = () => ({
    authentication: { authenticate: async () => undefined },
    authorization: createAuthorization({ schema: schemaOf(sdl, resolvers) }),
  });
  it.each([
    [{ autentication: {} }, 'autentication: no such option. Did you mean authentication?'],
    [{ polices: {} }, 'polices: no such option.'],
    [{ limits: { operationCosts: 5 } }, 'operationCosts: no such option. Did you mean operationCost?'],
    [{ limits: { operationCost: '5' } }, 'operationCost must be a whole number'],
    [{ limits: null }, 'limits must be an object'],
    [{ authentication: undefined }, 'authentication is required'],
    [{ authorization: undefined }, 'authorization is required'],
    [{ authentication: {} }, 'authentication must be an object with the function authenticate'],
    [{ resourceMetadata: 5 }, 'resourceMetadata must be a string'],
    [{ authorizationUris: { customers: 'https://a.example' } }, 'authorizationUris must be a Map'],
    [{ authorizationUris: new Map([['customers', 'https://a.example/"']]) }, 'authorizationUris must be a Map'],
    ...['resourceMetadata', 'authorizationUri'].flatMap((name) =>
      [
        'x',
        '',
        '/path',
        'https://',
        'ftp://a.example',
        'https://a.example/\r\nEvil: 1',
        'https://a.example/"',
        'https://a.example/\\',
        'https://a.example/ b',
        'https://a.example/é',
        'https://a.example/\u0000',
      ].map(
        (address) =>
          [{ [name]: address }, `${name} must be a string with an absolute https or http address`] as [object, string],
      ),
    ),
  ])('an option of protectApolloServer: %j', (change, message) => {
    expect(() => protectApolloServer({ ...valid(), ...change } as never)).toThrow(message);
    expect(() => protectApolloServer(valid())).not.toThrow();
  });
});

describe('the request in what an integration passes on', () => {
  const headers = { authorization: 'Bearer abc' };
  const request = { headers };
  it.each([
    ['Express', { req: { rawHeaders: ['Authorization', 'Bearer abc'] }, res: {} }],
    ['Fastify', { raw: { rawHeaders: ['Authorization', 'Bearer abc'] }, headers, id: 'req-1' }],
    ['Azure Functions', { context: {}, req: new Request('http://localhost', { headers }) }],
    ['Next.js', new Request('http://localhost', { headers })],
    ['Fetch', { request: new Request('http://localhost', { headers }), env: {} }],
    ['AWS Lambda', { event: request, context: {} }],
    ['Koa', { ctx: { req: { rawHeaders: ['Authorization', 'Bearer abc'] }, headers } }],
    ['H3', { event: { node: { req: { rawHeaders: ['Authorization', 'Bearer abc'] } } } }],
  ])('%s', async (_name, integration) => {
    const { tokens, context } = await startWith(async () => undefined);
    expect(await context(integration)).toEqual({ caller: undefined });
    expect(tokens).toEqual(['abc']);
  });

  it.each([undefined, null, {}, { req: undefined }, 'request'])(
    'is missing in %j: 500, and the log says so',
    async (integration) => {
      const { context, logger } = await startWith(async () => undefined);
      await expect(context(integration)).rejects.toMatchObject({
        message: 'Internal server error',
        extensions: { code: 'INTERNAL_SERVER_ERROR', http: { status: 500 } },
      });
      expect(String(logger.error.mock.calls)).toContain('TypeError: the request has no headers that can be read');
    },
  );

  it('a failure that is not an error is logged without its value', async () => {
    const { context, logger } = await startWith(() => Promise.reject('secret'));
    await expect(context(request)).rejects.toThrow('Internal server error');
    expect(String(logger.error.mock.calls)).toMatch(/looked for: string$/);
  });

  async function startWith(verify: (token: string | undefined) => Promise<undefined>) {
    const { bearerTokenIn } = await import('../../../src/authentication/request/bearer-token.js');
    const { readCredentials } = await import('../../../src/authentication/request/request-credentials.js');
    const tokens: unknown[] = [];
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const authorization = createAuthorization({ schema: schemaOf(sdl, resolvers) });
    const { plugins, context } = protectApolloServer({
      authentication: {
        authenticate: async (asked) => {
          const token = bearerTokenIn(readCredentials(asked));
          tokens.push(token);
          return verify(String(token));
        },
      },
      authorization,
    });
    await new ApolloServer<AuthorizationContext>({ schema: authorization.schema, plugins, logger }).start();
    return { tokens, context, logger };
  }
});
