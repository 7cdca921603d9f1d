import { buildSubgraphSchema } from '@apollo/subgraph';
import { buildSchema, execute, GraphQLID, GraphQLObjectType, GraphQLSchema, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import {
  type AuthorizationContext,
  type AuthorizationOptions,
  createAuthorization,
} from '../../../../src/authorization/authorization.js';
import { createReferenceCut } from '../../../../src/authorization/guards/entities/entity-references.js';
import { ask, directives, user } from '../../harness.js';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@external", "@requires", {name: "@shareable", as: "@shared"}])`;

/** As the text is: the subgraph library refuses what no router could use. */
const schemaOf = (sdl: string, link = LINK) =>
  buildSchema(`${link} type Query { open: Int } ${sdl}`, { assumeValidSDL: true, assumeValid: true });

const build = (sdl: string, resolvers = {}) =>
  buildSubgraphSchema({
    typeDefs: [parse(directives), parse(`${LINK} type Query { open: Int @public } ${sdl}`)],
    resolvers,
  });

function create(
  sdl: string,
  resolvers: Parameters<typeof build>[1],
  options: Omit<AuthorizationOptions<AuthorizationContext>, 'schema'> = {},
) {
  const bare = build(sdl, resolvers);
  const typeDefs = `type Query { open: Int @public } ${sdl}`;
  return { ...createAuthorization({ schema: bare, typeDefs, ...options }), bare };
}

const query = (fields: string) => `query ($of: [_Any!]!) { _entities(representations: $of) { __typename ${fields} } }`;

describe('a representation is cut to', () => {
  const cut = (sdl: string, rest: object, link?: string) =>
    createReferenceCut(schemaOf(sdl, link))({ __typename: 'Note', ...rest });

  it.each([
    ['the fields of its key', 'type Note @key(fields: "id") { id: ID! owner: ID }', { id: '1' }],
    [
      'those of several keys',
      'type Note @key(fields: "id") @key(fields: "owner") { id: ID! owner: ID }',
      { id: '1', owner: 'me' },
    ],
    [
      'those inside a key',
      'type Note @key(fields: "by { id }") { by: User } type User { id: ID name: ID }',
      { by: { id: '7' } },
    ],
    ['external ones', 'type Note @key(fields: "id") { id: ID! owner: ID @external }', { id: '1', owner: 'me' }],
    [
      'those that a field requires',
      'type Note @key(fields: "id") { id: ID! owner: ID by: User @external text: ID @requires(fields: "by { name }") } type User { id: ID name: ID @external }',
      { id: '1', by: { name: 'Ann' } },
    ],
    [
      'the key of an extension, and what the extension declares external',
      'type Note { text: ID } extend type Note @key(fields: "id") { id: ID! @external owner: ID @external }',
      { id: '1', owner: 'me' },
    ],
    [
      'nothing more for an external extension without fields',
      'type Note @key(fields: "id") { id: ID! } extend type Note @external',
      { id: '1' },
    ],
    [
      'what stands in an external definition',
      'type Note @key(fields: "id") { id: ID! } extend type Note @external { owner: ID }',
      { id: '1', owner: 'me' },
    ],
    [
      'those behind a type condition',
      'type Note @key(fields: "id") { id: ID! by: Who @external text: ID @requires(fields: "by { ... on User { name } }") } union Who = User type User { id: ID name: ID @external }',
      { id: '1', by: { name: 'Ann' } },
    ],
  ])('%s', (_, sdl, kept) => {
    expect(cut(sdl, { id: '1', owner: 'me', by: { id: '7', name: 'Ann' }, role: 'admin' })).toEqual({
      __typename: 'Note',
      ...kept,
    });
  });

  it('the same in lists, whatever stands in them', () => {
    const sdl = 'type Note @key(fields: "by { id }") { by: [User] } type User { id: ID name: ID }';
    expect(cut(sdl, { by: [{ id: '7', name: 'Ann' }, null, 'text'] })).toEqual({
      __typename: 'Note',
      by: [{ id: '7' }, null, 'text'],
    });
  });

  it('the same under other names of the directives', () => {
    const link =
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{name: "@key", as: "@identified"}])';
    const sdl = 'type Note @identified(fields: "id") { id: ID! owner: ID @federation__external text: ID }';
    expect(cut(sdl, { id: '1', owner: 'me', text: 'x' }, link)).toEqual({ __typename: 'Note', id: '1', owner: 'me' });
  });

  it('the same where the key is in extensions, as a list too', () => {
    const noteOf = (directives: unknown) =>
      new GraphQLSchema({
        query: new GraphQLObjectType({
          name: 'Note',
          fields: { id: { type: GraphQLID }, owner: { type: GraphQLID } },
          extensions: { directives },
        }),
      });
    const reference = { __typename: 'Note', id: '1', owner: 'me' };
    expect(createReferenceCut(noteOf({ key: { fields: ['id'] } }))(reference)).toEqual({ __typename: 'Note', id: '1' });
    expect(createReferenceCut(noteOf({ key: 7 }))(reference)).toBe(reference);
    expect(createReferenceCut(noteOf({ key: {} }))(reference)).toEqual({ __typename: 'Note' });
  });

  it('nothing less where no key is known', () => {
    expect(cut('type Note { id: ID }', { id: '1' })).toEqual({ __typename: 'Note', id: '1' });
    expect(createReferenceCut(schemaOf('type Note { id: ID }'))('text')).toBe('text');
  });
});

