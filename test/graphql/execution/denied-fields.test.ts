import { readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { application, user } from '../../authorization/harness.js';
import { type QueryServer, startQueryServer, toApollo } from './query-server.js';

const DIRECTIVES = readFileSync(new URL('../../../schema/directives.graphql', import.meta.url), 'utf8');

const typeDefs = `
  type Query {
    cats: [Cat] @authenticated
    litter: [Cat!]! @authenticated
    litters: [[Cat!]] @authenticated
    none: [Cat!] @authenticated
    slow: [Cat] @authenticated
    pets: [Pet] @authenticated
    named: [Named] @authenticated
    owner(id: Int = 1): Owner @authenticated
    open: String @public
    judged: String @policy(policies: [["late"]])
  }
  interface Named { name: String }
  union Pet = Cat | Dog
  type Cat implements Named {
    name: String
    chip: String @requiresRoles(roles: [["Vet"]])
    weight: Int @requiresScopes(scopes: [["Weights.Read"]])
    illness: String! @requiresRoles(roles: [["Vet"]])
    secondFactor: String @requiresAuthContext(id: "c1")
    owner: Owner
    vet: Owner @requiresRoles(roles: [["Vet"]])
    fails: String
    failsLater: String
  }
  type Dog implements Named { name: String @requiresRoles(roles: [["Vet"]]) chip: String barks: Boolean }
  type Owner { name: String cats: [Cat!] salary: Int @requiresScopes(scopes: [["Weights.Read"]]) }
`;

/** Resolvers of fields that this caller may not see must not run. */
const resolved = vi.fn<(name: string) => void>();
const noted = (name: string, value: unknown) => () => {
  resolved(name);
  return value;
};

const cats = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
const resolvers = {
  Query: {
    cats: () => cats,
    litter: () => cats,
    litters: () => [cats, [], cats],
    none: () => [],
    slow: async () => cats,
    pets: () => [
      { ...cats[0], __typename: 'Cat' },
      { name: 'd', chip: '1', __typename: 'Dog' },
    ],
    named: () => [
      { name: 'd', __typename: 'Dog' },
      { ...cats[0], __typename: 'Cat' },
    ],
    owner: () => ({ name: 'o', cats }),
    open: () => 'open',
    judged: () => 'judged',
  },
  Cat: {
    chip: noted('chip', '123'),
    weight: noted('weight', 5),
    illness: noted('illness', 'none'),
    secondFactor: noted('secondFactor', 'yes'),
    vet: noted('vet', { name: 'v' }),
    owner: async () => ({ name: 'o', cats }),
    fails: () => {
      throw new Error('secret detail');
    },
    failsLater: async () => {
      throw new Error('secret detail');
    },
  },
  Owner: { salary: noted('salary', 1) },
};

const callers = {
  reader: user({ scopes: ['Other'], canStepUp: true }),
  weigher: user({ scopes: ['Weights.Read'] }),
  vet: user({ roles: ['Vet'] }),
  app: application('Cats.Read'),
};

/** A document is kept at its second request and compiled after the third that runs here. */
const TIMES = 7;

const servers = new Map<'guarded' | 'by graphql-js' | 'compiled', QueryServer>();
beforeAll(async () => {
  const schema = makeExecutableSchema({ typeDefs: [DIRECTIVES, typeDefs], resolvers });
  const policies = { late: async () => true };
  servers.set('guarded', await startQueryServer({ schema, callers, policies, compiled: false, fastPath: false }));
  servers.set('by graphql-js', await startQueryServer({ schema, callers, policies, compiled: false }));
  servers.set('compiled', await startQueryServer({ schema, callers, policies, compiled: true }));
});
afterAll(() => Promise.all([...servers.values()].map((server) => server.close())));

interface Shape {
  readonly query: string;
  readonly by?: string;
  readonly variables?: object;
}

/** The answer of the guarded server and, for each other one, its last answer and how many Apollo Server gave. */
async function ask({ query, by = 'reader', variables }: Shape) {
  const body = { query, variables };
  const expected = await servers.get('guarded')?.ask({
    by,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body,
  });
  const byApollo: Record<string, number> = {};
  for (const [way, server] of servers) {
    toApollo().mockClear();
    for (let time = 0; time < TIMES; time += 1) expect(await server.ask({ by, body })).toEqual(expected);
    byApollo[way] = toApollo().mock.calls.length;
  }
  return { answer: JSON.parse(expected?.body ?? '{}'), logged: expected?.logged, byApollo };
}

const codes = (answer: { errors?: readonly { extensions: { code: string } }[] }) =>
  answer.errors?.map(({ extensions }) => extensions.code);

describe('fields that the token denies are null with an error, to the byte as behind guards, without Apollo Server', () => {
  it.each<[string, Shape, unknown]>([
    ['in a list', { query: '{ cats { name chip } }' }, { cats: cats.map(({ name }) => ({ name, chip: null })) }],
    [
      'in lists of lists',
      { query: '{ litters { chip } }' },
      { litters: [3, 0, 3].map((n) => Array(n).fill({ chip: null })) },
    ],
    ['in no item', { query: '{ none { chip } }' }, { none: [] }],
    ['later', { query: '{ slow { chip weight } }' }, { slow: Array(3).fill({ chip: null, weight: null }) }],
    ['under another name', { query: '{ owner { pay: salary name } }' }, { owner: { pay: null, name: 'o' } }],
    ['twice', { query: '{ owner { salary again: salary } }' }, { owner: { salary: null, again: null } }],
    ['in a fragment', { query: '{ owner { ...F } } fragment F on Owner { salary }' }, { owner: { salary: null } }],
    [
      'merged',
      { query: '{ owner { cats { name } cats { chip } } }' },
      { owner: { cats: cats.map((cat) => ({ ...cat, chip: null })) } },
    ],
    [
      'with fields of its own',
      { query: '{ cats { vet { name cats { name } } } }' },
      { cats: Array(3).fill({ vet: null }) },
    ],
    [
      'deep below',
      { query: '{ owner { cats { owner { salary } } } }' },
      { owner: { cats: Array(3).fill({ owner: { salary: null } }) } },
    ],
    [
      'on the operation itself',
      { query: '{ open owner { salary } other: owner(id: 2) { salary } }' },
      { open: 'open', owner: { salary: null }, other: { salary: null } },
    ],
    [
      'of one type of a union',
      { query: '{ pets { ... on Cat { chip } ... on Dog { chip } } }' },
      { pets: [{ chip: null }, { chip: '1' }] },
    ],
    [
      'on an object behind an interface',
      { query: '{ named { __typename ... on Cat { chip } } }' },
      { named: [{ __typename: 'Dog' }, { __typename: 'Cat', chip: null }] },
    ],
    [
      'beside a field that fails',
      { query: '{ cats { fails chip name } }' },
      { cats: cats.map(({ name }) => ({ fails: null, chip: null, name })) },
    ],
    [
      'beside a field that fails later',
      { query: '{ cats { failsLater chip } }' },
      { cats: Array(3).fill({ failsLater: null, chip: null }) },
    ],
    [
      'included',
      { query: 'query ($v: Boolean!) { cats { name chip @include(if: $v) } }', variables: { v: true } },
      { cats: cats.map(({ name }) => ({ name, chip: null })) },
    ],
    [
      'to an application',
      { query: '{ cats { chip name } }', by: 'app' },
      { cats: cats.map(({ name }) => ({ name, chip: null })) },
    ],
    [
      'to one caller, and granted to another',
      { query: '{ cats { weight chip } }', by: 'weigher' },
      { cats: Array(3).fill({ weight: 5, chip: null }) },
    ],
    ['to an anonymous caller', { query: '{ open cats { name } }', by: 'nobody' }, { open: 'open', cats: null }],
  ])('%s', async (_where, shape, data) => {
    const { answer, byApollo } = await ask(shape);
    expect(answer.data).toEqual(data);
    expect(byApollo).toEqual({ guarded: TIMES, 'by graphql-js': 2, compiled: 2 });
  });

  it.each<[string, Shape, unknown]>([
    ['an item', { query: '{ cats { name illness } }' }, { cats: [null, null, null] }],
    ['a list of items', { query: '{ open litters { illness } }' }, { open: 'open', litters: [null, [], null] }],
    ['all of the data', { query: '{ open litter { illness } }' }, null],
    [
      'an object in an item',
      { query: '{ cats { owner { cats { illness } } } }' },
      { cats: Array(3).fill({ owner: { cats: null } }) },
    ],
    ['an item that fails as well', { query: '{ slow { failsLater illness } }' }, { slow: [null, null, null] }],
  ])('and one that must not be null takes %s with it, behind guards', async (_what, shape, data) => {
    const { answer, byApollo } = await ask(shape);
    expect(answer.data).toEqual(data);
    expect(codes(answer)).toContain('FORBIDDEN');
    expect(byApollo).toEqual({ guarded: TIMES, 'by graphql-js': TIMES, compiled: TIMES });
  });

  it('have one error for each place, the others counted, and one line in the log', async () => {
    const { answer, logged } = await ask({ query: '{ cats { a: chip weight secondFactor } }' });
    expect(codes(answer)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'INSUFFICIENT_CLAIMS']);
    expect(answer.errors.map(({ path }: { path: unknown }) => path)).toEqual([
      ['cats', 0, 'a'],
      ['cats', 0, 'weight'],
      ['cats', 0, 'secondFactor'],
    ]);
    expect(answer.extensions).toEqual({ authorization: { omitted: 6 } });
    const lines = logged?.filter((line) => Object(line).msg === 'fields denied');
    expect(lines).toMatchObject([{ count: 3, denied: { 'Cat.chip': expect.any(String) } }]);
  });

  it('are not resolved', async () => {
    resolved.mockClear();
    await ask({ query: '{ cats { chip weight vet { name } } owner { salary } }' });
    expect(resolved).not.toHaveBeenCalled();
    await ask({ query: '{ cats { weight chip } }', by: 'weigher' });
    expect(new Set(resolved.mock.calls.flat())).toEqual(new Set(['weight']));
  });
});

describe('left to the guards is', () => {
  it.each<[string, Shape]>([
    ['a query with a policy', { query: '{ judged cats { chip } }' }],
    ['a field that an interface denies', { query: '{ open named { name } }' }],
  ])('%s', async (_what, shape) => {
    const { answer, byApollo } = await ask(shape);
    expect(codes(answer)).toContain('FORBIDDEN');
    expect(byApollo).toEqual({ guarded: TIMES, 'by graphql-js': TIMES, compiled: TIMES });
  });
});
