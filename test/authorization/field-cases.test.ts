import { describe, expect, it, vi } from 'vitest';
import { ask, authorize, denials, user } from './harness.js';

const sdl = `
  type Query {
    open: String @public
    secret: String @requiresScopes(scopes: [["secret"]])
    user: User @authenticated
    users: [User!] @authenticated
    locked: Locked @authenticated
    lockedOnes: [Locked!] @authenticated
    level: Level @authenticated
    code: Code @authenticated
    node: Node @authenticated
    nodes: [Node] @authenticated
    found: [Found] @authenticated
  }
  type Mutation @authenticated { first: Int second: Int @requiresScopes(scopes: [["write"]]) }
  interface Node { id: ID name: String strict: String! friend: Node }
  type User implements Node {
    id: ID
    name: String
    strict: String! @requiresRoles(roles: [["admin"]])
    friend: Node
    email: String @requiresScopes(scopes: [["email"]])
    manager: User
    own: String
  }
  type Locked implements Node @requiresRoles(roles: [["admin"]]) { id: ID name: String strict: String! friend: Node }
  union Found = User | Locked | Note
  type Note { text: String hidden: String @requiresRoles(roles: [["admin"]]) strict: String! }
  scalar Code @requiresScopes(scopes: [["code", "extra"]])
  enum Level @requiresRoles(roles: [["admin"]]) { LOW HIGH }
`;
const bob = { __typename: 'User', id: '2', name: 'Bob', strict: 's', email: 'bob@x', own: 'o' };
const ann = {
  __typename: 'User',
  id: '1',
  name: 'Ann',
  strict: 's',
  email: 'ann@x',
  own: 'o',
  manager: bob,
  friend: bob,
};
const locked = { __typename: 'Locked', id: '3', name: 'Vault', strict: 's', friend: ann };
const note = { __typename: 'Note', text: 't', hidden: 'h', strict: 's' };
const resolvers = () => ({
  Query: {
    open: () => 'open',
    secret: () => 'secret',
    user: () => ann,
    users: () => [ann, bob],
    locked: () => locked,
    lockedOnes: () => [locked, locked],
    level: () => 'LOW',
    code: () => 'X1',
    node: () => ann,
    nodes: () => [ann, locked],
    found: () => [ann, locked, note],
  },
  Mutation: { first: vi.fn(() => 1), second: vi.fn(() => 2) },
  Node: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
  Found: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
});
const api = authorize(sdl, resolvers());
const anyone = user();
const admin = user({ roles: ['admin'] });

describe('basics', () => {
  it('nulls a denied root field and keeps its sibling', async () => {
    const answer = await ask(api, '{ open secret }', { caller: anyone });
    expect(answer.data).toEqual({ open: 'open', secret: null });
    expect(answer.errors).toEqual([{ code: 'FORBIDDEN', coordinate: 'Query.secret', path: 'secret' }]);
  });

  it('names the alias in the path and the field in the coordinate', async () => {
    const answer = await ask(api, '{ open mine: secret }', { caller: anyone });
    expect(answer.errors).toEqual([{ code: 'FORBIDDEN', coordinate: 'Query.secret', path: 'mine' }]);
  });

  it('denies a sub-selection under one of two aliases', async () => {
    const answer = await ask(api, '{ a: user { name } b: user { name email } }', { caller: anyone });
    expect(answer.data).toEqual({ a: { name: 'Ann' }, b: { name: 'Ann', email: null } });
    expect(answer.errors).toEqual([{ code: 'FORBIDDEN', coordinate: 'User.email', path: 'b.email' }]);
  });

  it.each([
    [[], null],
    [['code'], null],
    [['code', 'extra'], 'X1'],
  ])('a scalar’s rule with the scopes %j gives %s', async (scopes, code) => {
    expect((await ask(api, '{ open code }', { caller: user({ scopes }) })).data).toEqual({ open: 'open', code });
  });

  it('an enum’s rule holds for the fields that return it', async () => {
    expect((await ask(api, '{ open level }', { caller: anyone })).data).toEqual({ open: 'open', level: null });
    expect((await ask(api, '{ open level }', { caller: admin })).data).toEqual({ open: 'open', level: 'LOW' });
  });

  it('a list of a protected type is one error', async () => {
    const answer = await ask(api, '{ open lockedOnes { id } }', { caller: anyone });
    expect(answer.data).toEqual({ open: 'open', lockedOnes: null });
    expect(denials(answer)).toEqual(['FORBIDDEN Query.lockedOnes']);
  });

  it('a rule on a field of the items leaves the items', async () => {
    const answer = await ask(api, '{ users { name email } }', { caller: anyone });
    expect(answer.data).toEqual({
      users: [
        { name: 'Ann', email: null },
        { name: 'Bob', email: null },
      ],
    });
  });

  it('a nested field is denied at its own path', async () => {
    const answer = await ask(api, '{ user { manager { email } } }', { caller: anyone });
    expect(answer.errors).toEqual([{ code: 'FORBIDDEN', coordinate: 'User.email', path: 'user.manager.email' }]);
  });

  it.each([
    [[], false],
    [['field'], false],
    [['type'], false],
    [['field', 'type'], true],
  ])('field and return type both have a rule; the scopes %j suffice: %s', async (scopes, granted) => {
    const both = authorize(
      `type Query { open: Int @public a: A @requiresScopes(scopes: [["field"]]) }
       type A @requiresScopes(scopes: [["type"]]) { x: Int }`,
      { Query: { a: () => ({ x: 1 }) } },
    );
    const answer = await ask(both, '{ open a { x } }', { caller: user({ scopes }) });
    expect(answer.data).toEqual({ open: null, a: granted ? { x: 1 } : null });
  });

  it('tells a caller without scopes from one without token', async () => {
    expect(denials(await ask(api, '{ open secret }', { caller: anyone }))).toEqual(['FORBIDDEN Query.secret']);
    expect(denials(await ask(api, '{ open secret }'))).toEqual(['UNAUTHENTICATED Query.secret']);
  });
});

