import { describe, expect, it } from 'vitest';
import { application, authorize, user } from '../harness.js';

const { may } = authorize(
  `type Query {
    open: Int @public
    read(secret: Int @requiresRoles(roles: [["admin"]]), plain: Int): Int @requiresScopes(scopes: [["read"]])
    own: Int @requiresScopes(scopes: [["read"]]) @policy(policies: [["self"]])
    find(filter: Filter): Int @authenticated
    shape: Shape @authenticated
  }
  interface Shape { area(secret: Int, plain: Int): Int }
  type Circle implements Shape { area(secret: Int @requiresRoles(roles: [["admin"]]), plain: Int): Int }
  input Filter { all: Boolean @requiresRoles(roles: [["admin"]]) some: Boolean }`,
  {},
  { policies: { self: () => false } },
);
const reader = user({ scopes: ['read'] });
const admin = user({ scopes: ['read'], roles: ['admin'] });

describe('may', () => {
  it.each([
    ['a field with the scope', reader, 'Query.read', true],
    ['a field without the scope', user(), 'Query.read', false],
    ['a field as an application', application(), 'Query.read', false],
    ['a public field without a token', undefined, 'Query.open', true],
    ['any other field without a token', undefined, 'Query.find', false],
    ['a field whose policy decides for each object', reader, 'Query.own', true],
    ['an argument with a rule, with its role', admin, 'Query.read(secret:)', true],
    ['an argument with a rule, without its role', reader, 'Query.read(secret:)', false],
    [
      'an argument with a rule, without the scope of its field',
      user({ roles: ['admin'] }),
      'Query.read(secret:)',
      false,
    ],
    ['an argument without a rule', reader, 'Query.read(plain:)', true],
    ['an argument without a rule, without the scope of its field', user(), 'Query.read(plain:)', false],
    ['an input field with a rule', admin, 'Filter.all', true],
    ['an input field with a rule, without its role', reader, 'Filter.all', false],
    ['an input field without a rule', user(), 'Filter.some', true],
    ['an argument of an interface that an implementer protects', reader, 'Shape.area(secret:)', false],
    ['an argument of an interface without a rule', reader, 'Shape.area(plain:)', true],
  ])('%s', (_what, caller, coordinate, expected) => {
    expect(may(caller, coordinate)).toBe(expected);
  });

  it.each([
    '',
    'Query',
    'Query.',
    'Query.none',
    'None.read',
    'Query.read(none:)',
    'Query.read(secret',
    'Query.open(x:)',
    'Filter',
    'Filter.none',
    '__proto__',
    'Query.__typename',
  ])('is false for the unknown coordinate "%s"', (coordinate) => {
    expect(may(admin, coordinate)).toBe(false);
  });
});
