import { makeExecutableSchema } from '@graphql-tools/schema';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildPermissionMatrix } from '../../../src/authorization/permissions/permission-matrix.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { RequirementError } from '../../../src/authorization/rules/requirement-error.js';
import { application, ask, authorize, denials, directives, schemaOf, user } from '../harness.js';

/** Built without validation: what is wrong here has to be found by us. */
const problemsOf = (sdl: string): readonly string[] => {
  try {
    compileRequirements(buildSchema(`${directives} ${sdl}`, { assumeValid: true }));
    return [];
  } catch (error) {
    if (!(error instanceof RequirementError)) throw error;
    return error.problems.map(({ coordinate, message }) => `${coordinate}: ${message}`);
  }
};

describe('a rule on a scalar or an enum binds inputs of that type', () => {
  const api = authorize(
    `
    type Query {
      people(above: Salary, among: [Salary!], at: [[Level]!]!, by: Filter, all: [Filter!]): String @authenticated
      open(above: Salary): String @public
    }
    scalar Salary @requiresRoles(roles: [["HR"]])
    enum Level @requiresAuthContext(id: "c1") { LOW HIGH }
    input Filter { above: Salary, level: Level, inner: Filter, name: String }
    `,
    { Query: { people: () => 'people', open: () => 'open' } },
  );
  const hr = user({ roles: ['HR'], authContexts: ['c1'] });
  const anyLevel = 'at: []';

  it.each([
    ['above: 5', 'Query.people(above:)'],
    ['above: null', 'Query.people(above:)'],
    ['above: $salary', 'Query.people(above:)'],
    ['above: $preset', 'Query.people(above:)'],
    ['among: [5]', 'Query.people(among:)'],
    ['among: [$known]', 'Query.people(among:)'],
    ['among: []', 'Query.people(among:)'],
    ['by: {above: 5}', 'Filter.above'],
    ['by: {inner: {inner: {above: $salary}}}', 'Filter.above'],
    ['by: $filter', 'Filter.above'],
    ['all: [{name: "x"}, {inner: {above: 1}}]', 'Filter.above'],
  ])('people(%s) needs what %s needs', async (argument, coordinate) => {
    const query = `query ($salary: Salary, $preset: Salary = 5, $known: Salary! = 1, $filter: Filter) {
      people(${argument}, ${anyLevel})
      __typename @skip(if: true)
      open @include(if: false)
      unused: open(above: $salary) @skip(if: true)
      more: open(above: $preset) @skip(if: true)
      other: open(above: $known) @skip(if: true)
      last: people(by: $filter, ${anyLevel}) @skip(if: true)
    }`;
    const variables = { salary: 5, filter: { inner: { above: 3 } } };
    const refused = await ask(api, query, { variables, caller: user({ authContexts: ['c1'] }) });
    expect(refused).toMatchObject({ kind: 'refused', status: 403 });
    expect(denials(refused)).toEqual([`FORBIDDEN ${coordinate}`]);
    expect((await ask(api, query, { variables, caller: hr })).data).toEqual({ people: 'people' });
  });

  it.each([
    ['at: []', 'Query.people(at:)'],
    ['at: [[LOW]]', 'Query.people(at:)'],
    ['at: [[$level]]', 'Query.people(at:)'],
    ['at: [], by: {level: HIGH}', 'Filter.level'],
  ])('people(%s) needs the step-up of %s', async (argument, coordinate) => {
    const query = `query ($level: Level = HIGH) { people(${argument}) o: people(at: [[$level]]) @skip(if: true) }`;
    const refused = await ask(api, query, { caller: user({ roles: ['HR'] }) });
    expect(denials(refused)).toContain(`INSUFFICIENT_CLAIMS ${coordinate}`);
    expect((await ask(api, query, { caller: hr })).data).toEqual({ people: 'people' });
  });

  it('is not asked for where the input is left out', async () => {
    const query = 'query ($salary: Salary) { open(above: $salary) }';
    expect((await ask(api, query)).data).toEqual({ open: 'open' });
    expect(await ask(api, query, { variables: { salary: 1 } })).toMatchObject({ kind: 'refused', status: 401 });
  });

  it('closes the input to applications', async () => {
    const query = '{ open(above: 1) }';
    expect(denials(await ask(api, query, { caller: application() }))).toEqual(['FORBIDDEN Query.open(above:)']);
  });

  it('is joined with the rule of the input itself', () => {
    const table = compileRequirements(
      schemaOf(`type Query { a(x: S @requiresRoles(roles: [["b"]])): Int @public }
        scalar S @requiresRoles(roles: [["a"]])`),
    );
    const id = table.inputs.get('Query.a(x:)')?.requirement ?? -1;
    expect(table.requirements[id]?.delegated).toEqual([
      { kind: 'role', anyOf: [['b']] },
      { kind: 'role', anyOf: [['a']] },
    ]);
  });

  it.each([
    ['type Query { a(x: S = 1): Int @public }', 'Query.a(x:)'],
    ['type Query { a(x: [S] = []): Int @public }', 'Query.a(x:)'],
    ['type Query { a(f: F): Int @public } input F { x: S = 1 }', 'F.x'],
    ['type Query { a(f: F = {x: 1}): Int @public } input F { x: S }', 'Query.a(f:)'],
  ])('does not start with a default in %s', (sdl, coordinate) => {
    expect(problemsOf(`${sdl} scalar S @requiresRoles(roles: [["r"]])`)).toEqual([
      expect.stringContaining(`${coordinate}: `),
    ]);
  });

  it('is shown by the matrix and by the explanation', () => {
    const shown = ['Filter.above', 'Filter.level', 'Query.people(above:)', 'Query.people(at:)', 'Query.open(above:)'];
    const explained = api.explain(user()).filter(({ decision }) => decision === 'DENIED');
    expect(explained.map(({ coordinate }) => coordinate)).toEqual(expect.arrayContaining(shown));
    const { rows } = buildPermissionMatrix(api.requirements);
    expect(rows.find(({ coordinate }) => coordinate === 'Filter.above')?.users).toEqual([
      { kind: 'role', anyOf: [['HR']] },
    ]);
  });
});

