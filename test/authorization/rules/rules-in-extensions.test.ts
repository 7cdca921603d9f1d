import { runInNewContext } from 'node:vm';
import {
  buildSchema,
  DirectiveLocation,
  GraphQLDirective,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createAuthorization } from '../../../src/authorization/authorization.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import type { AuthorizationDirective } from '../../../src/authorization/rules/directive-names.js';
import { ask, directives, user } from '../harness.js';

/** A schema made in code. Its elements have extensions, and none has a node. */
function codeFirst(on: {
  readonly type?: unknown;
  readonly field?: unknown;
  readonly argument?: unknown;
  readonly input?: unknown;
  readonly scalar?: unknown;
  readonly value?: unknown;
  readonly schema?: unknown;
  readonly defined?: readonly GraphQLDirective[];
}): GraphQLSchema {
  const extensions = (directives: unknown) => ({ extensions: directives === undefined ? {} : { directives } });
  const scalar = new GraphQLScalarType({ name: 'Cents', ...extensions(on.scalar) });
  const filter = new GraphQLInputObjectType({
    name: 'Filter',
    fields: { floor: { type: GraphQLInt, ...extensions(on.input) } },
  });
  const grade = new GraphQLEnumType({ name: 'Grade', values: { A: extensions(on.value) } });
  const args = { above: { type: GraphQLInt, ...extensions(on.argument) }, filter: { type: filter } };
  const query = new GraphQLObjectType({
    name: 'Query',
    ...extensions(on.type),
    fields: {
      salary: { type: scalar, args, resolve: () => 1, ...extensions(on.field) },
      other: { type: grade, extensions: { directives: { authenticated: {} } }, resolve: () => 'A' },
    },
  });
  return new GraphQLSchema({ query, directives: [...(on.defined ?? [])], ...extensions(on.schema) });
}

const hr = { roles: [['HR']] };
const authenticated = { authenticated: {} };
const needs = (schema: GraphQLSchema, coordinate: string) => {
  const table = compileRequirements(schema);
  const element = table.fields.get(coordinate) ?? table.inputs.get(coordinate);
  return element && table.requirements[element.requirement]?.delegated;
};
const role = [{ kind: 'role', anyOf: [['HR']] }];

