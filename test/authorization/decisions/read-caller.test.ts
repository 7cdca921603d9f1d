import { describe, expect, it } from 'vitest';
import { readCaller } from '../../../src/authorization/decisions/read-caller.js';
import { application, ask, authorize, user } from '../harness.js';

const api = authorize('type Query { open: Int @public a: Int @authenticated }', {
  Query: { open: () => 1, a: () => 2 },
});
const callerOf = (json: string) => JSON.parse(json);

describe('the caller of a context', () => {
  it('is anonymous when it is null', async () => {
    const answer = await ask(api, '{ open a }', { caller: callerOf('null') });
    expect(answer.data).toEqual({ open: 1, a: null });
    expect(answer.errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
    expect(await ask(api, '{ a }', { caller: callerOf('null') })).toMatchObject({ kind: 'refused', status: 401 });
    expect(api.explain(callerOf('null'))).toEqual(api.explain(undefined));
  });

  it.each(['{}', '"erin"', '{"kind": "user"}', '7', 'false'])('is an error when it is %s', async (json) => {
    await expect(ask(api, '{ a }', { caller: callerOf(json) })).rejects.toThrow(/"caller" of the context/);
  });

  it.each([user(), application('Read.All')])('is a caller of this package otherwise: $kind', async (caller) => {
    expect((await ask(api, '{ a }', { caller })).data).toEqual({ a: 2 });
  });

  const wrong = ['scopes', 'roles', 'authContexts'].flatMap((name) =>
    [['x'], {}, 'x', null, undefined, 7].map((value) => [name, { ...user(), [name]: value }] as const),
  );
  const ofApplications = [['x'], {}, 'x', null, undefined].map(
    (value) => ['permissions', { ...application(), permissions: value }] as const,
  );

  it.each([...wrong, ...ofApplications])('is refused when its %s are not a Set: %j', (name, caller) => {
    expect(() => readCaller(Object(caller))).toThrow(
      `The "${name}" of the caller in the context is not a Set, as after JSON, which has no Sets.`,
    );
  });

  it.each(['me', {}, [], 7, { kind: 'admin' }, { kind: 'toString' }])(
    'is refused when nothing here made it: %j',
    (caller) => {
      expect(() => readCaller(Object(caller))).toThrow('is not one that entra-graphql made');
    },
  );

  it('is refused by check and explain after a round trip through JSON', () => {
    const { explain } = authorize('type Query { a: Int @requiresRoles(roles: [["HR"]]) }');
    expect(() => explain(JSON.parse(JSON.stringify(user())))).toThrow('The "scopes" of the caller');
  });
});
