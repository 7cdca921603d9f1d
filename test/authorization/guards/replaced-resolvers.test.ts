import { execute, type GraphQLSchema, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { createAuthorization } from '../../../src/authorization/authorization.js';
import { schemaOf, user } from '../harness.js';

const bare = schemaOf(`
  interface Named { name: String }
  type Item implements Named { name: String @requiresRoles(roles: [["r"]]) owned: String @policy(policies: [["p"]]) }
  type Query { item: Item @authenticated named: Named @authenticated open: String @public }
  type Subscription { ticks: Int @requiresRoles(roles: [["r"]]) }
`);
const rootValue = { item: { name: 'n', owned: 'o' }, named: { name: 'n' } };

function create(options: object = {}) {
  const policy = vi.fn(() => true);
  const { schema } = createAuthorization({ schema: bare, policies: { p: policy }, ...options });
  const ask = async (query: string, roles: string[], more: object = {}) =>
    execute({ schema, document: parse(query), rootValue, contextValue: { caller: user({ roles }) }, ...more });
  return { schema, ask, policy };
}

function fieldOf(schema: GraphQLSchema, type: string, name: string) {
  const field = Object(schema.getType(type)).getFields()[name];
  return field as { resolve: unknown; subscribe: unknown };
}

describe('a resolver put in the place of a guard', () => {
  it.each(['loader', undefined])('is guarded: %s', async (value) => {
    const { schema, ask } = create();
    fieldOf(schema, 'Item', 'name').resolve = value && (() => value);
    expect((await ask('{ item { name } }', ['r'])).data).toEqual({ item: { name: value ?? 'n' } });
    const { data, errors } = await ask('{ item { name } }', []);
    expect([data, errors?.[0]?.extensions.code]).toEqual([{ item: { name: null } }, 'FORBIDDEN']);
  });

  it('that calls the one it replaced is judged once, however many stand before it', async () => {
    const { schema, ask, policy } = create();
    const field = fieldOf(schema, 'Item', 'owned');
    for (const letter of ['a', 'b']) {
      const before = field.resolve as (...given: unknown[]) => unknown;
      field.resolve = (...given: unknown[]) => `${letter}${before(...given)}`;
    }
    expect((await ask('{ item { owned } }', [])).data).toEqual({ item: { owned: 'bao' } });
    expect(policy).toHaveBeenCalledTimes(1);
  });

  it('is guarded for the source of a subscription', () => {
    const { schema } = create();
    const source = vi.fn();
    const field = fieldOf(schema, 'Subscription', 'ticks');
    field.subscribe = source;
    expect(field.subscribe).not.toBe(source);
  });
});

describe('resolvers for fields without one', () => {
  it('fieldResolver resolves guarded fields', async () => {
    const fieldResolver = vi.fn(() => ({ name: 'own' }));
    const { ask } = create({ fieldResolver });
    expect((await ask('{ item { __typename } }', [])).data).toEqual({ item: { __typename: 'Item' } });
    expect(fieldResolver).toHaveBeenCalledTimes(1);
  });

  it("a server's typeResolver is asked", async () => {
    const typeResolver = vi.fn(() => 'Item');
    const { ask } = create();
    expect((await ask('{ named { name } }', ['r'], { typeResolver })).data).toEqual({ named: { name: 'n' } });
    expect(typeResolver).toHaveBeenCalled();
  });
});

describe('an option of createAuthorization', () => {
  it.each([
    [{ polices: {} }, 'polices: no such option. Did you mean policies?'],
    [{ mode: 'enforced' }, "mode must be 'enforce' or 'report'"],
    [{ hints: 'false' }, 'hints must be true or false'],
    [{ policies: { p: true } }, 'policies must be an object whose values are functions'],
    [{ policies: new Map([['p', () => true]]) }, 'policies must be an object whose values are functions'],
    [{ policies: null }, 'policies must be'],
    [{ policyTimeoutMs: 0 }, 'policyTimeoutMs must be a number of milliseconds above 0'],
    ...[Number.POSITIVE_INFINITY, Number.NaN, 1e12, 2 ** 31, 600_001, -1, '5000'].map((policyTimeoutMs) => {
      return [{ policyTimeoutMs }, 'policyTimeoutMs must be a number of milliseconds above 0'] as [object, string];
    }),
    ...['5', Number.POSITIVE_INFINITY, Number.NaN, 512 * 1024 * 1024 + 1, 0].map((planCacheBytes) => {
      return [{ planCacheBytes }, 'planCacheBytes must be a number of bytes above 0'] as [object, string];
    }),
    [{ onDenied: 'log' }, 'onDenied must be a function'],
    [{ fieldResolver: {} }, 'fieldResolver must be a function'],
    [{ typeDefs: null }, 'typeDefs must be'],
    [{ schema: {} }, 'schema must be a GraphQLSchema'],
    [{ schema: undefined }, 'schema is required'],
  ])('that is wrong is named: %j', (change, message) => {
    expect(() => createAuthorization({ schema: bare, policies: { p: () => true }, ...change } as never)).toThrow(
      message,
    );
  });
});

it('only an operation that selects nothing but public fields is public', () => {
  const { isPublic } = createAuthorization({ schema: bare, policies: { p: () => true } });
  const of = (text: string, operationName?: string) => isPublic({ document: parse(text), operationName });
  expect([of('{ open }'), of('{ open __typename }')]).toEqual([true, true]);
  expect([of('{ item { name } }'), of('{ open item { owned } }'), of('query A { open }', 'B')]).toEqual([
    false,
    false,
    false,
  ]);
});
