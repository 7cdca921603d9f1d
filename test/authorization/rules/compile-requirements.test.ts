import {
  buildASTSchema,
  buildSchema,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  Source,
  visit,
} from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { RequirementError } from '../../../src/authorization/rules/requirement-error.js';
import { directives } from '../harness.js';

/** Built without validation: what is wrong here has to be found by us. */
const compile = (sdl: string, policies?: readonly string[]) =>
  compileRequirements(buildSchema(directives + sdl, { assumeValid: true }), policies);

const problemsOf = (sdl: string, policies?: readonly string[]) => {
  try {
    compile(sdl, policies);
    return [];
  } catch (error) {
    if (!(error instanceof RequirementError)) throw error;
    return error.problems;
  }
};
const coordinatesOf = (sdl: string, policies?: readonly string[]) =>
  problemsOf(sdl, policies).map(({ coordinate }) => coordinate);

const needs = (sdl: string, coordinate: string) => {
  const table = compile(sdl);
  const element = table.fields.get(coordinate) ?? table.inputs.get(coordinate);
  return element && { ...table.requirements[element.requirement], policies: element.policies };
};
const scope = (...anyOf: string[][]) => ({ kind: 'scope', anyOf });
const role = (...anyOf: string[][]) => ({ kind: 'role', anyOf });

describe('compileRequirements, what a field needs', () => {
  it('asks for a verified caller where nothing is said', () => {
    expect(needs('type Query { a: A @public } type A { b: Int }', 'A.b')).toMatchObject({
      isPublic: false,
      delegated: [],
      app: [],
    });
  });

  it('is plain data, with where a field stands', () => {
    const { fields } = compile(
      `type Query { i: I @public } interface I { x: Int } type A implements I @policy(policies: [["p"]]) { x: Int }`,
    );
    const policies = [{ kind: 'policy', anyOf: [['p']] }];
    const asked = (coordinate: string, requirement: number) => [{ coordinate, requirement, policies: [] }];
    expect([...fields.values()]).toEqual([
      {
        coordinate: 'Query.i',
        requirement: 0,
        policies: [],
        on: 'object',
        beforehand: asked('Query.i', 0),
        returnsJudged: true,
      },
      { coordinate: 'A.x', requirement: 1, policies, on: 'object', beforehand: asked('A.x', 1), returnsJudged: false },
      {
        coordinate: 'I.x',
        requirement: 1,
        policies,
        on: 'interface',
        beforehand: asked('I.x', 1),
        returnsJudged: false,
      },
    ]);
  });

  it('joins the rules of parent type, field and return type', () => {
    const sdl = `type Query @requiresScopes(scopes: [["p"]]) { a: A @requiresScopes(scopes: [["f"]]) }
      type A @requiresScopes(scopes: [["r"]]) { b: Int }`;
    expect(needs(sdl, 'Query.a')?.delegated).toEqual([scope(['p']), scope(['f']), scope(['r'])]);
  });

  it.each(['scalar R @requiresRoles(roles: [["r"]])', 'enum R @requiresRoles(roles: [["r"]]) { X }'])(
    'counts the rule of the return type in %s',
    (type) => {
      expect(needs(`type Query { a: [R!]! @authenticated } ${type}`, 'Query.a')?.delegated).toEqual([role(['r'])]);
    },
  );

  it('counts the rule of the items of a list', () => {
    const sdl = 'type Query { a: [[A!]!]! @authenticated } type A @requiresRoles(roles: [["r"]]) { b: Int }';
    expect(needs(sdl, 'Query.a')?.delegated).toEqual([role(['r'])]);
  });

  it('reads a rule from an extension of the type', () => {
    const sdl = 'type Query { a: A @authenticated } type A { b: Int } extend type A @requiresScopes(scopes: [["x"]])';
    expect(needs(sdl, 'A.b')?.delegated).toEqual([scope(['x'])]);
  });

  it('does not take what an interface returns for a rule', () => {
    const sdl = `type Query { i: I @authenticated } interface I { x: Int }
      type A implements I @requiresScopes(scopes: [["s"]]) { x: Int }`;
    expect(needs(sdl, 'Query.i')?.delegated).toEqual([]);
  });

  it('lets @public on a type open its own fields, and not the way to it', () => {
    const sdl = 'type Query { a: A @authenticated } type A @public { b: Int }';
    expect(needs(sdl, 'A.b')?.isPublic).toBe(true);
    expect(needs(sdl, 'Query.a')?.isPublic).toBe(false);
  });

  it('closes a field with a rule for users to applications', () => {
    expect(needs('type Query { a: Int @requiresScopes(scopes: [["s"]]) }', 'Query.a')?.app).toBe('never');
  });

  it('opens it to applications with @allowsApps on the same element', () => {
    const sdl = 'type Query { a: Int @requiresScopes(scopes: [["s"]]) @allowsApps(permissions: [["p"]]) }';
    expect(needs(sdl, 'Query.a')).toMatchObject({
      delegated: [scope(['s'])],
      app: [{ kind: 'permission', anyOf: [['p']] }],
    });
  });

  it('does not open with it what another element closes', () => {
    const sdl = `type Query @requiresScopes(scopes: [["s"]]) @allowsApps(permissions: [["p"]]) { a: A b: Int }
      type A @requiresScopes(scopes: [["s"]]) { b: Int }`;
    expect(needs(sdl, 'Query.a')?.app).toBe('never');
  });

  it('binds both kinds of caller with @policy', () => {
    expect(needs('type Query { a: Int @policy(policies: [["p"]]) }', 'Query.a')).toMatchObject({
      delegated: [],
      app: [],
      policies: [{ kind: 'policy', anyOf: [['p']] }],
    });
  });

  it('leaves out alternatives that say no more than others', () => {
    expect(needs('type Query { a: Int @requiresScopes(scopes: [["a", "b"], ["a"]]) }', 'Query.a')?.delegated).toEqual([
      scope(['a']),
    ]);
  });

  it('coerces a single name to a list, as GraphQL does', () => {
    expect(needs('type Query { a: Int @requiresScopes(scopes: "s") }', 'Query.a')?.delegated).toEqual([scope(['s'])]);
  });

  it('gives fields with the same rule one requirement', () => {
    const { fields } = compile(`type Query {
      a: Int @requiresScopes(scopes: [["s"], ["t"]])
      b: Int @requiresScopes(scopes: [["t"], ["s"]])
    }`);
    expect(fields.get('Query.a')?.requirement).toBe(fields.get('Query.b')?.requirement);
  });

  it('knows the rules of arguments and input fields, which applications cannot meet', () => {
    const sdl = `type Query { a(x: Int @requiresRoles(roles: [["r"]]), f: F): Int @public }
      input F { y: Int @requiresAuthContext(id: "c1") }`;
    expect(needs(sdl, 'Query.a(x:)')).toMatchObject({ delegated: [role(['r'])], app: 'never' });
    expect(needs(sdl, 'F.y')).toMatchObject({ delegated: [{ kind: 'authContext', anyOf: [['c1']] }] });
  });
});

