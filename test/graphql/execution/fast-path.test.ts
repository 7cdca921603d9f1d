import { readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { compileQuery } from '../../../src/graphql/execution/compiled/compile-query.js';
import { type Asked, type QueryServer, startQueryServer, toApollo } from './query-server.js';

vi.mock('../../../src/graphql/execution/compiled/compile-query.js', { spy: true });

const DIRECTIVES = readFileSync(new URL('../../../schema/directives.graphql', import.meta.url), 'utf8');
const typeDefs = `
  type Query {
    hello(name: String = "you"): String @public
    slow: String @authenticated
    thing: Thing @requiresScopes(scopes: [["Things.Read"]])
    fails: String @authenticated
    sometimesFails(how: String): [Anything] @authenticated
  }
  type Mutation { change: String @authenticated }
  scalar Anything
  type Thing { name: String thing: Thing secret: String @requiresRoles(roles: [["Keeper"]]) }
`;
const FAILURES: Readonly<Record<string, () => unknown>> = {
  'by what it throws': () => {
    throw new Error('secret detail');
  },
  'by what it rejects with': async () => {
    throw new Error('secret detail');
  },
  'with an error that speaks of HTTP and cannot be changed': () => {
    throw new GraphQLError('', { extensions: Object.freeze({ code: 'MEANT', http: { status: 418 } }) });
  },
  'with denials of another server': () =>
    [1, 2].map(() => new GraphQLError('', { extensions: { code: 'FORBIDDEN', authorization: {} } })),
  'with an error that has a path and is none of graphql-js': () => {
    throw Object.assign(new Error('secret detail'), { path: ['somewhere'] });
  },
  'with a value that is not JSON': () => [1n],
  'with a value that is not JSON, later': async () => [1n],
};
const resolvers = {
  Query: {
    hello: (_: unknown, { name }: { name: string }) => `hello ${name}`,
    slow: async () => 'slow',
    thing: () => ({ name: 'thing', secret: 'secret' }),
    fails: () => {
      throw new Error('secret detail');
    },
    sometimesFails: (_: unknown, { how = '' }: { how?: string }) => FAILURES[how]?.() ?? ['well'],
  },
  Mutation: { change: () => 'changed' },
};

const caller = (roles: readonly string[], scopes = ['Things.Read']): Caller => ({
  kind: 'delegated',
  tenantId: '00000000-0000-4000-8000-000000000001',
  objectId: '00000000-0000-4000-8000-000000000002',
  clientId: '00000000-0000-4000-8000-000000000003',
  isGuest: false,
  claims: {},
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

const ACCEPTED = [
  '*/*',
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json, application/json',
  'application/graphql-response+json,application/json;q=0.9',
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
  'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9',
  'application/json;q=0.5',
];

/** A query of this depth. */
const nested = (depth: number): string => `{ ${'thing { '.repeat(depth - 1)}name${' }'.repeat(depth - 1)} }`;

/** As often as it takes for a query to be compiled, and once more. */
const TIMES_AGAIN = 5;

describe.each([{ compiled: false }, { compiled: true }])('compiled queries: $compiled', ({ compiled }) => {
  let server: QueryServer;
  beforeAll(async () => {
    const schema = makeExecutableSchema({ typeDefs: [DIRECTIVES, typeDefs], resolvers });
    server = await startQueryServer({ schema, callers: CALLERS, compiled });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    vi.mocked(compileQuery).mockClear();
    server.dispose.mockClear();
  });

  /** The first answer, those after it, and how many of these Apollo Server gave. */
  async function askAgain(asked: Asked, again: Asked = asked) {
    const first = await server.ask(asked);
    // A document is kept when it comes for the second time.
    await server.ask(asked);
    toApollo().mockClear();
    const others = [];
    for (let time = 0; time < TIMES_AGAIN; time += 1) others.push(await server.ask(again));
    return { first, others, byApollo: toApollo().mock.calls.length };
  }

  /** How often a query was compiled, to be run so from then on. */
  const compilations = () =>
    vi.mocked(compileQuery).mock.results.filter(({ value }) => typeof value === 'function').length;

  describe('a query that was answered before is answered without Apollo Server, to the byte as before', () => {
    it.each<[string, Asked]>([
      ['of a caller', { by: 'reader', body: { query: '{ thing { name } }' } }],
      ['of an anonymous caller', { body: { query: '{ hello }' } }],
      ['with variables', { body: { query: 'query ($n: String) { hello(name: $n) }', variables: { n: 'A' } } }],
      [
        'with what says nothing',
        { body: { query: '{ a: hello }', variables: null, operationName: null, extensions: null } },
      ],
      ['by its name', { body: { query: 'query A { hello } query B { b: hello }', operationName: 'B' } }],
      ['whose resolver makes it wait', { by: 'reader', body: { query: '{ slow }' } }],
      ['whose field failed before', { by: 'reader', body: { query: '{ fails }' } }],
      ['with a denied field', { by: 'reader', body: { query: '{ thing { name secret } }' } }],
      ['from a page', { headers: { origin: 'https://app.example.com' }, body: { query: '{ c: hello }' } }],
      ['with null in it', { body: { query: 'query ($n: String) { d: hello(name: $n) }', variables: { n: null } } }],
      ...ACCEPTED.map((accept, index): [string, Asked] => [
        `for who accepts ${accept}`,
        { headers: { accept }, body: { query: `{ e${index}: hello }` } },
      ]),
    ])('%s', async (_what, asked) => {
      const { first, others, byApollo } = await askAgain(asked);
      expect(first.status).toBe(200);
      for (const other of others) expect(other).toEqual(first);
      expect(byApollo).toBe(0);
      expect(compilations()).toBe(compiled ? 1 : 0);
      expect(server.dispose).toHaveBeenCalledTimes(2 + TIMES_AGAIN);
    });

    it.each(Object.keys(FAILURES))('also when a resolver fails this time, %s', async (how) => {
      const query = `query ($how: String) { sometimesFails(how: $how) } # ${how}`;
      const fail: Asked = { by: 'reader', body: { query, variables: { how } } };
      const failed = await server.ask({ ...fail, headers: { 'content-type': 'application/json; charset=utf-8' } });
      const { others, byApollo } = await askAgain({ by: 'reader', body: { query } }, fail);
      expect(byApollo).toBe(0);
      for (const other of others) expect(other).toEqual(failed);
      expect(compilations()).toBe(compiled ? 1 : 0);
      expect(failed.body).not.toContain('secret detail');
      expect(server.dispose).toHaveBeenCalledTimes(3 + TIMES_AGAIN);
    });
  });

  it('a caller who may less than the one before gets less', async () => {
    const query = '{ p: thing { secret } }';
    const { first, others, byApollo } = await askAgain(
      { by: 'keeper', body: { query } },
      { by: 'reader', body: { query } },
    );
    expect(first.body).toContain('"secret":"secret"');
    expect(byApollo).toBe(0);
    for (const { body } of others) {
      expect(body).not.toContain('"secret":"secret"');
      expect(JSON.parse(body).errors[0].extensions.code).toBe('FORBIDDEN');
    }
  });

  describe('left to Apollo Server is', () => {
    it.each<[string, Asked]>([
      ['a mutation', { by: 'reader', body: { query: 'mutation { change }' } }],
      ['what does not parse', { body: { query: '{ hello' } }],
      ['introspection', { by: 'reader', body: { query: '{ __schema { queryType { name } } }' } }],
      ['an operation with every field denied', { by: 'stranger', body: { query: '{ thing { name } }' } }],
      ['what only verified callers may, of an anonymous caller', { body: { query: '{ slow }' } }],
      ['an extension', { body: { query: '{ h: hello }', extensions: { a: 1 } } }],
      [
        'an operation that is not there',
        { body: { query: 'query A { hello } query B { b: hello }', operationName: 'C' } },
      ],
      ['another name for nothing', { body: { query: 'query A { i: hello }', operationName: '' } }],
      ['variables as text', { body: { query: '{ j: hello }', variables: '{}' } }],
      ['variables as a list', { body: { query: '{ k: hello }', variables: [] } }],
      ['a query that is not a text', { body: { query: 1 } }],
      ['a list of queries', { body: [{ query: '{ hello }' }] }],
      ['nothing', { body: {} }],
      [
        'another content type',
        { headers: { 'content-type': 'application/json; charset=utf-8' }, body: { query: '{ m: hello }' } },
      ],
    ])('%s', async (_what, asked) => {
      const { first, others, byApollo } = await askAgain(asked);
      expect(byApollo).toBe(TIMES_AGAIN);
      for (const other of others) expect(other).toEqual(first);
      expect(server.dispose).toHaveBeenCalledTimes(2 + TIMES_AGAIN);
    });

    it.each([
      ['deep', nested(13)],
      ['rich in aliases', `{ ${[...Array(201).keys()].map((index) => `a${index}: hello`).join(' ')} }`],
      ['rich in directives', `{ ${'hello @include(if: true) '.repeat(51)} }`],
      ['long', `{ ${'hello '.repeat(4001)} }`],
      ['costly', `{ ${[...Array(150).keys()].map((index) => `a${index}: ${nested(11).slice(1, -1)}`).join(' ')} }`],
    ])('what is too %s', async (_what, query) => {
      const { first, others, byApollo } = await askAgain({ by: 'reader', body: { query } });
      expect([first.status, JSON.parse(first.body).errors.length]).toEqual([400, 1]);
      expect(byApollo).toBe(TIMES_AGAIN);
      for (const other of others) expect(other).toEqual(first);
    });

    it('a variable that does not fit', async () => {
      const query = 'query ($n: String) { o: hello(name: $n) }';
      const { others, byApollo } = await askAgain({ body: { query } }, { body: { query, variables: { n: {} } } });
      expect(byApollo).toBe(TIMES_AGAIN);
      for (const other of others) expect(other).toEqual(others[0]);
      expect(others[0]?.status).toBe(400);
    });

    it('introspection by an anonymous client, after a caller has had it', async () => {
      const query = '{ __type(name: "Thing") { name } }';
      const { first, others } = await askAgain({ by: 'reader', body: { query } }, { body: { query } });
      expect(first.status).toBe(200);
      expect(new Set(others.map(({ status }) => status))).toEqual(new Set([401]));
    });
  });
});
