import { describe, expect, it } from 'vitest';
import { application, authorize, user } from '../harness.js';

const sdl = `
  type Query {
    open: Int @public
    read(secret: Int @requiresRoles(roles: [["admin"]])): Int @requiresScopes(scopes: [["read"]])
    own: Int @requiresScopes(scopes: [["read"]]) @policy(policies: [["self"]])
    strong(filter: Filter): Int @requiresAuthContext(id: "c1")
    node: Node @public
  }
  interface Node { id: ID }
  type A implements Node { id: ID @requiresRoles(roles: [["admin"]]) }
  input Filter { all: Boolean @requiresRoles(roles: [["admin"]]) some: Boolean }
`;
const policies = { self: () => true };
const access = (caller: Parameters<ReturnType<typeof authorize>['explain']>[0], hints = true) =>
  Object.fromEntries(
    authorize(sdl, {}, { policies, hints })
      .explain(caller)
      .map(({ coordinate, decision, missing }) => [
        coordinate,
        missing === undefined ? decision : `${decision} ${missing}`,
      ]),
  );

describe('explain', () => {
  it('covers every field, and the protected arguments and input fields', () => {
    expect(Object.keys(access(user())).sort()).toEqual([
      'A.id',
      'Filter.all',
      'Node.id',
      'Query.node',
      'Query.open',
      'Query.own',
      'Query.read',
      'Query.read(secret:)',
      'Query.strong',
    ]);
  });

  it('tells a user what is missing', () => {
    expect(access(user({ scopes: ['read'] }))).toMatchObject({
      'Query.open': 'ALLOWED',
      'Query.read': 'ALLOWED',
      'Query.read(secret:)': 'DENIED role admin',
      'Query.own': 'DEPENDS',
      'Query.strong': 'DENIED authentication context c1',
      'Node.id': 'DENIED role admin',
      'Filter.all': 'DENIED role admin',
    });
  });

  it('does not say that it depends where the token is not enough', () => {
    expect(access(user())['Query.own']).toBe('DENIED scope read');
  });

  it('tells an anonymous caller to get a token, with which scope, and no role', () => {
    expect(access(undefined)).toMatchObject({
      'Query.open': 'ALLOWED',
      'Query.read': 'DENIED an access token; scope read',
      'Filter.all': 'DENIED an access token',
    });
  });

  it('tells an application where it has no business', () => {
    expect(access(application('read'))['Query.read']).toBe('DENIED a signed-in user: closed to applications');
  });

  it('says without hints only whether', () => {
    expect(access(user(), false)['Query.read']).toBe('DENIED');
  });
});