describe('compileRequirements, interfaces', () => {
  const sdl = `type Query { i: I @authenticated }
    interface J { x: Int }
    interface I implements J { x: Int }
    type A implements I & J @requiresScopes(scopes: [["a"]]) { x: Int }
    type B implements J { x: Int @requiresRoles(roles: [["b"]]) }`;

  it('asks on an interface for every implementer’s rules', () => {
    expect(needs(sdl, 'J.x')?.delegated).toEqual([scope(['a']), role(['b'])]);
  });

  it('asks on an interface of the chain for its own implementers only', () => {
    expect(needs(sdl, 'I.x')?.delegated).toEqual([scope(['a'])]);
  });

  it('counts an implementer that is added later', () => {
    const more = `${sdl} type C implements J { x: Int @requiresRoles(roles: [["c"]]) }`;
    expect(needs(more, 'J.x')?.delegated).toContainEqual(role(['c']));
  });

  it('is public where every implementer is', () => {
    const open = 'type Query { i: I @public } interface I { x: Int } type A implements I @public { x: Int }';
    expect(needs(open, 'I.x')?.isPublic).toBe(true);
  });

  it('is not public where only some implementers are', () => {
    const half = `type Query { i: I @public } interface I { x: Int }
      type A implements I @public { x: Int } type B implements I { x: Int @requiresRoles(roles: [["b"]]) }`;
    expect(needs(half, 'I.x')).toMatchObject({ isPublic: false, delegated: [role(['b'])] });
  });

  it('asks for a verified caller where nothing implements it', () => {
    expect(needs('type Query { i: I @public } interface I { x: Int }', 'I.x')?.isPublic).toBe(false);
  });

  it('asks for the policies of every implementer', () => {
    const policies = `type Query { i: I @authenticated } interface I { x: Int }
      type A implements I { x: Int @policy(policies: [["p"]]) } type B implements I { x: Int }`;
    expect(needs(policies, 'I.x')?.policies).toEqual([{ kind: 'policy', anyOf: [['p']] }]);
  });

  it('protects an argument that an implementer protects', () => {
    const argument = `type Query { i: I @authenticated } interface I { f(x: Int): Int }
      type A implements I { f(x: Int @requiresRoles(roles: [["r"]])): Int }`;
    expect(needs(argument, 'I.f(x:)')?.delegated).toEqual([role(['r'])]);
  });
});

