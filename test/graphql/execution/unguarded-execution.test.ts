import { readFileSync } from 'node:fs';
import { HeaderMap } from '@apollo/server';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileQuery } from '../../../src/graphql/execution/compiled/compile-query.js';
import { user } from '../../authorization/harness.js';
import { type QueryServer, startQueryServer } from './query-server.js';

vi.mock('../../../src/graphql/execution/compiled/compile-query.js', { spy: true });

const DIRECTIVES = readFileSync(new URL('../../../schema/directives.graphql', import.meta.url), 'utf8');

const typeDefs = `
  type Query {
    thing(id: Int = 1): Thing @requiresScopes(scopes: [["Things.Read"]])
    things: [Thing!] @requiresScopes(scopes: [["Things.Read"]])
    any: [Any] @requiresScopes(scopes: [["Things.Read"]])
  }
  type Thing { name: String! plain: String slow: String fails: String failsMeant: String failsWithStatus: String failsFrozen: String failsElsewhere: String required: String! other: Other }
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
    failsFrozen: () => {
      throw new GraphQLError('frozen', { extensions: Object.freeze({ code: 'MEANT', http: { status: 418 } }) });
    },
    failsElsewhere: () => {
      throw Object.assign(new Error('secret detail'), { path: ['elsewhere'] });
    },
    required: async () => null,
    other: () => ({ name: 'other' }),
  },
};

/** As often as it takes for a query to be compiled, and once more. */
const TIMES = 5;

const servers = new Map<string, QueryServer>();
beforeAll(async () => {
  const schema = makeExecutableSchema({ typeDefs: [DIRECTIVES, typeDefs], resolvers });
  const callers = { reader: user({ scopes: ['Things.Read'] }) };
  servers.set('guarded', await startQueryServer({ schema, callers, compiled: false, fastPath: false }));
  servers.set('bare', await startQueryServer({ schema, callers, compiled: false }));
  servers.set('compiled', await startQueryServer({ schema, callers, compiled: true }));
});
afterAll(() => Promise.all([...servers.values()].map((server) => server.close())));

const COMMON_TYPE = 'application/json';
/** Left to Apollo Server. */
const RARE = 'application/json; charset=utf-8';

/** All answers of a server, the rare content type's after the common one's. */
async function ask(server: string, body: object) {
  const answers = [];
  for (const contentType of [COMMON_TYPE, RARE]) {
    const headers = { 'content-type': contentType };
    for (let time = 0; time < TIMES; time += 1)
      answers.push(await servers.get(server)?.ask({ by: 'reader', headers, body }));
  }
  return answers;
}

describe('a fully granted operation answers the same, to the byte, guarded, unguarded and compiled', () => {
  it.each([
    ['data', '{ thing { name plain slow other { name } } }'],
    ['a null', '{ thing(id: 0) { name } }'],
    ['a resolver that throws', '{ thing { name fails } }'],
    ['a resolver that throws an error for the client', '{ thing { failsMeant } }'],
    ['an error that speaks of HTTP', '{ thing { failsWithStatus } }'],
    ['an error that speaks of HTTP and cannot be changed', '{ thing { failsFrozen } }'],
    ["an error that has a path and is none of graphql-js's", '{ thing { failsElsewhere } }'],
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
    const body = { query, variables, operationName };
    vi.mocked(compileQuery).mockClear();
    const [expected] = await ask('guarded', body);
    for (const server of servers.keys()) {
      expect(await ask(server, body)).toEqual(Array(2 * TIMES).fill(expected));
    }
    const isExecuted = expected?.body.includes('"data":');
    expect(expected?.status).toBe(isExecuted ? 200 : 400);
    expect(compileQuery).toHaveBeenCalledTimes(isExecuted ? 1 : 0);
    expect(expected?.body).not.toContain('secret detail');
    expect(expected?.headers).not.toHaveProperty('x-leak');
  });
});