describe('names that would mean something else', () => {
  it.each([
    ['requiresRoles(roles: ["A", "B"])', 'roles: [["A"], ["B"]]', 'roles: [["A", "B"]]'],
    ['requiresScopes(scopes: ["A", "B", "C"])', 'scopes: [["A"], ["B"], ["C"]]', 'scopes: [["A", "B", "C"]]'],
    ['policy(policies: ["a", "b"])', 'policies: [["a"], ["b"]]', 'policies: [["a", "b"]]'],
    ['requiresRoles(roles: ["A", ["B", "C"]])', 'roles: [["A"], ["B", "C"]]', 'roles: [["A", "B", "C"]]'],
  ])('does not start with @%s, and shows both spellings', (rule, either, both) => {
    const [problem] = problemsOf(`type Query { a: Int @${rule} }`);
    expect(problem).toContain(either);
    expect(problem).toContain(both);
  });

  it('does not start with a flat list of permissions', () => {
    const sdl = 'type Query @authenticated { a: Int @allowsApps(permissions: ["A", "B"]) }';
    expect(problemsOf(sdl)).toEqual([expect.stringContaining('[["A", "B"]]')]);
  });

  it.each(['"A"', '["A"]', '[["A"]]', '[["A"], ["B"]]', '[["A", "B"]]'])('starts with %s', (roles) => {
    expect(problemsOf(`type Query { a: Int @requiresRoles(roles: ${roles}) }`)).toEqual([]);
  });

  const id = '11111111-2222-4333-8444-555555555555';
  it.each([
    [`api://${id}/Expenses.Read`, '"Expenses.Read"'],
    ['https://contoso.example/expenses/Expenses.Read', '"Expenses.Read"'],
    ['API://expenses/Expenses.Read', '"Expenses.Read"'],
    [`${id}/Expenses.Read`, '"Expenses.Read"'],
    ['urn:expenses/Expenses.Read', '"Expenses.Read"'],
    [`api://${id}/.default`, 'name the permission itself'],
    ['.default', 'name the permission itself'],
    [`api://${id}/`, 'name the permission itself'],
  ])('does not start with the scope %s', (scope, advice) => {
    const [problem] = problemsOf(`type Query { a: Int @requiresScopes(scopes: [["x"], ["y", "${scope}"]]) }`);
    expect(problem).toContain(advice);
  });

  it('does not start with an application permission that has the App ID URI in front', () => {
    const sdl = 'type Query { a: Int @allowsApps(permissions: [["api://expenses/Expenses.Read.All"]]) }';
    expect(problemsOf(sdl)).toEqual([expect.stringContaining('write "Expenses.Read.All"')]);
  });

  it.each(['openid', 'offline_access'])('does not start with the sign-in scope %s', (scope) => {
    const why = `@requiresScopes never matches "${scope}", which asks for a sign-in`;
    for (const scopes of [`"${scope}"`, `[["${scope}"]]`, `[["Expenses.Read"], ["Expenses.Write", "${scope}"]]`]) {
      const field = `a: Int @requiresScopes(scopes: ${scopes})`;
      expect(problemsOf(`type Query { ${field} }`)).toEqual([expect.stringContaining(`Query.a: ${why}`)]);
    }
    expect(problemsOf(`type Query { a: Int @requiresRoles(roles: [["${scope}"]]) }`)).toEqual([]);
    expect(problemsOf(`type Query { a: Int @requiresScopes(scopes: [["${scope}.read"]]) }`)).toEqual([]);
  });

  it.each(['Expenses.Read', 'expenses:read', 'Expenses/Read', 'api.read', 'user_impersonation'])(
    'starts with the scope %s',
    (scope) => {
      expect(problemsOf(`type Query { a: Int @requiresScopes(scopes: [["${scope}"]]) }`)).toEqual([]);
    },
  );

  it.each([
    ['@requireRoles(roles: [["A"]])', '@requiresRoles'],
    ['@requiresroles(roles: [["A"]])', '@requiresRoles'],
    ['@RequiresScopes(scopes: [["A"]])', '@requiresScopes'],
    ['@authentcated', '@authenticated'],
    ['@policies(policies: [["a"]])', '@policy'],
    ['@allowApps(permissions: [["a"]])', '@allowsApps'],
  ])('suggests what %s was meant to be, where nothing validated the schema', (rule, meant) => {
    const sdl = `type Query { a: Int @authenticated b: B @authenticated } type B { c: Int ${rule} }`;
    expect(problemsOf(sdl)).toEqual([expect.stringMatching(new RegExp(`^B\\.c: .*Did you mean "${meant}"\\?$`))]);
  });

  it.each([
    ['@public(if: false)', '@public has no argument "if". Write it without arguments'],
    ['@authenticated(as: "admin")', '@authenticated has no argument "as". Write it without arguments'],
    ['@requiresRoles(roles: "A", and: "B")', '@requiresRoles has no argument "and". Its only argument is "roles"'],
    ['@requiresRoles(roles: "A", roles: "B")', '@requiresRoles has "roles" twice. Its only argument is "roles"'],
    ['@requiresAuthContext(id: "c1", max: 5)', '@requiresAuthContext has no argument "max". Its only argument is "id"'],
  ])('do not start with %s, where nothing validated the schema', (rule, problem) => {
    expect(problemsOf(`type Query { a: Int ${rule} }`)).toEqual([`Query.a: ${problem}`]);
  });

  it('do not start with an argument that a schema declares for a rule', () => {
    const declared = directives.replace('directive @public on', 'directive @public(if: Boolean) on');
    const schema = buildSchema(`${declared} type Query { a: Int @public(if: false) }`);
    expect(() => compileRequirements(schema)).toThrow('Query.a: @public has no argument "if"');
  });

  it('leaves directives alone that the schema defines or that are nothing like a rule', () => {
    const sdl =
      'directive @policies on FIELD_DEFINITION type Query { a: Int @authenticated @policies b: Int @public @key }';
    expect(problemsOf(sdl)).toEqual([]);
  });
});