describe('root types', () => {
  it('a rule on the root type is a rule on its fields', async () => {
    expect(await ask(api, 'mutation { first }')).toMatchObject({ kind: 'refused', status: 401 });
    expect((await ask(api, 'mutation { first }', { caller: anyone })).data).toEqual({ first: 1 });
  });

  it('none of several mutations runs if one is denied', async () => {
    const spies = resolvers();
    const answer = await ask(authorize(sdl, spies), 'mutation { first second }', { caller: anyone });
    expect(answer).toMatchObject({ kind: 'refused', status: 403 });
    expect(denials(answer)).toEqual(['FORBIDDEN Mutation.second']);
    expect(spies.Mutation.first).not.toHaveBeenCalled();
  });

  it('only the operation that is named counts', async () => {
    const two = 'query Fine { open } mutation Denied { second }';
    expect((await ask(api, two, { operationName: 'Fine' })).data).toEqual({ open: 'open' });
    expect(await ask(api, two, { operationName: 'Denied' })).toMatchObject({ kind: 'refused' });
  });

  it('everything is denied: the query is refused', async () => {
    const answer = await ask(api, '{ secret again: secret }', { caller: anyone });
    expect(answer).toMatchObject({ kind: 'refused', status: 403, data: undefined });
    expect(answer.errors.map(({ path }) => path)).toEqual(['secret', 'again']);
  });
});

describe('fragments', () => {
  it('a named fragment on a type with a protected field gets the other fields', async () => {
    const answer = await ask(api, '{ user { ...F } } fragment F on User { name email }', { caller: anyone });
    expect(answer.data).toEqual({ user: { name: 'Ann', email: null } });
  });

  it('a fragment that is used twice', async () => {
    const query = '{ user { ...F manager { ...F } } } fragment F on User { email }';
    const answer = await ask(api, query, { caller: anyone });
    expect(answer.errors.map(({ path }) => path).sort()).toEqual(['user.email', 'user.manager.email']);
  });

  it('a fragment within a fragment is denied unless it is skipped', async () => {
    const query = `query ($skip: Boolean!) { user { ...F @skip(if: $skip) name } }
      fragment F on User { ...G } fragment G on User { email }`;
    expect((await ask(api, query, { caller: anyone, variables: { skip: true } })).errors).toEqual([]);
    expect((await ask(api, query, { caller: anyone, variables: { skip: false } })).errors).toHaveLength(1);
  });

  it('an inline fragment without a type condition hides nothing', async () => {
    const answer = await ask(api, '{ ... { ... { open secret } } }', { caller: anyone });
    expect(answer.data).toEqual({ open: 'open', secret: null });
  });

  it('a fragment on the interface inside an object needs what the object needs', async () => {
    const answer = await ask(api, '{ user { own ... on Node { name } } }', { caller: anyone });
    expect(answer).toMatchObject({ data: { user: { own: 'o', name: 'Ann' } }, errors: [] });
  });

  it('an object inside an interface and a union keeps its rules', async () => {
    const query = '{ nodes { ... on User { email } } found { ... on User { email name } } }';
    const answer = await ask(api, query, { caller: anyone });
    expect(answer.data).toEqual({ nodes: [{ email: null }, {}], found: [{ email: null, name: 'Ann' }, {}, {}] });
  });

  it('one response key in two members of a union is decided for each member', async () => {
    const query = '{ found { ... on User { x: email } ... on Note { x: text } } }';
    expect((await ask(api, query, { caller: anyone })).data).toEqual({ found: [{ x: null }, {}, { x: 't' }] });
  });
});

