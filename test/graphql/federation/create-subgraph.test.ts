import { type GraphQLResolveInfo, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { createSubgraph, type SdlReaders } from '../../../src/graphql/federation/subgraph.js';
import { entityNames } from '../../../src/graphql/federation/subgraph-sdl.js';
import { roleReadersOf } from '../../../src/graphql/undecided-caller.js';
import { application, user } from '../../authorization/harness.js';

const documents = () => [
  parse(`type Query { note: Note @public } type Note @key(fields: "id") { id: ID! }
    type Far @key(fields: "id", resolvable: false) { id: ID! } type Plain { id: ID! }
    extend type Plain @key(fields: "id", resolvable: true)`),
];
const resolvers = { Note: { __resolveReference: () => null }, Plain: { __resolveReference: () => null } };

describe('a subgraph', () => {
  it('has the types as entities that can be resolved by a key', () => {
    expect(entityNames(documents())).toEqual(['Note', 'Plain']);
    expect(() => createSubgraph(documents(), { Note: resolvers.Note }, readers({}))).toThrow(
      'Plain has @key and no __resolveReference',
    );
  });

  it('without entities has the schema for composition alone', () => {
    const { typeDefs } = createSubgraph([parse('type Query { a: Int }')], {}, readers({}));
    expect(JSON.stringify(typeDefs)).not.toContain('_entities');
  });

  it('has entities that may depend on the roles of the caller', () => {
    expect(roleReadersOf({ resolvers: {} })).toContain('Query._entities');
    expect(roleReadersOf({ resolvers: {}, readsRoles: false }).size).toBe(0);
  });
});

const composing = application('Schema.Read');
const CALLERS = { anonymous: undefined, user: user(), application: application('Other'), composing };

describe('the schema for composition', () => {
  it.each<[SdlReaders['introspection'], string | undefined, (keyof typeof CALLERS)[]]>([
    ['public', undefined, ['anonymous', 'user', 'application', 'composing']],
    ['authenticated', undefined, ['user', 'application', 'composing']],
    ['off', undefined, []],
    ['public', 'Schema.Read', ['composing']],
    ['authenticated', 'Schema.Read', ['composing']],
    ['off', 'Schema.Read', ['composing']],
  ])('with introspection "%s" and the permission %s is for %j', (introspection, sdlPermission, expected) => {
    const read = readerOf({ introspection, sdlPermission });
    const may = Object.entries(CALLERS).filter(([, caller]) => read(caller) === 'read');
    expect(may.map(([name]) => name)).toEqual(expected);
    expect(Object.values(CALLERS).map(read)).not.toContain('another error');
  });

  it('is closed to a user whose role has the name of the permission', () => {
    const read = readerOf({ introspection: 'off', sdlPermission: 'Schema.Read' });
    expect(read(user({ roles: ['Schema.Read'] }))).toBe('FORBIDDEN');
  });
});

function readers(changes: Partial<SdlReaders>): SdlReaders {
  return { introspection: 'authenticated', sdlPermission: undefined, ...changes };
}

function readerOf(changes: Partial<SdlReaders>) {
  const { Query } = createSubgraph(documents(), resolvers, readers(changes)).resolvers;
  const service = Object(Query)._service;
  const info = {} as GraphQLResolveInfo;
  return (caller: Caller | undefined): string => {
    try {
      return String(service({}, {}, { caller }, info).sdl).includes('type Note') ? 'read' : 'another error';
    } catch (error) {
      return String(Object(error).extensions?.code ?? 'another error');
    }
  };
}
