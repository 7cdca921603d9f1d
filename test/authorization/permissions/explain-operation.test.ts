import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { createExplainOperation } from '../../../src/authorization/permissions/explain-operation.js';
import { compileRequirements } from '../../../src/authorization/rules/compile-requirements.js';
import { application, schemaOf, user } from '../harness.js';

const schema = schemaOf(`
  type Query {
    open: Int @public
    books(all: Boolean @requiresRoles(roles: [["admin"]])): [Book!]
      @requiresScopes(scopes: [["read"]]) @allowsApps(permissions: [["Read.All"]])
    other: Other @authenticated
    found: Found @authenticated
  }
  type Mutation {
    rename(id: ID!): Book @requiresScopes(scopes: [["write"]]) @policy(policies: [["owns"], ["manages"]])
    pay: Int @requiresScopes(scopes: [["write"]]) @requiresAuthContext(id: "c1")
  }
  type Book { title: String price: Int @requiresRoles(roles: [["buyer"]]) }
  type Other @requiresRoles(roles: [["admin"]]) { inner: Inner deep: Inner }
  type Inner { value: Int @requiresRoles(roles: [["admin"]]) }
  type Judged @policy(policies: [["owns"]]) { value: Int }
  union Found = Judged | Book
`);
const explain = createExplainOperation(schema, compileRequirements(schema, undefined));
const reader = user({ scopes: ['read'] });
const writer = user({ scopes: ['read', 'write'], roles: ['buyer'] });

function said(document: string, caller: Caller | undefined, variables?: Record<string, unknown>): string {
  const { outcome, needs } = explain({ document: parse(document), caller, variables });
  return [outcome, ...needs.map(({ coordinate, missing }) => `${coordinate} ${missing}`)].join(' | ');
}

describe('an operation is explained', () => {
  it.each<[string, string, Caller | undefined, string]>([
    ['a public field without a token', '{ open }', undefined, 'allowed'],
    ['no token', '{ books { title } }', undefined, 'denied | Query.books an access token; scope read'],
    ['no scope', '{ books { title } }', user(), 'denied | Query.books scope read'],
    ['everything granted', '{ books { title } }', reader, 'allowed'],
    ['an application with the permission', '{ books { title } }', application('Read.All'), 'allowed'],
    [
      'one field without its role, selected twice',
      '{ a: books { price } b: books { price } }',
      reader,
      'partial | Book.price role buyer',
    ],
    ['one root field of two', '{ open books { title } }', user(), 'partial | Query.books scope read'],
    ['an argument without its role', '{ books(all: true) { title } }', reader, 'denied | Query.books(all:) role admin'],
    [
      'fields below a denied one, which are not listed',
      '{ open other { inner { value } } }',
      reader,
      'partial | Query.other role admin',
    ],
    ['a policy', 'mutation { rename(id: 1) { title } }', writer, 'depends | Mutation.rename policy owns or manages'],
    [
      'policies of the objects in a union',
      '{ found { __typename } }',
      reader,
      'depends | Query.found policy of its objects',
    ],
    ['a mutation that lacks a step-up', 'mutation { pay }', writer, 'denied | Mutation.pay authentication context c1'],
    [
      'a mutation with a nested field that is denied',
      'mutation { rename(id: 1) { price } }',
      user({ scopes: ['write'] }),
      'denied | Book.price role buyer',
    ],
  ])('%s', (_case, document, caller, expected) => {
    expect(said(document, caller)).toBe(expected);
  });

  it('with its variables', () => {
    const document =
      'query ($all: Boolean, $price: Boolean!) { books(all: $all) { title price @include(if: $price) } }';
    expect(said(document, reader, { price: false })).toBe('allowed');
    expect(said(document, reader, { price: true })).toBe('partial | Book.price role buyer');
    expect(said(document, reader, { price: false, all: false })).toBe('denied | Query.books(all:) role admin');
  });

  it('only if there is exactly one, and its variables fit', () => {
    expect(() => said('query A { open } query B { open }', reader)).toThrow('exactly one operation');
    expect(() => said('query ($price: Boolean!) { books { price @include(if: $price) } }', reader)).toThrow('"$price"');
  });

  it('with every field that it selects', () => {
    const { fields } = explain({ document: parse('{ other { inner { value } } }'), caller: undefined });
    expect([...fields]).toEqual(['Query.other', 'Other.inner', 'Inner.value']);
  });
});
