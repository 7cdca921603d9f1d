import { readFileSync } from 'node:fs';
import { HeaderMap } from '@apollo/server';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/authentication/caller.js';
import { createAuthorization } from '../../src/authorization/authorization.js';
import { noLandingPage } from '../../src/explorer/sandbox.js';
import { createApolloServer } from '../../src/graphql/apollo-server.js';
import { createBareExecution } from '../../src/graphql/bare-execution.js';
import { DenialLog } from '../../src/graphql/denial-log.js';
import { createErrorFormatter } from '../../src/graphql/error-format.js';
import { KnownQueries } from '../../src/graphql/known-queries.js';
import { Refusals } from '../../src/graphql/refusal.js';
import type { ResourceContext } from '../../src/graphql/resource.js';
import { createServerCounts } from '../../src/http/server-counts.js';

const DIRECTIVES = readFileSync(new URL('../../schema/directives.graphql', import.meta.url), 'utf8');

const typeDefs = `
  type Query {
    thing(id: Int = 1): Thing @requiresScopes(scopes: [["Things.Read"]])
    things: [Thing!] @requiresScopes(scopes: [["Things.Read"]])
    any: [Any] @requiresScopes(scopes: [["Things.Read"]])
  }
  type Thing { name: String! plain: String slow: String fails: String failsMeant: String failsWithStatus: String required: String! other: Other }
  type Other { name: String }
  union Any = Thing | Other
`;

const resolvers = {
  Query: {
    thing: (_: unknown, { id }: { id: number }) => (id > 0 ? { name: `thing ${id}` } : null),
    things: async () => [{ name: 'a' }, { name: 'b' }, { name: null }],
    any: () => [{ name: 'a', __typename: 'Thing' }, null, { name: 'o', __typename: 'Other' }],
  },
  Thing: {
    plain: () => 'plain',
    slow: async () => 'slow',
    fails: () => {
      throw new Error('secret detail');
    },
    failsMeant: () => {
      throw new GraphQLError('meant', { extensions: { code: 'MEANT' } });
    },
    failsWithStatus: () => {
      throw new GraphQLError('status', {
        extensions: { http: { status: 418, headers: new HeaderMap([['x-leak', '1']]) } },
      });
    },
    required: async () => null,
    other: () => ({ name: 'other' }),
  },
};

const caller: Caller = {
  kind: 'delegated',
  tenantId: '00000000-0000-4000-8000-000000000001',
  objectId: '00000000-0000-4000-8000-000000000002',
  clientId: '00000000-0000-4000-8000-000000000003',
  isGuest: false,
  scopes: new Set(['Things.Read']),
  roles: new Set(),
  authContexts: new Set(),
  canStepUp: false,
};

const RUNS_BEFORE_COMPILED = 3;

const servers = {
  guarded: createServer({ mayRunBare: false, compiles: false }),
  bare: createServer({ mayRunBare: true, compiles: false }),
  compiled: createServer({ mayRunBare: true, compiles: true }),
};
beforeAll(() => Promise.all(Object.values(servers).map((server) => server.start())));
afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));

describe('an operation of which all is granted answers the same, to the byte, guarded, bare and compiled', () => {
  it.each([
    ['data', '{ thing { name plain slow other { name } } }'],
    ['a null', '{ thing(id: 0) { name } }'],
    ['a resolver that throws', '{ thing { name fails } }'],
    ['a resolver that throws an error for the client', '{ thing { failsMeant } }'],
    ['an error that speaks of HTTP', '{ thing { failsWithStatus } }'],
    ['null for a non-null field', '{ thing { required } }'],
    ['null for a non-null field in a list', '{ things { name } }'],
    ['a union', '{ any { __typename ... on Thing { name slow } ... on Other { name } } }'],
    ['a variable', 'query ($id: Int) { thing(id: $id) { name } }', { id: 7 }],
    ['a variable that does not fit', 'query ($id: Int) { thing(id: $id) { name } }', { id: 'seven' }],
    ['a missing variable', 'query ($id: Int!) { thing(id: $id) { name } }'],
    ['an alias and a directive', 'query ($no: Boolean!) { a: thing { name @skip(if: $no) plain } }', { no: true }],
    ['several operations', 'query A { thing { name } } query B { things { plain } }', undefined, 'B'],
    ['an operation name that is not there', 'query A { thing { name } }', undefined, 'C'],
    ['what does not validate', '{ thing { nam } }'],
  ])('%s', async (_name, query, variables?: object, operationName?: string) => {
    const request = { query, variables, operationName };
    const guarded = await ask(servers.guarded, request);
    const bare = await ask(servers.bare, request);
    for (let run = 1; run <= RUNS_BEFORE_COMPILED; run += 1) await ask(servers.compiled, request);
    const compiled = await ask(servers.compiled, request);
    expect(bare).toEqual(guarded);
    expect(compiled).toEqual(guarded);
    expect(guarded.body).not.toContain('secret detail');
  });
});

it('a field error never sets the status', async () => {
  const answer = await ask(servers.bare, { query: '{ thing { failsWithStatus } }' });
  expect(answer.status).toBeUndefined();
  expect(answer.headers).not.toHaveProperty('x-leak');
});

function createServer({ mayRunBare, compiles }: { mayRunBare: boolean; compiles: boolean }) {
  const schema = makeExecutableSchema({
    typeDefs: [DIRECTIVES, typeDefs],
    resolvers,
  });
  const authorization = createAuthorization<ResourceContext>({ schema });
  const logger = pino({ level: 'silent' });
  const formatError = createErrorFormatter(logger);
  return createApolloServer({
    authorization: {
      ...authorization,
      check: (operation) => {
        const decision = authorization.check(operation);
        expect(decision.kind).toBe('unguarded');
        return mayRunBare ? decision : { kind: 'guarded' };
      },
    },
    executeBare: createBareExecution(schema, formatError, { compiles }),
    knownQueries: new KnownQueries(),
    formatError,
    introspection: 'public',
    landingPage: noLandingPage(),
    refusals: new Refusals({}),
    denialLog: new DenialLog(logger, { mode: 'enforce', hints: true }, createServerCounts()),
    logger,
  });
}

async function ask(server: ReturnType<typeof createServer>, body: object) {
  const {
    status,
    headers,
    body: answer,
  } = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'POST',
      headers: new HeaderMap([['content-type', 'application/json']]),
      body,
      search: '',
    },
    context: async () => ({ caller, dispose: async () => undefined }),
  });
  return { status, headers: Object.fromEntries(headers), body: answer.kind === 'complete' ? answer.string : '' };
}