describe('interfaces', () => {
  it('an implementer’s type rule counts for a selection on the interface', async () => {
    const answer = await ask(api, '{ node { id } }', { caller: anyone });
    expect(answer.data).toEqual({ node: { id: null } });
    expect(denials(answer)).toEqual(['FORBIDDEN Node.id']);
  });

  it('so does an implementer’s field rule', async () => {
    const one = authorize(
      `type Query { node: N @authenticated } interface N { x: Int y: Int }
       type A implements N { x: Int y: Int } type B implements N { x: Int @requiresRoles(roles: [["r"]]) y: Int }`,
      { Query: { node: () => ({ x: 1, y: 2 }) }, N: { __resolveType: () => 'A' } },
    );
    expect((await ask(one, '{ node { x y } }', { caller: anyone })).data).toEqual({ node: { x: null, y: 2 } });
  });

  it('the same rule on all implementers denies on the interface too', async () => {
    const same = authorize(
      `type Query { node: N @authenticated } interface N { x: Int }
       type A implements N @requiresRoles(roles: [["r"]]) { x: Int }`,
      { Query: { node: () => ({ x: 1 }) }, N: { __resolveType: () => 'A' } },
    );
    expect((await ask(same, '{ node { x } }', { caller: anyone })).data).toEqual({ node: { x: null } });
    expect((await ask(same, '{ node { x } }', { caller: user({ roles: ['r'] }) })).data).toEqual({ node: { x: 1 } });
  });

  it.each([
    [['a'], null],
    [['b'], null],
    [['a', 'b'], 1],
  ])('different rules are all needed; the roles %j give %s', async (roles, x) => {
    const different = authorize(
      `type Query { node: N @authenticated } interface N { x: Int }
       type A implements N @requiresRoles(roles: [["a"]]) { x: Int }
       type B implements N { x: Int @requiresRoles(roles: [["b"]]) }`,
      { Query: { node: () => ({ x: 1 }) }, N: { __resolveType: () => 'A' } },
    );
    expect((await ask(different, '{ node { x } }', { caller: user({ roles }) })).data).toEqual({ node: { x } });
  });

  it('only __typename and a fragment that is allowed', async () => {
    const answer = await ask(api, '{ node { __typename ... on User { name } } }', { caller: anyone });
    expect(answer.data).toEqual({ node: { __typename: 'User', name: 'Ann' } });
    expect(answer.errors).toEqual([]);
  });

  it('fragments on members deny one member', async () => {
    const query = '{ nodes { ... on User { name } ... on Locked { name } } }';
    const answer = await ask(api, query, { caller: anyone });
    expect(answer.data).toEqual({ nodes: [{ name: 'Ann' }, { name: null }] });
    expect(denials(answer)).toEqual(['FORBIDDEN Locked.name']);
  });

  it('in a chain of interfaces each asks for its own implementers', async () => {
    const chain = authorize(
      `type Query { top: Top @authenticated low: Low @authenticated }
       interface Top { x: Int } interface Low implements Top { x: Int }
       type A implements Low & Top { x: Int } type B implements Top { x: Int @requiresRoles(roles: [["r"]]) }`,
      {
        Query: { top: () => ({ x: 1 }), low: () => ({ x: 1 }) },
        Top: { __resolveType: () => 'A' },
        Low: { __resolveType: () => 'A' },
      },
    );
    const answer = await ask(chain, '{ top { x } low { x } }', { caller: anyone });
    expect(answer.data).toEqual({ top: { x: null }, low: { x: 1 } });
  });

  it('one implementer that is public opens nothing on the interface', async () => {
    const mixed = authorize(
      `type Query { nodes: [N] @public } interface N { x: Int } type A implements N @public { x: Int }
       type B implements N @requiresRoles(roles: [["b"]]) { x: Int }`,
      {
        Query: { nodes: () => ['A', 'B'].map((__typename) => ({ __typename, x: 1 })) },
        N: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
      },
    );
    const answer = await ask(mixed, '{ nodes { x } }');
    expect(answer.data).toEqual({ nodes: [{ x: null }, { x: null }] });
    expect(denials(answer).toSorted()).toEqual(['UNAUTHENTICATED B.x', 'UNAUTHENTICATED N.x']);
  });

  it('a denied non-null field nulls its parent', async () => {
    const answer = await ask(api, '{ open node { strict } }', { caller: anyone });
    expect(answer.data).toEqual({ open: 'open', node: null });
  });

  it('allows what every implementer allows', async () => {
    expect(await ask(api, '{ nodes { name } }', { caller: admin })).toMatchObject({
      kind: 'unguarded',
      data: { nodes: [{ name: 'Ann' }, { name: 'Vault' }] },
    });
  });
});