describe('compileRequirements, what stops the start', () => {
  it('accepts a schema in order', () => {
    expect(problemsOf('type Query { a: Int @public }')).toEqual([]);
  });

  it.each([
    ['Query.a', 'type Query { a: Int }'],
    ['Mutation.a', 'type Query { q: Int @public } type Mutation { a: Int }'],
    ['Subscription.a', 'type Query { q: Int @public } type Subscription { a: Int }'],
    ['Root.a', 'schema { query: Root } type Root { a: Int }'],
    ['Query.a', 'type Query { a: A } type A @authenticated { b: Int }'],
  ])('needs a rule on the root field %s or its type', (coordinate, sdl) => {
    expect(coordinatesOf(sdl)).toEqual([coordinate]);
  });

  it('takes a directive on the root type for all its fields', () => {
    expect(problemsOf('type Query { q: Int @public } type Mutation @authenticated { a: Int b: Int }')).toEqual([]);
  });

  it.each([
    ['I', 'interface I @authenticated { x: Int }'],
    ['I', 'interface I { x: Int } extend interface I @authenticated'],
    ['I.x', 'interface I { x: Int @authenticated }'],
    ['I.x(y:)', 'interface I { x(y: Int @requiresRoles(roles: [["r"]])): Int }'],
    ['U', 'union U @authenticated = A type A { x: Int }'],
    ['F', 'input F @authenticated { x: Int }'],
    ['E.X', 'enum E { X @authenticated }'],
    ['schema', 'extend schema @authenticated'],
    ['@d(x:)', 'directive @d(x: Int @requiresRoles(roles: [["r"]])) on FIELD'],
    ['S', 'scalar S @policy(policies: [["p"]])'],
    ['S', 'scalar S @allowsApps(permissions: [["p"]])'],
    ['S', 'scalar S @public'],
    ['F.x', 'input F { x: Int @requiresScopes(scopes: [["s"]]) }'],
    ['F.x', 'input F { x: Int @public }'],
  ])('refuses a rule on %s, where it protects nothing: %s', (coordinate, sdl) => {
    expect(coordinatesOf(`type Query { q: Int @public } ${sdl}`)).toEqual([coordinate]);
  });

  it.each([
    ['type and field', 'type Query @public { a: Int @authenticated }'],
    ['field and type', 'type Query @authenticated { a: Int @public }'],
    ['field and return type', 'type Query { a: A @public } type A @authenticated { b: Int }'],
    ['type and return type', 'type Query @public { a: A } type A @authenticated { b: Int }'],
    ['type and scalar', 'type Query @public { a: S } scalar S @authenticated'],
  ])('refuses @public beside another rule: %s', (_where, sdl) => {
    expect(coordinatesOf(sdl)).toEqual(['Query.a']);
  });

  it('refuses @public beside another directive of the same element', () => {
    expect(coordinatesOf('type Query { a: Int @public @requiresScopes(scopes: [["s"]]) }')).toEqual(['Query.a']);
  });

  it.each([
    '[]',
    '[[]]',
    '[["a"], []]',
    '[[""]]',
    '[[" "]]',
    '[["a", "a"]]',
    '[["a"], ["a"]]',
    '[["a", "b"], ["b", "a"]]',
    '[["a", " "]]',
    '[["a"], ["b", "b"]]',
  ])('refuses the list %s', (list) => {
    expect(coordinatesOf(`type Query { a: Int @requiresScopes(scopes: ${list}) }`)).toEqual(['Query.a']);
  });

  it.each([
    '[["a b"]]',
    '[["a\\"b"]]',
    '[["a\\\\b"]]',
    '[["a\\nb"]]',
    '[["é"]]',
    '[[7]]',
    '[["a", 7]]',
    '[[a]]',
    '[[null]]',
  ])('refuses the name in %s, which could not stand in a header', (list) => {
    expect(coordinatesOf(`type Query { a: Int @requiresScopes(scopes: ${list}) }`)).toEqual(['Query.a']);
  });

  it('does not take two names for one that is written together', () => {
    expect(problemsOf('type Query { a: Int @requiresScopes(scopes: [["a", "b"], ["ab"]]) }')).toEqual([]);
  });

  it.each(['roles: []', ''])('refuses @requiresRoles(%s)', (given) => {
    const written = given === '' ? '' : `(${given})`;
    expect(coordinatesOf(`type Query { a: Int @requiresRoles${written} }`)).toEqual(['Query.a']);
  });

  it.each(['"c0"', '"c100"', '"xc1"', '"c1 "', '"C1"', '""', '1', '["c1"]'])(
    'refuses the authentication context %s',
    (id) => {
      expect(coordinatesOf(`type Query { a: Int @requiresAuthContext(id: ${id}) }`)).toEqual(['Query.a']);
    },
  );

  it.each(['"c1"', '"c99"'])('accepts the authentication context %s', (id) => {
    expect(problemsOf(`type Query { a: Int @requiresAuthContext(id: ${id}) }`)).toEqual([]);
  });

  it('refuses an authentication context without id', () => {
    expect(coordinatesOf('type Query { a: Int @requiresAuthContext }')).toEqual(['Query.a']);
  });

  it('refuses a policy that there is not', () => {
    const sdl = 'type Query { a: Int @policy(policies: [["known"], ["typo", "typo2"]]) }';
    expect(coordinatesOf(sdl, ['known'])).toEqual(['Query.a', 'Query.a']);
  });

  it.each(['constructor', 'toString', '__proto__'])('does not take %s for a policy', (name) => {
    expect(coordinatesOf(`type Query { a: Int @policy(policies: [["${name}"]]) }`, [])).toEqual(['Query.a']);
  });

  it.each([
    ['Query.a(x:)', 'type Query { a(x: Int = 1 @requiresRoles(roles: [["r"]])): Int @public }'],
    ['Query.a(x:)', 'type Query { a(x: Int = null @requiresRoles(roles: [["r"]])): Int @public }'],
    ['F.y', 'type Query { a: Int @public } input F { y: Int = 1 @requiresRoles(roles: [["r"]]) }'],
    ['Query.a(x:)', 'type Query { a(x: F = {y: 1}): Int @public } input F { y: Int @requiresRoles(roles: [["r"]]) }'],
    [
      'G.f',
      'type Query { a(g: G): Int @public } input G { f: [F] = [{y: 1}] } input F { y: Int @requiresRoles(roles: [["r"]]) }',
    ],
    [
      'I.a(x:)',
      `type Query { q(f: F): Int @public } interface I { a(x: F = {y: 1}): Int } input F { y: Int @requiresRoles(roles: [["r"]]) }`,
    ],
  ])('refuses a default at %s that uses what is protected: %s', (coordinate, sdl) => {
    expect(coordinatesOf(sdl)).toEqual([coordinate]);
  });

  it('accepts a default that uses nothing protected', () => {
    const sdl = 'type Query { a(x: F = {z: 1}): Int @public } input F { y: Int @requiresRoles(roles: [["r"]]) z: Int }';
    expect(problemsOf(sdl)).toEqual([]);
  });

  it('lists everything that is wrong at once, each with file and line', () => {
    const sdl = new Source(
      `${directives}\ntype Query {\n  a: Int\n  b: Int @requiresScopes(scopes: [])\n}`,
      'api.graphql',
    );
    const lines = directives.split('\n').length;
    expect(() => compileRequirements(buildSchema(sdl))).toThrowError(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ coordinate: 'Query.a', location: `api.graphql:${lines + 2}` }),
          expect.objectContaining({ coordinate: 'Query.b', location: `api.graphql:${lines + 3}` }),
        ],
        message: expect.stringContaining(`api.graphql:${lines + 2} Query.a: `),
      }),
    );
  });

  it.each([
    ['', 'has no rule: write @public, @authenticated or another directive on the field or on its root type'],
    ['@public @authenticated', '@authenticated contradicts @public'],
    ['@requiresScopes', '@requiresScopes the argument "scopes" is missing'],
    ['@requiresScopes(scopes: [[]])', '@requiresScopes has an empty list'],
    ['@requiresRoles(roles: [[7]])', '@requiresRoles has an entry that is not a string'],
    ['@requiresRoles(roles: [["a", " "]])', '@requiresRoles has a blank entry'],
    [
      '@allowsApps(permissions: [["a b"]])',
      '@allowsApps has an entry with a space, a quote or another unfit character: "a b"',
    ],
    ['@policy(policies: [["p", "p"]])', '@policy has an entry twice'],
    ['@policy(policies: [["p", "q"], ["q", "p"]])', '@policy has an alternative twice'],
    ['@requiresAuthContext(id: "c0")', '@requiresAuthContext the argument "id" must be "c1" to "c99"'],
    [
      '@policy(policies: [["typo"], ["typo", "p"]])',
      'the policy "typo" does not exist: correct the name, or define it in the code of the resource',
    ],
  ])('says what is wrong with a field with the rule "%s"', (rule, message) => {
    expect(problemsOf(`type Query { a: Int ${rule} }`, ['p', 'q'])).toMatchObject([{ coordinate: 'Query.a', message }]);
  });

  it.each([
    [
      'type Query @public { a: Int @authenticated }',
      '@public on the field or its type contradicts another rule on the field, its type or its return type',
    ],
    ['type Query { q: Int @public } union U @public = A type A { x: Int }', '@public would protect nothing here'],
    [
      'type Query { a(x: Int = 1 @requiresRoles(roles: [["r"]])): Int @public }',
      'is protected and must not have a default value',
    ],
    [
      'type Query { a(x: F = {y: 1}): Int @public } input F { y: Int @requiresRoles(roles: [["r"]]) }',
      'its default value sets F.y, which is protected',
    ],
  ])('says what is wrong in %s', (sdl, message) => {
    expect(problemsOf(sdl)).toMatchObject([{ message, location: expect.stringMatching(/^GraphQL request:\d+$/) }]);
  });

  it('tells an error without a location by its coordinate', () => {
    const error = new RequirementError([
      { coordinate: 'Query.a', message: 'one', location: undefined },
      { coordinate: 'Query.b', message: 'two', location: 'api.graphql:2' },
    ]);
    expect(error).toMatchObject({ name: 'RequirementError', message: 'Query.a: one\napi.graphql:2 Query.b: two' });
  });

  it('takes a schema whose nodes leave out empty lists, as other tools make it', () => {
    const federated = `extend schema @link ${directives} type Query { a: Int @public b: Int @requiresRoles }`;
    const document = visit(parse(federated), {
      Directive: (node) => (node.arguments?.length ? undefined : { ...node, arguments: undefined }),
    });
    const schema = buildASTSchema(document, { assumeValid: true });
    expect(() => compileRequirements(schema)).toThrowError(
      expect.objectContaining({ problems: [expect.objectContaining({ coordinate: 'Query.b' })] }),
    );
  });

  it('finds the missing rules of a schema made in code, without a location', () => {
    const query = new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLString } } });
    expect(() => compileRequirements(new GraphQLSchema({ query }))).toThrowError(
      expect.objectContaining({ problems: [expect.objectContaining({ coordinate: 'Query.a', location: undefined })] }),
    );
  });
});

it('joins the rules of twice as many implementers in twice as many steps', () => {
  const stepsFor = (count: number) => {
    const types = Array.from(
      { length: count },
      (_, at) => `type T${at} implements I { x: Int @requiresRoles(roles: [["R${at}"]]) }`,
    );
    const schema = buildSchema(
      `${directives} type Query @authenticated { i: I } interface I { x: Int } ${types.join(' ')}`,
    );
    const stringify = vi.spyOn(JSON, 'stringify');
    compileRequirements(schema);
    const steps = stringify.mock.calls.length;
    stringify.mockRestore();
    return steps;
  };
  expect(stepsFor(200) / stepsFor(100)).toBeLessThan(2.1);
});
