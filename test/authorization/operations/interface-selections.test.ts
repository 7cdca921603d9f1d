import { describe, expect, it } from 'vitest';
import { AUTHORIZATION_LIMITS } from '../../../src/authorization/limits.js';
import { ask, authorize, denials, user } from '../harness.js';

const api = authorize(
  `
  type Query { a: A @authenticated i: I @authenticated u: U @authenticated h: Holder @authenticated open: Holds @authenticated }
  interface I { x: Int next: I }
  interface J { x: Int }
  interface Holds { item: I }
  type A implements I & J { x: Int next: A }
  type B implements I & J { x: Int @requiresRoles(roles: [["b"]]) next: I }
  type C implements I { x: Int @requiresRoles(roles: [["c"]]) next: I }
  type Holder implements Holds { item: A }
  union U = A | C
  `,
  {
    Query: {
      a: () => ({ x: 1, next: { x: 2 } }),
      i: () => ({ __typename: 'A', x: 1, next: { __typename: 'A', x: 2 } }),
      u: () => ({ __typename: 'A', x: 1 }),
      h: () => ({ item: { __typename: 'A', x: 1 } }),
      open: () => ({ __typename: 'Holder', item: { __typename: 'A', x: 1 } }),
    },
    I: { __resolveType: () => 'A' },
    J: { __resolveType: () => 'A' },
    U: { __resolveType: () => 'A' },
    Holds: { __resolveType: () => 'Holder' },
  },
);

describe('a field that is selected on an interface', () => {
  it.each([
    ['the object type around it', '{ a { ... on I { x } } }'],
    ['a named fragment in an object type', '{ a { ...F } } fragment F on I { x }'],
    ['an object type further out', '{ a { next { ... on I { x next { ... on J { x } } } } } }'],
    ['a type condition around it', '{ i { ... on A { ... on I { x } } } }'],
    ['the only implementer of the type around it', '{ open { item { ... on I { x } } } }'],
    ['what its holder returns', '{ h { ... on Holds { item { x } } } }'],
    ['two conditions that leave one type', '{ u { ... on J { ... on I { x } } } }'],
  ])('needs only what one type needs, by %s', async (_how, query) => {
    expect((await ask(api, query, { caller: user() })).errors).toEqual([]);
  });

  it.each([
    ['two of three', '{ i { ... on J { x } } }', ['b'], 'J.x'],
    ['two of three by two conditions', '{ i { ... on J { ... on I { x } } } }', ['b'], 'I.x'],
    ['a member of a union', '{ u { ... on I { x } } }', ['c'], 'I.x'],
    ['all', '{ i { x } }', ['b', 'c'], 'I.x'],
    ['what the field returns on any parent', '{ i { next { x } } }', ['b', 'c'], 'I.x'],
  ])('needs what each type needs that can occur: %s', async (_which, query, roles, coordinate) => {
    const denied = await ask(api, query, { caller: user() });
    expect(denials(denied)).toEqual([`FORBIDDEN ${coordinate}`]);
    expect((await ask(api, query, { caller: user({ roles }) })).errors).toEqual([]);
  });

  it.each([
    ['before the other place', '{ a { ...F } i { ...F } } fragment F on I { x }', ['i']],
    ['after the other place', '{ i { ...F } a { ...F } } fragment F on I { x }', ['i']],
    ['under an alias', '{ b: a { ...F } a: i { ...F } } fragment F on I { x }', ['a']],
    ['within another fragment', '{ a { ...G } i { ...G } } fragment G on I { ...F } fragment F on I { x }', ['i']],
    [
      'behind fragments that meet again elsewhere',
      `{ other: i { ...H } ...Z1 } fragment H on I { ...G1 ...G2 } fragment G1 on I { ...F } fragment G2 on I { ...F } fragment F on I { x }
       fragment Z1 on Query { ...Z2 } fragment Z2 on Query { ...Z3 } fragment Z3 on Query { ...Z4 } fragment Z4 on Query { i { ...F } }`,
      ['other', 'i'],
    ],
    ['at another depth', '{ a { next { ...F } } i { ...F } } fragment F on I { x }', ['i']],
    ['under a condition', '{ a { ...F @include(if: true) } i { ...F } } fragment F on I { x }', ['i']],
    ['in a type condition around it', '{ i { ... on A { n: next { ...F } } ...F } } fragment F on I { x }', ['i']],
  ])('needs only what one type needs where a fragment is shared: %s', async (_how, query, denied) => {
    const answer = await ask(api, query, { caller: user() });
    expect(answer.errors.map(({ path }) => path)).toEqual(denied.map((key) => `${key}.x`));
    expect((await ask(api, query, { caller: user({ roles: ['b', 'c'] }) })).errors).toEqual([]);
  });

  it('asks for every spread of a fragment that leads to one place', async () => {
    const query = '{ i { ... on A { ...F } ...F } } fragment F on I { x }';
    expect(denials(await ask(api, query, { caller: user() }))).toEqual(['FORBIDDEN I.x']);
  });

  it('plans a fragment for eight sets of types, and for all types beyond them', async () => {
    const most = AUTHORIZATION_LIMITS.fragmentNarrowings.default;
    const types = Array.from({ length: most + 2 }, (_, at) => `T${at}`);
    const many = authorize(
      `type Query { ${types.map((type) => `f${type}: ${type} @authenticated`).join(' ')} last: N @authenticated }
       interface I { x: Int } type N implements I { x: Int @requiresRoles(roles: [["n"]]) }
       ${types.map((type) => `type ${type} implements I { x: Int }`).join(' ')}`,
      {
        Query: Object.fromEntries(types.map((type) => [`f${type}`, () => ({ x: 1 })])),
        I: { __resolveType: () => 'T0' },
      },
    );
    const query = (count: number) =>
      `{ ${types
        .slice(0, count)
        .map((type) => `f${type} { ...F }`)
        .join(' ')} } fragment F on I { x }`;
    expect((await ask(many, query(most), { caller: user() })).errors).toEqual([]);
    expect((await ask(many, query(most + 1), { caller: user() })).errors.length).toBeGreaterThan(0);
  });
});