describe('unions', () => {
  it('a member that is allowed is not affected by one that is not', async () => {
    const query = '{ found { ... on User { name } } }';
    expect(await ask(api, query, { caller: anyone })).toMatchObject({ kind: 'unguarded', errors: [] });
  });

  it('a member with a type rule is denied alone', async () => {
    const query = '{ found { __typename ... on Locked { id } ... on Note { text } } }';
    const answer = await ask(api, query, { caller: anyone });
    expect(answer.data).toEqual({
      found: [{ __typename: 'User' }, { __typename: 'Locked', id: null }, { __typename: 'Note', text: 't' }],
    });
  });

  it('a member’s field rule denies the field', async () => {
    const answer = await ask(api, '{ found { ... on Note { text hidden } } }', { caller: anyone });
    expect(answer.data).toEqual({ found: [{}, {}, { text: 't', hidden: null }] });
  });
});

describe('null propagation', () => {
  it('a nullable leaf is null', async () => {
    expect((await ask(api, '{ user { email } }', { caller: anyone })).data).toEqual({ user: { email: null } });
  });

  it('a non-null leaf nulls its object', async () => {
    expect((await ask(api, '{ open user { strict } }', { caller: anyone })).data).toEqual({ open: 'open', user: null });
  });

  it('goes up to the root', async () => {
    const strict = authorize('type Query { a: A! @authenticated } type A { x: Int! @requiresRoles(roles: [["r"]]) }', {
      Query: { a: () => ({ x: 1 }) },
    });
    expect((await ask(strict, '{ a { x } }', { caller: anyone })).data).toBeNull();
  });

  it('nulls the list where its items must not be null', async () => {
    const answer = await ask(api, '{ open users { strict } }', { caller: anyone });
    expect(answer.data).toEqual({ open: 'open', users: null });
  });

  it('nulls the item of a list where it may be null', async () => {
    const query = '{ nodes { ... on User { strict } ... on Locked { __typename } } }';
    expect((await ask(api, query, { caller: anyone })).data).toEqual({ nodes: [null, { __typename: 'Locked' }] });
  });
});

describe('@skip and @include', () => {
  it.each([
    ['{ open secret @include(if: false) }', {}],
    ['{ open secret @skip(if: true) }', {}],
    ['query ($v: Boolean!) { open secret @include(if: $v) }', { v: false }],
    ['query ($v: Boolean!) { open secret @skip(if: $v) }', { v: true }],
    ['query ($v: Boolean = false) { open secret @include(if: $v) }', {}],
    ['query ($v: Boolean = true) { open ... @skip(if: $v) { secret } }', {}],
  ])('what is left out is not denied: %s', async (query, variables) => {
    expect(await ask(api, query, { variables })).toMatchObject({
      kind: 'unguarded',
      data: { open: 'open' },
      errors: [],
    });
  });

  it.each([
    ['{ open secret @include(if: true) }', {}],
    ['{ open secret @skip(if: false) }', {}],
    ['query ($v: Boolean!) { open secret @include(if: $v) }', { v: true }],
    ['query ($v: Boolean!) { open secret @skip(if: $v) }', { v: false }],
    ['query ($v: Boolean = true) { open secret @include(if: $v) }', {}],
    ['query ($v: Boolean = true) { open secret @include(if: $v) @skip(if: false) }', {}],
  ])('what is not left out is: %s', async (query, variables) => {
    expect(denials(await ask(api, query, { variables }))).toEqual(['UNAUTHENTICATED Query.secret']);
  });

  it('@defer does not take a selection out of the plan', async () => {
    const deferring = authorize(
      `directive @defer(if: Boolean, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
       type Query @authenticated { a: Int } type Mutation @authenticated { a: B }
       type B { x: Int @requiresRoles(roles: [["r"]]) }`,
    );
    const answer = await ask(deferring, 'mutation { a { ... @defer { x } } }', { caller: anyone });
    expect(answer).toMatchObject({ kind: 'refused', status: 403 });
  });
});