describe('rules that would do nothing', () => {
  const apps = '@allowsApps(permissions: [["p"]])';
  const roles = '@requiresRoles(roles: [["r"]])';
  it.each([
    ['its type Query', `type Query ${roles} { a: Int ${apps} }`, 'Query.a'],
    ['its return type A', `type Query { a: [A!]! ${apps} } type A ${roles} { b: Int }`, 'Query.a'],
    ['its return type S', `type Query { a: S ${roles} ${apps} } scalar S ${roles}`, 'Query.a'],
    ['its required input Query.a(x:)', `type Query { a(x: Int! ${roles}): Int ${apps} }`, 'Query.a'],
    ['its required input Query.a(x:)', `type Query { a(x: E!): Int ${apps} } enum E ${roles} { X }`, 'Query.a'],
    ['its required input F.x', `type Query { a(f: F!): Int ${apps} } input F { x: Int! ${roles} g: F }`, 'Query.a'],
    [
      'its required input F.x',
      `type Query { a(g: G!): Int ${apps} } input G { f: F! g: Int! } input F { x: Int! ${roles} }`,
      'Query.a',
    ],
    ['every field of the type', `type Query { a: A @authenticated } type A ${apps} { b: Int ${roles} }`, 'A'],
  ])('does not start with @allowsApps where %s is closed: %s', (closing, sdl, coordinate) => {
    expect(problemsOf(sdl)).toEqual([expect.stringContaining(`${coordinate}: @allowsApps opens nothing: ${closing}`)]);
  });

  it.each([
    `type Query ${roles} ${apps} { a: Int ${roles} ${apps} }`,
    `type Query { a: A ${roles} ${apps} } type A ${roles} ${apps} { b: Int c: Int ${roles} }`,
    `type Query { a(x: Int ${roles}, y: Int! = 1, f: F): Int ${apps} } input F { x: Int! ${roles} }`,
    `type Query { a(f: F!): Int ${apps} } input F { x: Int ${roles} f: F }`,
  ])('starts with @allowsApps in %s', (sdl) => {
    expect(problemsOf(sdl)).toEqual([]);
  });

  it.each([
    ['F.x', `type Query { a: Int @public } directive @d(f: F) on FIELD input F { x: Int ${roles} }`],
    ['F.x', `type Query { a: Int @public } input G { f: F } input F { x: Int ${roles} }`],
    ['A', `type Query { a: Int @public } type A ${roles} { b: Int }`],
    ['A.b', `type Query { a: Int @public } type A { b: Int ${roles} }`],
    ['A.b(x:)', `type Query { a: Int @public } type A { b(x: Int ${roles}): Int }`],
    ['S', `type Query { a: Int @public } scalar S ${roles} type A { s: S }`],
    ['E', `type Query { a: Int @public } enum E ${roles} { X } directive @d(e: E) on FIELD`],
    ['B.x', `type Query { a: U @public } union U = A type A { y: Int } union V = B type B { x: Int ${roles} }`],
  ])('does not start with a rule on %s, which no operation can reach: %s', (coordinate, sdl) => {
    expect(problemsOf(sdl)).toEqual([expect.stringContaining(`${coordinate}: @requiresRoles protects nothing`)]);
  });

  const closedNode = `interface N { x: Int } type A implements N ${roles} { x: Int }`;
  it.each([
    ['B', 'every way to the type B (Query.b)', `type Query { b: B ${roles} } type B ${roles} ${apps} { x: Int }`],
    ['B.x', 'every way to the type B (Query.b)', `type Query { b: B ${roles} } type B { x: Int ${roles} ${apps} }`],
    [
      'B.x',
      'every way to the type B (Query.b, Query.all, A.b and 1 more)',
      `type Query { b: B ${roles} all: [B] ${roles} a: A @authenticated }
       type A { b(s: S!): B c: C ${roles} y: Int } type C { b: B } scalar S ${roles} type B { x: Int ${roles} ${apps} }`,
    ],
    [
      'D.x',
      'every way to the type D (Query.b)',
      `type Query { b: B ${roles} } type B { c: C } type C { b: B d: [D!]! } type D { x: Int ${apps} }`,
    ],
    [
      'A.x',
      'every way to the type A (Query.n)',
      `type Query { n: N ${roles} } interface N { x: Int } type A implements N { x: Int ${apps} }`,
    ],
    [
      'A.x',
      'every way to the type A (Query.u)',
      `type Query { u: [U] ${roles} } union U = A type A { x: Int ${apps} }`,
    ],
    ['A.x', 'every way to the type A (Query.a)', `type Query ${roles} { a: A } type A { x: Int ${apps} }`],
    [
      'A.x',
      'every way to the type A (Query.a)',
      `type Query { a(s: Int! ${roles}): A @authenticated } type A { x: Int ${apps} }`,
    ],
    [
      'A.x',
      'every way to the type A (Subscription.a)',
      `type Query { b: Int @public } type Subscription { a: A ${roles} } type A { x: Int ${apps} }`,
    ],
    ['Query.n', 'every field of its return type N', `type Query { n: N ${roles} ${apps} } ${closedNode}`],
    [
      'Query.n',
      'every field of its return type N',
      `type Query { n: [N!]! ${roles} ${apps} } ${closedNode} type B implements N { x: Int ${roles} }`,
    ],
    ['Query.u', 'every field of its return type U', `type Query { u: U ${roles} ${apps} } union U = A ${closedNode}`],
    [
      'Query.a',
      'every field of its return type A',
      `type Query { a: A ${roles} ${apps} } type A { x: Int ${roles} y: Int ${roles} }`,
    ],
    [
      'Query.a',
      'every field of its return type A',
      `type Query { a: A ${roles} ${apps} } type A { b: B a: A } type B { x: Int ${roles} a: A }`,
    ],
    [
      'A.b',
      'every field of its return type B',
      `type Query { a: A @authenticated } type A { x: Int b: B ${roles} ${apps} } type B { x(s: Int! ${roles}): Int }`,
    ],
    [
      'Subscription.a',
      'every field of its return type A',
      `type Query { b: Int @public } type Subscription { a: A ${roles} ${apps} } type A { x: Int ${roles} }`,
    ],
    [
      'A',
      'every field of the type',
      `type Query { a: A @authenticated } type A ${apps} { b: B } type B { x: Int ${roles} }`,
    ],
  ])('does not start with @allowsApps on %s, where %s is closed: %s', (coordinate, closing, sdl) => {
    expect(problemsOf(sdl)).toEqual([
      `${coordinate}: @allowsApps opens nothing: ${closing} is closed to applications. Open that too, or leave it out here`,
    ]);
  });

  it.each([
    `type Query { b: B ${roles} all: [B] @authenticated } type B { x: Int ${roles} ${apps} }`,
    `type Query { n: N @public } interface N { x: Int } type A implements N { x: Int ${roles} ${apps} }`,
    `type Query { n: N ${roles} ${apps} } ${closedNode} type B implements N { x: Int }`,
    `type Query { u: U ${roles} ${apps} } union U = A | B ${closedNode} type B { x: Int }`,
    `type Query { n: N ${roles} ${apps} } interface N { x: Int }`,
    `type Query { a: A ${roles} ${apps} } type A { a: A }`,
    `type Query { a: A ${roles} ${apps} } type A { a: A b: B x: Int } type B { a: A y: Int ${roles} }`,
    `type Query { b: Int @public } type Mutation { do: A ${roles} ${apps} } type A { x: Int ${roles} }`,
    `type Query { b: Int @public } type Mutation ${roles} ${apps} { do: A } type A { x: Int ${roles} }`,
    `type Query { a: A ${roles} } type A @key(fields: "x") { x: Int ${roles} ${apps} }`,
  ])('starts with @allowsApps that opens something: %s', (sdl) => {
    expect(problemsOf(sdl)).toEqual([]);
  });

  it.each([
    `type Query { a(f: G): Int @public } input G { f: [F!] } input F { x: Int ${roles} f: F }`,
    `type Query { i: I @public } interface I { x: Int } type A implements I { x: Int b: B } type B ${roles} { c: Int }`,
    `type Query { u: U @public } union U = A type A { x: Int ${roles} }`,
    `type Query { a: Int @public } type Subscription @public { s: S } type S { x: Int ${roles} }`,
    `type Query { a: Int @public } type Unused { x: Int }`,
  ])('starts with %s', (sdl) => {
    expect(problemsOf(sdl)).toEqual([]);
  });
});