describe('directives in extensions without nodes', () => {
  it.each([
    ['an object of arguments', { requiresRoles: hr }],
    ['an object of lists of arguments', { requiresRoles: [hr] }],
    ['a list of names and arguments', [{ name: 'requiresRoles', args: hr }]],
    ['a single name', { requiresRoles: { roles: 'HR' } }],
    ['an object of another realm', runInNewContext('({ requiresRoles: { roles: [["HR"]] } })')],
    ['beside another directive', { ...authenticated, cost: { weight: '5' }, requiresRoles: hr }],
    ['beside one of another tool with unclear arguments', { cost: 5, tag: [], requiresRoles: hr }],
  ])('are read as %s', (_form, field) => {
    expect(needs(codeFirst({ field }), 'Query.salary')).toEqual(role);
  });

  it.each([
    ['a type', 'Query.salary', { type: { requiresRoles: hr } }],
    ['a scalar', 'Query.salary', { field: authenticated, scalar: { requiresRoles: hr } }],
    ['an argument', 'Query.salary(above:)', { field: authenticated, argument: { requiresRoles: hr } }],
    ['an input field', 'Filter.floor', { field: authenticated, input: { requiresRoles: hr } }],
  ])('are read on %s', (_element, coordinate, on) => {
    expect(needs(codeFirst(on), coordinate)).toEqual(role);
  });

  it.each([
    ['true', { public: true }],
    ['no arguments', { public: {} }],
    ['a list with no arguments', { public: [{}] }],
    ['a name alone', [{ name: 'public' }]],
  ])('are read without arguments, given as %s', (_form, field) => {
    expect(compileRequirements(codeFirst({ field })).fields.get('Query.salary')).toMatchObject({ requirement: 0 });
  });

  const url = 'https://specs.apollo.dev/federation/v2.6';
  const aliased = { url, import: ['@key', { name: '@requiresScopes', as: '@needs' }] };
  const defined = ['needs', 'fed__requiresScopes', 'federation__requiresScopes'].map((name) => {
    return new GraphQLDirective({ name, locations: [DirectiveLocation.FIELD_DEFINITION] });
  });

  it.each([
    ['an alias', { link: aliased }, 'needs'],
    ['an alias of one of several links', { link: [{ url: 'https://specs.apollo.dev/link/v1.0' }, aliased] }, 'needs'],
    ['an alias of a list of directives', [{ name: 'link', args: aliased }], 'needs'],
    ['another namespace', { link: { url, as: 'fed' } }, 'fed__requiresScopes'],
    ['the namespace of Federation', { link: { url } }, 'federation__requiresScopes'],
    ['the namespace without a link', undefined, 'federation__requiresScopes'],
  ])('are read under the name that the schema’s own extensions give them: %s', (_name, schema, name) => {
    const field = { [name]: { scopes: [['s']] } };
    const made = codeFirst({ type: authenticated, schema, field, defined });
    expect(needs(made, 'Query.salary')).toEqual([{ kind: 'scope', anyOf: [['s']] }]);
  });

  it('stop the start when a link is unclear', () => {
    const schema = codeFirst({ field: authenticated, schema: { link: new Map(Object.entries(aliased)) } });
    expect(() => compileRequirements(schema)).toThrow(/^schema: extensions\.directives is unclear for "link"/);
  });

  it('protect the field', async () => {
    const bare = codeFirst({ field: { requiresRoles: hr } });
    const api = { ...createAuthorization({ schema: bare }), bare };
    const query = '{ salary other }';
    expect((await ask(api, query, { caller: user() })).data).toEqual({ salary: null, other: 'A' });
    expect((await ask(api, query, { caller: user({ roles: ['HR'] }) })).data).toEqual({ salary: 1, other: 'A' });
  });

  it.each([
    ['false', { public: false }],
    ['null', { public: null }],
    ['nothing', { public: undefined }],
    ['an empty list', { authenticated: [] }],
    ['a list of names', { requiresRoles: [['HR']] }],
    ['a text', 'requiresRoles'],
    ['an entry without a name', [{ requiresRoles: hr }]],
    ['an entry that is a text', ['authenticated']],
    ['a name with the sign', { '@requiresRoles': hr }],
    ['a misspelt name', { requireRoles: hr }],
    ['a misspelt name in a list', [{ name: 'RequiresRoles', args: hr }]],
    ['a misspelt argument', { requiresRoles: { role: 'HR' } }],
    ['a flat list', { requiresRoles: { roles: ['HR', 'Payroll'] } }],
    ['a number as name', { requiresRoles: { roles: [[7]] } }],
    ['a Map', new Map([['requiresRoles', hr]])],
    ['a Set', new Set([{ name: 'requiresRoles', args: hr }])],
    ['members of a prototype', Object.create({ requiresRoles: hr })],
    ['members of a prototype without one', Object.create(Object.create(null, { requiresRoles: { value: hr } }))],
    ['members that cannot be listed', Object.defineProperty({}, 'requiresRoles', { value: hr })],
    [
      'an object of a class',
      new (class {
        get requiresRoles() {
          return hr;
        }
      })(),
    ],
    ['arguments on a prototype', { requiresRoles: Object.create(hr) }],
    ['arguments in a Map', { requiresRoles: new Map([['roles', [['HR']]]]) }],
    ['an entry in a Map', [new Map([['name', 'requiresRoles']])]],
    ['a function', () => ({ requiresRoles: hr })],
    ['two uses', { requiresRoles: [hr, { roles: [['Payroll']] }] }],
  ])('stop the start when they are unclear: %s', (_form, directives) => {
    const schema = codeFirst({ type: authenticated, field: directives });
    expect(() => compileRequirements(schema)).toThrow(/^Query\.salary: /);
  });

  const VALID: Readonly<Record<AuthorizationDirective, Readonly<Record<string, unknown>>>> = {
    public: {},
    authenticated: {},
    forbidsAgents: {},
    allowsAgents: {},
    requiresScopes: { scopes: [['s']] },
    requiresRoles: hr,
    allowsApps: { permissions: [['p']] },
    requiresAuthContext: { id: 'c1' },
    policy: { policies: [['p']] },
  };
  const FORMS: Readonly<Record<string, (name: string, args: unknown) => unknown>> = {
    'an object of arguments': (name, args) => ({ [name]: args }),
    'an object of lists of arguments': (name, args) => ({ [name]: [args] }),
    'a list of names and arguments': (name, args) => [{ name, args }],
  };
  const uses = Object.entries(VALID).flatMap(([name, args]) => {
    return Object.entries(FORMS).map(([form, write]) => ({ name, args, form, write }));
  });

  it.each(uses)('stop the start for an argument that @$name does not have, in $form', ({ name, args, write }) => {
    // Where the rule is the root field's only one, `@allowsApps` is not a rule for users.
    const schemaWith = (given: unknown) =>
      codeFirst({ ...(name === 'allowsApps' && { type: authenticated }), field: write(name, given) });
    expect(() => compileRequirements(schemaWith(args))).not.toThrow();
    for (const [argument, value] of Object.entries({ if: false, Roles: [['HR']], toString: undefined })) {
      expect(() => compileRequirements(schemaWith({ ...args, [argument]: value }))).toThrow(
        `Query.salary: @${name} has no argument "${argument}"`,
      );
    }
  });

  it.each(Object.entries(VALID))(
    'stop the start where an entry for @%s says more than a name and arguments',
    (name, args) => {
      const entry = { name, args, arguments: { if: false } };
      expect(() => compileRequirements(codeFirst({ type: authenticated, field: [entry] }))).toThrow(
        `Query.salary: extensions.directives is unclear for "${name}"`,
      );
    },
  );

  it('may say more in entries of other tools', () => {
    const field = [
      { name: 'tag', args: 5, more: true },
      { name: 'requiresRoles', args: hr },
    ];
    expect(needs(codeFirst({ field }), 'Query.salary')).toEqual(role);
  });

  it('stop the start where they protect nothing', () => {
    expect(() => compileRequirements(codeFirst({ type: authenticated, value: authenticated }))).toThrow(/^Grade\.A: /);
  });
});

describe('directives in extensions and in the text', () => {
  const withBoth = (extension: unknown) => {
    const schema = buildSchema(`${directives} type Query { salary: Int @requiresRoles(roles: [["HR"]]) }`);
    const field = schema.getQueryType()?.getFields().salary;
    if (field) field.extensions = { directives: extension };
    return schema;
  };

  it('are one rule when they are equal, as where a tool mirrors the text', () => {
    expect(needs(withBoth({ requiresRoles: hr }), 'Query.salary')).toEqual(role);
  });

  it('are joined when they are of different kinds', () => {
    expect(needs(withBoth({ requiresScopes: { scopes: [['s']] } }), 'Query.salary')).toEqual([
      { kind: 'scope', anyOf: [['s']] },
      ...role,
    ]);
  });

  it('stop the start when one directive says different things', () => {
    expect(() => compileRequirements(withBoth({ requiresRoles: { roles: [['Payroll']] } }))).toThrow(
      /^GraphQL request:\d+ Query\.salary: @requiresRoles is written twice .* a place without a location/,
    );
  });
});
