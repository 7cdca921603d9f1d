import { readFileSync } from 'node:fs';
import type { ApolloServer } from '@apollo/server';
import cors from '@fastify/cors';
import { makeExecutableSchema } from '@graphql-tools/schema';
import Fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Authentication } from '../../src/authentication/authentication.js';
import type { Caller } from '../../src/authentication/caller.js';
import { createAuthorization } from '../../src/authorization/authorization.js';
import { noLandingPage } from '../../src/explorer/sandbox.js';
import { createAnswerKnownQuery } from '../../src/graphql/answer-known-query.js';
import { createApolloServer } from '../../src/graphql/apollo-server.js';
import { createBareExecution } from '../../src/graphql/bare-execution.js';
import { DenialLog } from '../../src/graphql/denial-log.js';
import { createErrorFormatter } from '../../src/graphql/error-format.js';
import { registerGraphQLRoute } from '../../src/graphql/graphql-route.js';
import { KnownQueries } from '../../src/graphql/known-queries.js';
import { Refusals } from '../../src/graphql/refusal.js';
import { rememberCallers } from '../../src/graphql/request-caller.js';
import type { ResourceContext } from '../../src/graphql/resource.js';
import { registerSecurityHeaders, sendAtOnce } from '../../src/http/security-headers.js';
import { createServerCounts } from '../../src/http/server-counts.js';

const DIRECTIVES = readFileSync(new URL('../../schema/directives.graphql', import.meta.url), 'utf8');
const typeDefs = `
  type Query {
    hello(name: String = "you"): String @public
    slow: String @authenticated
    thing: Thing @requiresScopes(scopes: [["Things.Read"]])
    fails: String @authenticated
    sometimesFails(fail: Boolean!): String @authenticated
  }
  type Mutation { change: String @authenticated }
  type Thing { name: String secret: String @requiresRoles(roles: [["Keeper"]]) }
`;
const resolvers = {
  Query: {
    hello: (_: unknown, { name }: { name: string }) => `hello ${name}`,
    slow: async () => 'slow',
    thing: () => ({ name: 'thing', secret: 'secret' }),
    fails: () => {
      throw new Error('secret detail');
    },
    sometimesFails: (_: unknown, { fail }: { fail: boolean }) => {
      if (fail) throw new Error('secret detail');
      return 'well';
    },
  },
  Mutation: { change: () => 'changed' },
};

const caller = (roles: readonly string[], scopes = ['Things.Read']): Caller => ({
  kind: 'delegated',
  tenantId: '00000000-0000-4000-8000-000000000001',
  objectId: '00000000-0000-4000-8000-000000000002',
  clientId: '00000000-0000-4000-8000-000000000003',
  isGuest: false,
  scopes: new Set(scopes),
  roles: new Set(roles),
  authContexts: new Set(),
  canStepUp: false,
});
const CALLERS: Readonly<Record<string, Caller>> = {
  keeper: caller(['Keeper']),
  reader: caller([]),
  stranger: caller([], ['Other']),
};

let fastify: FastifyInstance;
let apollo: ApolloServer<ResourceContext>;
let toApollo: ReturnType<typeof vi.spyOn>;
const dispose = vi.fn(async () => undefined);

beforeAll(async () => {
  fastify = Fastify();
  registerSecurityHeaders(fastify);
  await fastify.register(cors, { origin: ['https://app.example.com'], exposedHeaders: ['www-authenticate'] });
  const schema = makeExecutableSchema({ typeDefs: [DIRECTIVES, typeDefs], resolvers });
  const authorization = createAuthorization<ResourceContext>({ schema });
  const logger = pino({ level: 'silent' });
  const formatError = createErrorFormatter(logger);
  const executeBare = createBareExecution(schema, formatError, { compiles: false });
  const knownQueries = new KnownQueries();
  const refusals = new Refusals({});
  const denialLog = new DenialLog(logger, { mode: 'enforce', hints: true }, createServerCounts());
  const landingPage = noLandingPage();
  const introspection = 'authenticated';
  apollo = createApolloServer({
    ...{
      authorization,
      executeBare,
      knownQueries,
      formatError,
      introspection,
      landingPage,
      refusals,
      denialLog,
      logger,
    },
  });
  await apollo.start();
  toApollo = vi.spyOn(apollo, 'executeHTTPGraphQLRequest');
  registerGraphQLRoute(fastify, {
    apollo,
    refusals,
    answerKnownQuery: createAnswerKnownQuery({ knownQueries, authorization, executeBare }),
    sendAtOnce,
    callers: rememberCallers(fastify, { recognise }),
    failureLimit: { secondsToWait: async () => 0, count: async () => 0 },
    createContext: (of) => denialLog.watch({ caller: of, dispose }),
    startSpan: () => undefined,
  });
});
afterAll(async () => {
  await fastify.close();
  await apollo.stop();
});
beforeEach(() => {
  toApollo.mockClear();
  dispose.mockClear();
});

/** Callers go by name here: what is looked at is what happens once the token is verified. */
const recognise: Authentication['recognise'] = ({ rawHeaders }) => {
  const name = rawHeaders[rawHeaders.indexOf('authorization') + 1] ?? '';
  const known = CALLERS[name];
  return known && { caller: known, expiresAtSeconds: 0, version: '2.0', tokenId: undefined };
};

interface Asked {
  readonly by?: keyof typeof CALLERS;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

async function ask({ by, headers, body }: Asked) {
  const response = await fastify.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json', ...(by && { authorization: by }), ...headers },
    payload: JSON.stringify(body),
  });
  const { date: _date, ...rest } = response.headers;
  return { status: response.statusCode, headers: rest, body: response.body };
}