describe('_entities with a forged representation', () => {
  const notes: Readonly<Record<string, object>> = { 1: { id: '1', owner: 'me' }, 2: { id: '2', owner: 'them' } };
  const sdl = 'type Note @key(fields: "id") @policy(policies: [["owns"]]) { id: ID! owner: ID }';
  const owns = vi.fn(({ parent }: { parent: unknown }) => Object(parent).owner === 'me');
  const found = vi.fn((reference: { id: string }) => ({ ...notes[reference.id], ...reference }));
  const api = create(sdl, { Note: { __resolveReference: found } }, { policies: { owns } });

  it('is judged by the object that is found, in its place', async () => {
    const of = [
      { __typename: 'Note', id: '2', owner: 'me' },
      { __typename: 'Note', id: '1', owner: 'them' },
    ];
    const answer = await ask(api, query('... on Note { owner }'), { caller: user(), variables: { of } });
    expect(answer.data).toEqual({ _entities: [null, { __typename: 'Note', owner: 'me' }] });
    expect(answer.errors).toEqual([{ code: 'FORBIDDEN', coordinate: 'Note', path: '_entities.0' }]);
    expect(found.mock.calls.map(([reference]) => reference)).toEqual([
      { __typename: 'Note', id: '2' },
      { __typename: 'Note', id: '1' },
    ]);
    expect(owns.mock.calls.map(([{ parent }]) => Object(parent).owner)).toEqual(['them', 'me']);
  });

  it('is FORBIDDEN and no step-up where the policy denies the object', async () => {
    const stepUp = create(
      sdl.replace('@policy', '@requiresAuthContext(id: "c1") @policy'),
      { Note: { __resolveReference: found } },
      { policies: { owns } },
    );
    const of = ['1', '2'].map((id) => ({ __typename: 'Note', id }));
    const { errors } = await ask(stepUp, query(''), { caller: user(), variables: { of } });
    expect(errors.map(({ code, path }) => `${path} ${code}`)).toEqual([
      '_entities.0 INSUFFICIENT_CLAIMS',
      '_entities.1 FORBIDDEN',
    ]);
  });
});