describe('a directive that the schema does not declare', () => {
  const NAMES = [
    'hasRole',
    'auth',
    'authorize',
    'requires_role',
    'protected',
    'stepUp',
    'scopes',
    'toString',
    'isAdmin',
  ];
  const PLACES: Readonly<Record<string, (use: string) => string>> = {
    'a field': (use) => `type Query { f: Int @authenticated ${use} }`,
    'a type': (use) => `type Query @authenticated ${use} { f: Int }`,
    'an argument': (use) => `type Query { f(a: Int ${use}): Int @authenticated }`,
    'an input field': (use) => `type Query { f(a: In): Int @authenticated } input In { a: Int ${use} }`,
    'a scalar': (use) => `type Query { f: Cents @authenticated } scalar Cents ${use}`,
    'an enum value': (use) => `type Query { f: Grade @authenticated } enum Grade { A ${use} }`,
    'an interface': (use) =>
      `type Query { f: Any @authenticated } interface Any ${use} { a: Int } type B implements Any { a: Int }`,
  };
  const compile = (sdl: string) =>
    compileRequirements(makeExecutableSchema({ typeDefs: [directives, sdl], assumeValid: true, assumeValidSDL: true }));

  it.each(Object.entries(PLACES))('on %s stops the start, whatever its name', (_place, write) => {
    for (const name of NAMES)
      expect(() => compile(write(`@${name}(roles: ["A"])`))).toThrow(`the directive "@${name}" does not exist`);
  });

  it('may be one of Federation or GraphQL', () => {
    const sdl =
      'type Query { f: Int @authenticated @shareable @tag(name: "a") @federation__override(from: "b") @deprecated }';
    expect(compile(sdl).fields.size).toBe(1);
  });

  it('may be declared, whatever it means', () => {
    expect(
      compile('directive @hasRole on FIELD_DEFINITION type Query { f: Int @authenticated @hasRole }').fields.size,
    ).toBe(1);
  });
});

