import {
  buildSchema,
  type GraphQLSchema,
  graphqlSync,
  isInterfaceType,
  isObjectType,
  parse,
  printSchema,
  printType,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { AUTHORIZATION_LIMITS } from '../../../src/authorization/limits.js';
import { buildPermittedSchema } from '../../../src/authorization/permitted-schema/build-permitted-schema.js';
import { estimateBytes } from '../../../src/authorization/permitted-schema/permitted-schemas.js';
import { application, asAgent, authorize, user } from '../harness.js';

/** The types of a schema as text, each on a line, without the directives. */
function typesOf(schema: GraphQLSchema): readonly string[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__') && !['String', 'Int', 'Boolean', 'ID', 'Float'].includes(name))
    .map((type) => printType(type).replace(/\s+/g, ' '))
    .sort();
}

const plain = user();
const permittedTypes = (sdl: string, caller: Caller | undefined = plain, options = {}) =>
  typesOf(authorize(sdl, {}, options).permittedSchema(caller));

describe('the schema of what a caller may use', () => {
  it('lacks a field with a role that the caller lacks, and has it for one who holds it', () => {
    const sdl = 'type Query { a: Int @public b: Int @requiresRoles(roles: [["r"]]) }';
    expect(permittedTypes(sdl)).toEqual(['type Query { a: Int }']);
    expect(permittedTypes(sdl, user({ roles: ['r'] }))).toEqual(['type Query { a: Int b: Int }']);
  });

  it('has public fields alone for an anonymous caller', () => {
    const { permittedSchema } = authorize('type Query { a: Int @public b: Int @authenticated }');
    expect(typesOf(permittedSchema(undefined))).toEqual(['type Query { a: Int }']);
  });

  it('has what applications may use, and not what agents may not', () => {
    const sdl =
      'type Query { a: Int @requiresRoles(roles: [["r"]]) @allowsApps(permissions: [["p"]]) b: Int @forbidsAgents }';
    expect(permittedTypes(sdl, application('p'))).toEqual(['type Query { a: Int b: Int }']);
    expect(permittedTypes(sdl, asAgent(application()))).toEqual(['type Query']);
  });

  it('has what policies, a step-up or the groups of the caller decide', () => {
    const sdl = `type Query {
      a: Int @policy(policies: [["q"]])
      b: Int @requiresAuthContext(id: "c1")
      c: Int @requiresRoles(roles: [["r"]])
    }`;
    const undecided = { ...plain, undecidedRoles: new Set(['r']) };
    const policies = { q: () => false };
    expect(permittedTypes(sdl, undecided, { policies })).toEqual(['type Query { a: Int b: Int c: Int }']);
    expect(permittedTypes(sdl, plain, { policies })).toEqual(['type Query { a: Int b: Int }']);
  });

  it('has everything for verified callers in report mode', () => {
    const sdl = 'type Query { a: Int @requiresRoles(roles: [["r"]]) }';
    expect(permittedTypes(sdl, plain, { mode: 'report' })).toEqual(['type Query { a: Int }']);
    expect(typesOf(authorize(sdl, {}, { mode: 'report' }).permittedSchema(undefined))).toEqual(['type Query']);
  });

  it('lacks a type that only hidden fields return', () => {
    const sdl = `type Query { a: Int @public b: B @requiresRoles(roles: [["r"]]) }
      type B { c: C } type C { d: E } enum E { F }`;
    expect(permittedTypes(sdl)).toEqual(['type Query { a: Int }']);
  });

  it('lacks fields whose type has no field left', () => {
    const sdl = `type Query { a: Int @public b: B @authenticated }
      type B { c: Int @requiresRoles(roles: [["r"]]) }`;
    expect(permittedTypes(sdl)).toEqual(['type Query { a: Int }']);
  });

  it('lacks the enum and the scalar of a hidden field', () => {
    const sdl = `type Query { a: Int @public b(e: E): S @public c: E @authenticated }
      enum E @requiresRoles(roles: [["r"]]) { F } scalar S`;
    expect(permittedTypes(sdl)).toEqual(['scalar S', 'type Query { a: Int b: S }']);
  });

  it('lacks a hidden argument, and a field that requires one', () => {
    const sdl = `type Query {
      a(x: Int, y: Int @requiresRoles(roles: [["r"]])): Int @authenticated
      b(z: Int! @requiresRoles(roles: [["r"]])): Int @authenticated
    }`;
    expect(permittedTypes(sdl)).toEqual(['type Query { a(x: Int): Int }']);
  });

  it('lacks a hidden input field, and an input type that requires one', () => {
    const sdl = `type Query { a(in: A): Int @authenticated b(in: B!): Int @authenticated c(in: B, d: Int): Int @authenticated }
      input A { x: Int y: Int @requiresRoles(roles: [["r"]]) }
      input B { x: Int y: Int! @requiresRoles(roles: [["r"]]) }`;
    expect(permittedTypes(sdl)).toEqual(['input A { x: Int }', 'type Query { a(in: A): Int c(d: Int): Int }']);
  });

  it('lacks an input type without fields, and keeps one that contains itself', () => {
    const sdl = `type Query { a(in: A, b: B): Int @authenticated }
      input A { x: Int @requiresRoles(roles: [["r"]]) }
      input B { b: B a: A n: Int }`;
    expect(permittedTypes(sdl)).toEqual(['input B { b: B n: Int }', 'type Query { a(b: B): Int }']);
  });

  const NODES = `type Query { node: Node @authenticated any: Any @authenticated }
    interface Node { id: ID }
    type A implements Node { id: ID }
    type B implements Node { id: ID @requiresRoles(roles: [["r"]]) n: Int }
    union Any = A | B | C
    type C { x: Int @requiresRoles(roles: [["r"]]) }`;

  it('makes the union of its types of an interface without fields', () => {
    expect(permittedTypes(NODES)).toEqual([
      'type A { id: ID }',
      'type B { n: Int }',
      'type Query { node: Node any: Any }',
      'union Any = A | B',
      'union Node = A | B',
    ]);
  });

  it('keeps an interface whose fields every type lets the caller use', () => {
    const types = permittedTypes(NODES, user({ roles: ['r'] }));
    expect(types).toContain('interface Node { id: ID }');
    expect(types).toContain('type B implements Node { id: ID n: Int }');
  });

  it('lacks a field of an interface that one of its types cannot have', () => {
    const sdl = `type Query { i: I @authenticated }
      interface I { u: U v: Int }
      type A implements I { u: A v: Int }
      type B implements I { u: C v: Int }
      union U = A | C
      type C { x: Int @requiresRoles(roles: [["r"]]) }`;
    expect(permittedTypes(sdl)).toEqual([
      'interface I { v: Int }',
      'type A implements I { u: A v: Int }',
      'type B implements I { v: Int }',
      'type Query { i: I }',
    ]);
  });

  it('keeps an interface without types, as the whole schema does', () => {
    const sdl = 'type Query { i: I @authenticated } interface I { a: Int }';
    expect(permittedTypes(sdl)).toEqual(['interface I { a: Int }', 'type Query { i: I }']);
  });

  it('lacks an interface and a union all of whose types are gone', () => {
    const sdl = `type Query { a: Int @public i: I @authenticated u: U @authenticated }
      interface I { x: Int } type A implements I { x: Int @requiresRoles(roles: [["r"]]) } union U = A`;
    expect(permittedTypes(sdl)).toEqual(['type Query { a: Int }']);
  });

  it('lacks mutations and subscriptions without fields', () => {
    const sdl = `type Query { a: Int @public }
      type Mutation { b: Int @requiresRoles(roles: [["r"]]) }
      type Subscription { c: Int @requiresRoles(roles: [["r"]]) }`;
    const permitted = authorize(sdl).permittedSchema(plain);
    expect(permitted.getMutationType()).toBeUndefined();
    expect(permitted.getSubscriptionType()).toBeUndefined();
    const whole = authorize(sdl).permittedSchema(user({ roles: ['r'] }));
    expect(typesOf(whole)).toEqual([
      'type Mutation { b: Int }',
      'type Query { a: Int }',
      'type Subscription { c: Int }',
    ]);
  });

  it('says of a query type without fields that it has none, and accepts nothing', () => {
    const permitted = authorize('type Query { secret: Int @authenticated }').permittedSchema(undefined);
    const { data } = graphqlSync({ schema: permitted, source: '{ __schema { queryType { fields { name } } } }' });
    expect(data).toEqual({ __schema: { queryType: { fields: [] } } });
    expect(validate(permitted, parse('{ secrat }')).map(({ message }) => message)).toEqual([
      'Cannot query field "secrat" on type "Query".',
    ]);
  });

  it('has no argument of a directive whose type is hidden', () => {
    const sdl = `directive @marks(in: In, n: Int) on SCHEMA
      type Query { a: Int @public b(in: In): Int @authenticated } input In { x: Int @requiresRoles(roles: [["r"]]) }`;
    const marks = authorize(sdl).permittedSchema(plain).getDirective('marks');
    expect(marks?.args.map(({ name }) => name)).toEqual(['n']);
  });

  it('has no resolvers', () => {
    const resolvers = { Query: { a: () => 1 }, I: { __resolveType: () => 'A' } };
    const sdl =
      'type Query { a: Int @public i: I @authenticated } interface I { x: Int } type A implements I { x: Int }';
    const permitted = authorize(sdl, resolvers).permittedSchema(plain);
    const objects = Object.values(permitted.getTypeMap()).filter(isObjectType);
    const own = objects.filter(({ name }) => !name.startsWith('__'));
    expect(own.flatMap((type) => Object.values(type.getFields()).map(({ resolve }) => resolve))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the cache of such schemas', () => {
  const SDL =
    'type Query { a: Int @public b: Int @requiresRoles(roles: [["r"]]) c: Int @requiresRoles(roles: [["s"]]) }';

  it('has one for callers with the same permissions', () => {
    const { permittedSchema } = authorize(SDL);
    const first = permittedSchema(user({ roles: ['r'] }));
    expect(permittedSchema(user({ roles: ['r', 'other'] }))).toBe(first);
    expect(permittedSchema(user({ roles: ['s'] }))).not.toBe(first);
  });

  it('forgets the one that was not used for the longest time, and keeps the last one whatever its size', () => {
    const one = estimateBytes(authorize(SDL).permittedSchema(user({ roles: ['r', 's'] })));
    const { permittedSchema } = authorize(SDL, {}, { permittedSchemaCacheBytes: 2 * one + 100 });
    const ofR = permittedSchema(user({ roles: ['r'] }));
    const ofS = permittedSchema(user({ roles: ['s'] }));
    expect(permittedSchema(user({ roles: ['r'] }))).toBe(ofR);
    permittedSchema(undefined);
    expect(permittedSchema(user({ roles: ['r'] }))).toBe(ofR);
    expect(permittedSchema(user({ roles: ['s'] }))).not.toBe(ofS);
    const tiny = authorize(SDL, {}, { permittedSchemaCacheBytes: 1 });
    expect(tiny.permittedSchema(undefined)).toBe(tiny.permittedSchema(undefined));
  });

  it('has a bound that is positive and not above the largest', () => {
    const most = 16 * AUTHORIZATION_LIMITS.permittedSchemaCacheBytes.default;
    const bounded = (permittedSchemaCacheBytes: number) => () => authorize(SDL, {}, { permittedSchemaCacheBytes });
    expect(bounded(most)).not.toThrow();
    for (const wrong of [0, most + 1]) expect(bounded(wrong)).toThrow('permittedSchemaCacheBytes must be a number');
  });

  it('counts more for a schema with more fields, arguments and types', () => {
    const bytesOf = (sdl: string) => estimateBytes(authorize(sdl).permittedSchema(plain));
    const least = bytesOf('type Query { a: Int @public }');
    expect(bytesOf('type Query { a: Int @public b: Int @public }')).toBeGreaterThan(least);
    expect(bytesOf('type Query { a(x: Int): Int @public }')).toBeGreaterThan(least);
    const withInput = bytesOf('type Query { a(x: In): Int @public } input In { y: Int }');
    expect(bytesOf('type Query { a(x: In): Int @public } input In { y: Int z: Int }')).toBeGreaterThan(withInput);
  });
});

describe('a field with an interface for which an implementer has another', () => {
  const pays = buildSchema(`
    interface Node { id: ID }
    interface Pay implements Node { id: ID rel: Node amount: Int }
    type Salary implements Pay & Node { id: ID rel: Pay amount: Int }
    type Gift implements Node { id: ID to: ID }
    type Query { node: Node salary: Salary gift: Gift }`);
  const without = (...names: string[]) => {
    const shown = buildPermittedSchema(pays, (coordinate) => !names.includes(coordinate));
    // Throws when the schema is not valid.
    const pay = buildSchema(printSchema(shown)).getType('Pay');
    return isInterfaceType(pay) ? printType(pay) : '';
  };

  it('is shown while both are interfaces', () => {
    expect(without('Gift.to')).toContain('rel: Node');
  });

  it('is hidden when one has no fields left and became a union: the schema would not be valid', () => {
    expect(without('Gift.id')).toContain('amount: Int');
    expect(without('Gift.id')).not.toContain('rel:');
  });
});
