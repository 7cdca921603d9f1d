import { buildSchema, execute, type GraphQLResolveInfo, parse } from 'graphql';
import { expect, it } from 'vitest';
import { noteFieldResolver, resolveAsHost } from '../../../src/authorization/guards/host-server.js';

const schema = buildSchema('type Query { name: String }');
for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) field.resolve = resolveAsHost;

const ask = (contextValue: unknown) =>
  execute({ schema, document: parse('{ name }'), rootValue: { name: 'of the object' }, contextValue });

it.each([undefined, null, {}])(
  'a field is resolved like graphql-js does where the host noted nothing: %j',
  (context) => {
    expect(ask(context)).toEqual({ data: { name: 'of the object' } });
  },
);

it('a field is resolved by the function of the host, which gets what graphql-js passes', () => {
  const context = {};
  noteFieldResolver(context, (parent: unknown, args: object, given: unknown, { fieldName }: GraphQLResolveInfo) =>
    JSON.stringify([parent, args, given === context, fieldName]),
  );
  expect(ask(context)).toEqual({ data: { name: '[{"name":"of the object"},{},true,"name"]' } });
});

it('the last function that was noted counts, and a context shows none to resolvers that list its members', () => {
  const context = {};
  noteFieldResolver(context, () => 'first');
  noteFieldResolver(context, () => 'second');
  expect(ask(context)).toEqual({ data: { name: 'second' } });
  expect({ ...context }).toEqual({});
  expect(Object.getOwnPropertySymbols({ ...context })).toEqual([]);
});