describe('an entity whose policy would judge what a caller wrote does not start', () => {
  const owns = { policies: { owns: () => true } };
  const policy = '@policy(policies: [["owns"]])';
  const start = (sdl: string, resolvers = {}) => create(sdl, resolvers, owns);
  const found = { __resolveReference: () => ({}) };

  it.each([
    ['a policy on the type', `type Note @key(fields: "id") ${policy} { id: ID! }`],
    ['a policy on a field', `type Note @key(fields: "id") { id: ID! text: ID ${policy} }`],
    [
      'a policy on an object of the key',
      `type Note @key(fields: "by { id }") { by: User } type User ${policy} { id: ID }`,
    ],
    [
      'a policy on a field of an object of the key',
      `type Note @key(fields: "by { id }") { by: User } type User { id: ID ${policy} }`,
    ],
    [
      'one at any depth',
      `type Note @key(fields: "in { by { id } }") { in: In } type In { by: User } type User ${policy} { id: ID }`,
    ],
  ])('%s', (_, sdl) => {
    expect(() => start(sdl)).toThrow(/Note: has a policy and no __resolveReference/);
    expect(start(sdl, { Note: found }).schema).toBeDefined();
  });

  it.each([
    'type Note @key(fields: "id") { id: ID! text: ID }',
    `type Note @key(fields: "id") { id: ID! by: User } type User ${policy} { id: ID }`,
    `type Note @key(fields: "id by { id }") { id: ID! by: User } type User { id: ID }`,
  ])('it starts otherwise: %s', (sdl) => {
    expect(start(sdl).schema).toBeDefined();
  });

  it('nor does one whose key is not known', () => {
    const bare = build(`type Note @key(fields: "id") ${policy} { id: ID! }`, { Note: found });
    const note = bare.getType('Note');
    Object.assign(Object(note), { astNode: undefined, extensionASTNodes: [] });
    Object.assign(Object(note).extensions, { directives: { policy: { policies: [['owns']] } } });
    expect(() => createAuthorization({ schema: bare, ...owns })).toThrow(/Note: has a policy and no @key/);
  });
});

describe('in a public subgraph', () => {
  const sdl = `
    type Note @key(fields: "id") @public { id: ID! text: String }
    type Secret @key(fields: "id") { id: ID! text: String }
  `;
  const found = { __resolveReference: (reference: object) => ({ ...reference, text: 'seen' }) };
  const of = ['Note', 'Secret'].map((__typename) => ({ __typename, id: '1' }));

  it('an anonymous caller gets the entities of public types, and no others', async () => {
    const api = create(sdl, { Note: found, Secret: found });
    const answer = await ask(api, query('... on Note { text } ... on Secret { text }'), { variables: { of } });
    expect(answer.data).toEqual({ _entities: [{ __typename: 'Note', text: 'seen' }, null] });
    expect(answer.errors).toEqual([{ code: 'UNAUTHENTICATED', coordinate: 'Secret', path: '_entities.1' }]);
  });

  it('a rule on the root type holds for entities too', async () => {
    const bare = buildSubgraphSchema({
      typeDefs: [parse(directives), parse(`${LINK} type Query @authenticated { open: Int } ${sdl}`)],
    });
    const api = { ...createAuthorization({ schema: bare }), bare };
    expect(await ask(api, query(''), { variables: { of } })).toMatchObject({ kind: 'refused', status: 401 });
  });

  it('entities are guarded one by one also when the whole root type is public', async () => {
    const bare = buildSubgraphSchema({
      typeDefs: [parse(directives), parse(`${LINK} type Query @public { open: Int } ${sdl}`)],
      resolvers: { Note: found, Secret: found },
    });
    const api = { ...createAuthorization({ schema: bare }), bare };
    expect((await ask(api, query(''), { variables: { of } })).data).toEqual({
      _entities: [{ __typename: 'Note' }, null],
    });
  });

  it('without a public type, none are given', async () => {
    const api = create('type Secret @key(fields: "id") { id: ID! text: String }', { Secret: found });
    expect(await ask(api, query(''), { variables: { of: of.slice(1) } })).toMatchObject({
      kind: 'refused',
      status: 401,
    });
  });

  it.each([
    [false, ['UNAUTHENTICATED']],
    [true, undefined],
  ])('_service { sdl } with anonymousSdl: %s', async (anonymousSdl, codes) => {
    const { schema } = create(sdl, { Note: found, Secret: found }, { anonymousSdl });
    const { data, errors } = await execute({
      schema,
      document: parse('{ _service { sdl } }'),
      contextValue: { caller: undefined },
    });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(codes);
    if (anonymousSdl) expect(JSON.stringify(data)).toContain('type Secret');
  });

  it('anonymousSdl holds whatever stands on the root type', async () => {
    const bare = buildSubgraphSchema({
      typeDefs: [parse(directives), parse(`${LINK} type Query @authenticated { open: Int } ${sdl}`)],
    });
    const { check } = createAuthorization({ schema: bare, anonymousSdl: true });
    expect(check({ document: parse('{ _service { sdl } }'), caller: undefined })).toEqual({ kind: 'unguarded' });
    expect(check({ document: parse('{ open }'), caller: undefined })).toMatchObject({ kind: 'refused' });
  });
});