describe('of several types that can occur on an interface', () => {
  const role = (name: string) => `@requiresRoles(roles: [["${name}"]])`;
  const covariant = authorize(
    `
    type Query { i: I @authenticated j: J @authenticated }
    interface I { judged: Found f(x: Int): Int }
    interface J implements I { judged: Found f(x: Int): Int }
    union Found = Plain | Note
    type Plain { y: Int }
    type Note @policy(policies: [["no"]]) { y: Int }
    type A implements I & J { judged: Found f(x: Int ${role('a')}): Int }
    type B implements I & J { judged: Plain f(x: Int): Int }
    type C implements I { judged: Plain f(x: Int ${role('c')}): Int }
    `,
    {
      Query: Object.fromEntries(
        ['i', 'j'].map((name) => [name, () => ({ __typename: 'A', judged: { __typename: 'Note' }, f: 1 })]),
      ),
      ...Object.fromEntries(
        ['I', 'J', 'Found'].map((name) => [
          name,
          { __resolveType: ({ __typename }: { __typename: string }) => __typename },
        ]),
      ),
    },
    { policies: { no: () => false } },
  );

  it.each([
    '{ j { judged { __typename } } }',
    '{ j { ... on I { judged { __typename } } } }',
    '{ i { judged { __typename } } }',
  ])(
    'the one whose field returns judged objects is not forgotten for another that needs the same: %s',
    async (query) => {
      expect(denials(await ask(covariant, query, { caller: user() }))).toEqual(['FORBIDDEN Note']);
    },
  );

  it.each([
    ['{ i { f(x: 1) } }', ['a', 'c'], 'I.f(x:)'],
    ['{ i { ... on J { ... on I { f(x: 1) } } } }', ['a'], 'I.f(x:)'],
    ['{ j { f(x: 1) } }', ['a'], 'J.f(x:)'],
  ])('the protected arguments count, and no others: %s', async (query, roles, coordinate) => {
    for (const missing of roles) {
      const held = roles.filter((name) => name !== missing);
      const answer = await ask(covariant, query, { caller: user({ roles: held }) });
      expect(denials(answer)).toEqual([`FORBIDDEN ${coordinate}`]);
    }
    expect((await ask(covariant, query, { caller: user({ roles }) })).errors).toEqual([]);
  });
});
