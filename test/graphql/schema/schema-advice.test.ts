import { makeExecutableSchema } from '@graphql-tools/schema';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { directiveTypeDefs, SchemaError, withSchemaAdvice } from '../../../src/graphql/exports.js';

const build = (own: string) => {
  const typeDefs = [directiveTypeDefs, own];
  return withSchemaAdvice(typeDefs, () => makeExecutableSchema({ typeDefs }));
};

describe('a schema of your own', () => {
  it('is built where nothing is wrong', () => {
    expect(build('type Query @public { open: Int }').getQueryType()?.name).toBe('Query');
  });

  it.each([
    ['@requireScopes(scopes: [["a"]])', '@requiresScopes'],
    ['@RequiresRoles(roles: [["a"]])', '@requiresRoles'],
    ['@allowApps(permissions: [["a"]])', '@allowsApps'],
    ['@authenticatd', '@authenticated'],
  ])('says what was meant by %s, and where', (written, meant) => {
    const [name] = written.split('(');
    expect(() => build(`type Query {\n  open: Int ${written}\n}`)).toThrow(
      new SchemaError([`typeDefs[1]:2 Query.open: Unknown directive "${name}". Did you mean "${meant}"?`]),
    );
  });

  it('says it for type definitions that were parsed before', () => {
    const typeDefs = [parse(directiveTypeDefs), parse('type Query { open: Int @requireScopes(scopes: [["a"]]) }')];
    expect(() => withSchemaAdvice(typeDefs, () => makeExecutableSchema({ typeDefs }))).toThrow(
      'Did you mean "@requiresScopes"?',
    );
  });

  it('names no directive that is far from the written one', () => {
    expect(() => build('type Query { open: Int @cached }')).toThrow(
      new SchemaError(['typeDefs[1]:1 Query.open: Unknown directive "@cached".']),
    );
  });

  it('leaves every other error as it is', () => {
    const typeDefs = 'type Query { open: Int }';
    const error = new TypeError('resolvers are missing');
    const fail = () => {
      throw error;
    };
    expect(() => withSchemaAdvice(typeDefs, fail)).toThrow(error);
    expect(() => build('type Query {')).toThrow('Syntax Error');
  });
});
