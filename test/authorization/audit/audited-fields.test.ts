import { buildSchema, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readAuditedFields } from '../../../src/authorization/audit/audited-fields.js';

const DIRECTIVE = 'directive @audited(reason: String) repeatable on FIELD_DEFINITION\n';
const read = (text: string) => readAuditedFields(buildSchema(DIRECTIVE + text, { assumeValidSDL: true }));

describe('audited fields', () => {
  it('are those with the directive, each with its reason', () => {
    const fields = read(
      'type Query { a: Int @audited(reason: "Why a") b: Int } type Mutation { c: Int @audited(reason: "Why c") }',
    );
    expect([...fields]).toEqual([
      ['Query.a', 'Why a'],
      ['Mutation.c', 'Why c'],
    ]);
  });

  it('are none in a schema without the directive', () => {
    expect(read('type Query { a: Int }').size).toBe(0);
  });

  it('of a schema made in code have the directive in their extensions', () => {
    const field = (extensions: Readonly<Record<string, unknown>>) => ({ type: GraphQLString, extensions });
    const query = new GraphQLObjectType({
      name: 'Query',
      fields: {
        record: field({ directives: { audited: { reason: 'In code' }, other: {} } }),
        list: field({ directives: [{ name: 'audited', args: { reason: 'In a list' } }] }),
        none: field({}),
      },
    });
    expect([...readAuditedFields(new GraphQLSchema({ query }))]).toEqual([
      ['Query.record', 'In code'],
      ['Query.list', 'In a list'],
    ]);
  });

  it.each([
    ['no reason', 'type Query { a: Int @audited }', /Query\.a: @audited needs the argument "reason"/],
    [
      'an empty reason',
      'type Query { a: Int @audited(reason: " ") }',
      /Query\.a: @audited needs the argument "reason"/,
    ],
    ['no text', 'type Query { a: Int @audited(reason: 1) }', /Query\.a: @audited needs the argument "reason"/],
    [
      'the directive twice',
      'type Query { a: Int @audited(reason: "A") @audited(reason: "B") }',
      /@audited is written twice/,
    ],
    [
      'an interface',
      'type Query implements I { a: Int } interface I { a: Int @audited(reason: "A") }',
      /I\.a: @audited records nothing here: put it on a field of an object type/,
    ],
    ['a type', 'type Query @audited(reason: "A") { a: Int }', /Query: @audited records nothing here/],
    [
      'an argument',
      'type Query { a(b: Int @audited(reason: "A")): Int }',
      /Query\.a\(b:\): @audited records nothing here/,
    ],
  ])('stop the start with %s', (_what, text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });

  it.each([
    ['a text', 'none', {}],
    ['arguments in a Map', { audited: new Map([['reason', 'In code']]) }, {}],
    ['a type', {}, { audited: { reason: 'In code' } }],
  ])('stop the start of a schema made in code with %s', (_what, onField, onType) => {
    const a = { type: GraphQLString, extensions: { directives: onField } };
    const query = new GraphQLObjectType({ name: 'Query', fields: { a }, extensions: { directives: onType } });
    expect(() => readAuditedFields(new GraphQLSchema({ query }))).toThrow(/^Query(\.a)?: /);
  });
});
