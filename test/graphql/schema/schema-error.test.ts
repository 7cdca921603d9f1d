import { makeExecutableSchema } from '@graphql-tools/schema';
import { describe, expect, it } from 'vitest';
import { buildFromFiles, SchemaError } from '../../../src/graphql/schema/schema-error.js';
import { parseSchemaFiles } from '../../../src/graphql/schema/schema-files.js';
import { directives } from '../../authorization/harness.js';

function problemsOf(...texts: string[]): readonly string[] {
  try {
    const files = [directives, ...texts].map((text, at) => ({ path: `schema/${at}.graphql`, text }));
    const typeDefs = parseSchemaFiles(files);
    buildFromFiles(typeDefs, () => makeExecutableSchema({ typeDefs }));
    return [];
  } catch (error) {
    if (error instanceof SchemaError) return error.problems;
    throw error;
  }
}

function catchError(build: () => unknown): unknown {
  try {
    return build();
  } catch (error) {
    return error;
  }
}

describe('what is wrong with schema files', () => {
  it('is nothing in a schema in order, in which a type may stand in several files', () => {
    expect(
      problemsOf('type Query @public { a: Int }', 'extend type Query { b: Int }', 'type Query { c: Int }'),
    ).toEqual([]);
  });

  it.each([
    [
      'a rule on an interface',
      'interface I @authenticated { f: Int }',
      'I: Directive "@authenticated" may not be used on INTERFACE.',
    ],
    [
      'on a field of an input',
      'input I { f: Int @public }',
      'I.f: Directive "@public" may not be used on INPUT_FIELD_DEFINITION.',
    ],
    [
      'on an argument',
      'type T { f(x: Int @public): Int }',
      'T.f(x:): Directive "@public" may not be used on ARGUMENT_DEFINITION.',
    ],
    ['on a value', 'enum E { A @public }', 'E.A: Directive "@public" may not be used on ENUM_VALUE.'],
    [
      'on an extension',
      'interface I { f: Int } extend interface I @public',
      'I: Directive "@public" may not be used on INTERFACE.',
    ],
    ['on the schema', 'extend schema @public', 'schema: Directive "@public" may not be used on SCHEMA.'],
    [
      'a directive that there is not',
      'type T { f: Int @requiresScope }',
      'T.f: Unknown directive "@requiresScope". Did you mean "@requiresScopes"?',
    ],
    ['one in another case', 'type T { f: Int @Public }', 'T.f: Unknown directive "@Public". Did you mean "@public"?'],
    ['one like no other', 'type T { f: Int @somethingElse }', 'T.f: Unknown directive "@somethingElse".'],
    [
      'a missing argument',
      'type T { f: Int @policy }',
      'T.f: Directive "@policy" argument "policies" of type "[[String!]!]!" is required, but it was not provided.',
    ],
    ['in a directive', 'directive @d(x: Nope) on OBJECT', '@d(x:): Unknown type "Nope".'],
  ])('%s is reported with file, line and coordinate', (_what, sdl, problem) => {
    expect(problemsOf('type Query @public { a: Int }', `\n${sdl}`)).toEqual([`schema/2.graphql:2 ${problem}`]);
  });

  it('is reported all at once, over all files', () => {
    const sdl = [
      'type Query @public { a: Nope }',
      'interface I @public { f: Int }\n union U @public = T\n type T { f: Int @policie }',
    ];
    expect(problemsOf(...sdl).map((problem) => problem.split(': ')[0])).toEqual([
      'schema/1.graphql:1 Query.a',
      'schema/2.graphql:1 I',
      'schema/2.graphql:2 U',
      'schema/2.graphql:3 T.f',
    ]);
  });

  it('is reported together with the faults of the rules, each place once', () => {
    const sdl = `type Query { open: Int q: T @public }
      interface I @authenticated { f: Int @authenticated }
      type T { f: Int @requiresScopes(scopes: []) }`;
    expect(problemsOf(sdl).map((problem) => problem.split(': ')[0])).toEqual([
      'schema/1.graphql:2 I',
      'schema/1.graphql:1 Query.open',
      'schema/1.graphql:2 I.f',
      'schema/1.graphql:3 T.f',
    ]);
  });

  it.each([
    ['type Query { a: Nope @requiresScopes(scopes: []) b: Int }', ['Query.a: @requiresScopes', 'Query.b: has no rule']],
    ['type Query @public { a: Int } type T implements Nope @policy(policies: [[]]) { x: Int }', ['T: @policy has']],
    ['type Query { a(x: Nope): Int } union U = Nope | Nope2', ['Query.a: has no rule']],
    ['type Query @public { a: Nope } extend type Nope { x: Int @public }', []],
    ['type Query { a: T @public b: Nope @public } type T @public @authenticated { x: Int }', ['T: @authenticated']],
  ])('an unknown type does not hide problems of the rules: %s', (sdl, expected) => {
    const found = problemsOf(sdl);
    expect(found.filter((problem) => problem.includes('Unknown type')).length).toBeGreaterThan(0);
    for (const problem of expected) expect(found).toContainEqual(expect.stringContaining(problem));
  });

  it.each([
    ['an extension of an unknown type', 'extend type Nope { x: Int }', 'Nope: Cannot extend type "Nope"'],
    ['an extension of an unknown input', 'extend input Nope { x: Int }', 'Nope: Cannot extend type "Nope"'],
    ['an extension of another kind', 'type T @public { x: Int } extend input T { y: Int }', 'Cannot extend type "T"'],
    ['an unknown directive', 'extend type Query { x: Int @nope }', 'Query.x: Unknown directive "@nope"'],
    ['an unknown interface', 'extend type Query implements Nope { x: Int }', 'Query: Unknown type "Nope"'],
    ['an unknown root type', 'schema { query: Query mutation: Nope }', 'schema: Unknown type "Nope"'],
    ['a root without fields', 'extend type Query { x: Nope } scalar Mutation', 'Query.x: Unknown type "Nope"'],
    ['two fields of one name', 'type T { x: Int x: Int }', 'T.x: Field "T.x" can only be defined once'],
    [
      'two that contradict each other',
      'type T { x: Int } extend type T { x: [Int] }',
      'Unable to merge GraphQL type "T"',
    ],
    [
      'two types of one name',
      'type T @public { x: Int } input T { x: Int }',
      '"@public" may not be used on INPUT_OBJECT',
    ],
    ['two arguments of one name', 'type T { x(a: Int, a: Int): Int }', 'T.x(a:): Argument "T.x(a:)" can only be'],
    ['two values of one name', 'enum E { A A }', 'E.A: Enum value "E.A" can only be defined once'],
    [
      'a field that an interface wants',
      'interface I { y: Int } type T implements I { x: Int }',
      'I.y: Interface field I.y',
    ],
    ['an input as result', 'input I { x: Int } type T { x: I }', 'T.x: The type of T.x must be Output Type'],
    ['a type without fields', 'type T', 'T: Type T must define one or more fields'],
    ['an input that needs itself', 'input I { x: I! }', 'I.x: Cannot reference Input Object "I" within itself'],
  ])('%s does not hide rules elsewhere', (_what, sdl, problem) => {
    const rules =
      'type Query { a: Secret b: Int } type Secret @authenticated { f: Int @requiresRoles(roles: ["A", "B"]) }';
    const found = problemsOf(rules, sdl);
    for (const expected of [problem, 'Secret.f: @requiresRoles has a flat list', 'Query.b: has no rule'])
      expect(found).toContainEqual(expect.stringContaining(expected));
    expect(found.filter((line) => line.includes('Secret: @authenticated'))).toEqual([]);
  });

  it('is reported with the rules inside an extension of an unknown type, which make no second error', () => {
    const sdl = [
      'type Query @public { a: Int }',
      'extend type Nope { x: Int @requiresRoles(roles: ["A", "B"]) y: Int @public }',
    ];
    expect(problemsOf(...sdl).map((problem) => problem.split(':', 4).join(':').split(' has ')[0])).toEqual([
      'schema/2.graphql:1 Nope: Cannot extend type "Nope" because it is not defined.',
      'schema/2.graphql:1 Nope.x: @requiresRoles',
    ]);
  });

  it('is reported with the resolvers that do not fit, with the error itself as the cause', () => {
    const error = new Error('of the resolvers');
    const typeDefs = parseSchemaFiles([{ path: 'a.graphql', text: `${directives} type Query { a: Int }` }]);
    const build = () => {
      throw error;
    };
    const problems = ['of the resolvers', expect.stringContaining('Query.a: has no rule')];
    expect(catchError(() => buildFromFiles(typeDefs, build))).toMatchObject({ problems, cause: error });
  });

  it('is reported with policies that do not exist, if the existing ones are known', () => {
    const text = `${directives} type Query @public { a: Nope } type T { x: Int @policy(policies: "mine") y: Int @policy(policies: "own") }`;
    const typeDefs = parseSchemaFiles([{ path: 'a.graphql', text }]);
    const error = catchError(() => buildFromFiles(typeDefs, () => makeExecutableSchema({ typeDefs }), ['own']));
    expect(error).toMatchObject({ message: expect.stringContaining('T.x: the policy "mine" does not exist') });
    expect(error).not.toMatchObject({ message: expect.stringContaining('T.y') });
  });

  it('names both places of a directive that stands twice in one definition', () => {
    const sdl =
      'type Query @authenticated { a: T } type T\n@policy(policies: [["a"]])\n@policy(policies: [["b"]]) { x: Int }';
    expect(problemsOf(sdl)).toEqual([
      'schema/1.graphql:2 T: The directive "@policy" can only be used once at this location. The other use is at schema/1.graphql:3.',
    ]);
  });

  it('finds two uses that cannot even be merged', () => {
    const texts = ['type Query @public { a: Int }', 'type T @requiresRoles(roles: [["A"]]) { x: Int }'];
    const build = () => problemsOf(...texts, 'extend type T @requiresRoles(roles: "B")');
    expect(build).toThrow(/^schema\/2\.graphql:1 T: @requiresRoles is written twice .* at schema\/3\.graphql:1/);
  });

  it('is reported for each file that is not GraphQL', () => {
    expect(problemsOf('type Query {\n a: Int', 'type T { f: Int }', 'tipe T')).toEqual([
      'schema/1.graphql:2: Syntax Error: Expected Name, found <EOF>.',
      'schema/3.graphql:1: Syntax Error: Unexpected Name "tipe".',
    ]);
  });

  it('leaves other errors as they are', () => {
    const error = new TypeError('of the resolvers');
    const build = () => {
      throw error;
    };
    expect(() => buildFromFiles(parseSchemaFiles([{ path: 'a', text: 'type Query { a: Int }' }]), build)).toThrow(
      error,
    );
  });
});