describe('a name that no token has stops the start', () => {
  const id = '11111111-1111-4111-8111-111111111111';
  const RULES = [
    ['@requiresScopes', 'scopes'],
    ['@requiresRoles', 'roles'],
    ['@requiresScopes(scopes: [["Read"]]) @allowsApps', 'permissions'],
  ] as const;
  const cases = RULES.flatMap(([directive, argument]) =>
    [
      ['contoso.onmicrosoft.com/api/Read', 'write "Read"'],
      [`spn:${id}/Read`, 'write "Read"'],
      [`{${id}}/Read`, 'write "Read"'],
      [`api://${id}/Read`, 'write "Read"'],
      ['/Read', 'write "Read"'],
      ['/', 'name the permission itself'],
      ['contoso.com/.default', 'name the permission itself'],
      ['urn:contoso:Read', 'write "Read"'],
      ['A.Read,A.Write', '[["A.Read"], ["A.Write"]]'],
      ['A,B', '[["A", "B"]]'],
    ].map(([name = '', advice = '']) => ({ directive, argument, name, advice })),
  );

  it.each(cases)('$directive with "$name"', ({ directive, argument, name, advice }) => {
    const [problem, ...others] = problemsOf(`type Query { f: Int ${directive}(${argument}: [["${name}"]]) }`);
    expect(problem).toContain(`never matches "${name}"`);
    expect(problem).toContain(advice);
    expect(others).toEqual([]);
  });

  it.each(['Expenses.Read', 'api/Read', 'user_impersonation', 'a-b.c:d', `${id}`])('but not "%s"', (name) => {
    for (const [directive, argument] of RULES)
      expect(problemsOf(`type Query { f: Int ${directive}(${argument}: [["${name}"]]) }`)).toEqual([]);
  });

  it('a policy may have any name', () => {
    expect(problemsOf('type Query { f: Int @policy(policies: [["a,b", "x.y/z"]]) }')).toEqual([]);
  });
});