/** The second answer beside the first, and who gave it. */
async function askTwice(asked: Asked, again: Asked = asked) {
  const first = await ask(asked);
  toApollo.mockClear();
  const second = await ask(again);
  return { first, second, byApollo: toApollo.mock.calls.length };
}

const ACCEPTED = [
  '*/*',
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json, application/json',
  'application/graphql-response+json,application/json;q=0.9',
];

describe('a query that was answered before is answered without Apollo Server, to the byte as before', () => {
  it.each<[string, Asked]>([
    ['of a caller', { by: 'reader', body: { query: '{ thing { name } }' } }],
    ['of nobody in particular', { body: { query: '{ hello }' } }],
    ['with variables', { body: { query: 'query ($n: String) { hello(name: $n) }', variables: { n: 'A' } } }],
    [
      'with what says nothing',
      { body: { query: '{ a: hello }', variables: null, operationName: null, extensions: null } },
    ],
    ['by its name', { body: { query: 'query A { hello } query B { b: hello }', operationName: 'B' } }],
    ['whose resolver makes it wait', { by: 'reader', body: { query: '{ slow }' } }],
    ['from a page', { headers: { origin: 'https://app.example.com' }, body: { query: '{ c: hello }' } }],
    ['with null in it', { body: { query: 'query ($n: String) { d: hello(name: $n) }', variables: { n: null } } }],
    ...ACCEPTED.map((accept, index): [string, Asked] => [
      `for who accepts ${accept}`,
      { headers: { accept }, body: { query: `{ e${index}: hello }` } },
    ]),
  ])('%s', async (_what, asked) => {
    const { first, second, byApollo } = await askTwice(asked);
    expect(first.status).toBe(200);
    expect(second).toEqual(first);
    expect(byApollo).toBe(0);
    expect(dispose).toHaveBeenCalledTimes(2);
  });

  it('also when a resolver fails this time', async () => {
    const query = 'query ($fail: Boolean!) { sometimesFails(fail: $fail) }';
    const fail = (fails: boolean): Asked => ({ by: 'reader', body: { query, variables: { fail: fails } } });
    const failed = await ask(fail(true));
    const { second, byApollo } = await askTwice(fail(false), fail(true));
    expect(byApollo).toBe(0);
    expect(second).toEqual(failed);
    expect(failed.body).not.toContain('secret detail');
  });
});

describe('left to Apollo Server is', () => {
  it.each<[string, Asked]>([
    ['a mutation', { by: 'reader', body: { query: 'mutation { change }' } }],
    ['a query that failed before', { by: 'reader', body: { query: '{ fails }' } }],
    ['what does not parse', { body: { query: '{ hello' } }],
    ['introspection', { by: 'reader', body: { query: '{ __schema { queryType { name } } }' } }],
    ['a denied field', { by: 'reader', body: { query: '{ thing { name secret } }' } }],
    ['an operation of which all is denied', { by: 'stranger', body: { query: '{ thing { name } }' } }],
    ['what only callers may, of nobody in particular', { body: { query: '{ slow }' } }],
    ['an extension', { body: { query: '{ h: hello }', extensions: { a: 1 } } }],
    [
      'an operation that is not there',
      { body: { query: 'query A { hello } query B { b: hello }', operationName: 'C' } },
    ],
    ['another name for nothing', { body: { query: 'query A { i: hello }', operationName: '' } }],
    ['variables as text', { body: { query: '{ j: hello }', variables: '{}' } }],
    ['variables as a list', { body: { query: '{ k: hello }', variables: [] } }],
    ['a query that is no text', { body: { query: 1 } }],
    ['a list of queries', { body: [{ query: '{ hello }' }] }],
    ['nothing', { body: {} }],
    ['what accepts something rare', { headers: { accept: 'application/json;q=0.5' }, body: { query: '{ l: hello }' } }],
    [
      'another content type',
      { headers: { 'content-type': 'application/json; charset=utf-8' }, body: { query: '{ m: hello }' } },
    ],
    ['a query that is very long', { body: { query: `{ ${'n: hello '.repeat(1200)} }` } }],
  ])('%s', async (_what, asked) => {
    const { first, second, byApollo } = await askTwice(asked);
    expect(byApollo).toBe(1);
    expect(second).toEqual(first);
    expect(dispose).toHaveBeenCalledTimes(2);
  });

  it('a variable that does not fit', async () => {
    const query = 'query ($n: String) { o: hello(name: $n) }';
    const { second, byApollo } = await askTwice({ body: { query } }, { body: { query, variables: { n: {} } } });
    expect(byApollo).toBe(1);
    expect(second.status).toBe(400);
  });

  it('a caller who may less than the one before', async () => {
    const query = '{ p: thing { secret } }';
    const { first, second, byApollo } = await askTwice(
      { by: 'keeper', body: { query } },
      { by: 'reader', body: { query } },
    );
    expect(first.body).toContain('"secret"');
    expect(byApollo).toBe(1);
    expect(second.body).not.toContain('"secret":"secret"');
    expect(JSON.parse(second.body).errors[0].extensions.code).toBe('FORBIDDEN');
  });

  it('introspection by nobody in particular, after a caller has had it', async () => {
    const query = '{ __type(name: "Thing") { name } }';
    const { first, second } = await askTwice({ by: 'reader', body: { query } }, { body: { query } });
    expect(first.status).toBe(200);
    expect(second.status).toBe(401);
  });
});

it('a request that nobody asked the sender of is answered to nobody', () => {
  const callers = rememberCallers(Fastify(), { recognise });
  const request = { verifiedToken: undefined };
  // biome-ignore lint/suspicious/noExplicitAny: the one property that is read
  expect(() => callers.of(request as any)).toThrow(TypeError);
});
