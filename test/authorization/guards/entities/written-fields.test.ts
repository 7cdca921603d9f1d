import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createAuthorization } from '../../../../src/authorization/authorization.js';
import { createWrittenFields } from '../../../../src/authorization/guards/entities/written-fields.js';
import { ask, directives, user } from '../../harness.js';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@external", "@requires"])`;

const build = (sdl: string, resolvers = {}) =>
  buildSubgraphSchema({
    typeDefs: [parse(directives), parse(`${LINK} type Query { open: Int @public } ${sdl}`)],
    resolvers,
  });

function create(sdl: string, resolvers: object) {
  const bare = build(sdl, resolvers);
  const typeDefs = `type Query { open: Int @public } ${sdl}`;
  const policies = { owns: ({ parent }: { parent: unknown }) => Object(parent).owner === 'me' };
  return { ...createAuthorization({ schema: bare, policies, typeDefs }), bare };
}

const find = (api: ReturnType<typeof create>, fields: string, ...of: readonly object[]) =>
  ask(api, `query ($of: [_Any!]!) { _entities(representations: $of) { ${fields} } }`, {
    caller: user(),
    variables: { of },
  });

const OWNS = '@policy(policies: [["owns"]])';
const NOTE = 'type Note @key(fields: "id") { id: ID! owner: String @external';
const USER = 'type User { owner: String v: Int';
/** Ways to hand on what a caller wrote. */
const CARELESS = {
  'the reference itself': (reference: object) => reference,
  'a copy': (reference: object) => ({ ...reference }),
  'a deep copy': (reference: object) => structuredClone(reference),
  'a copy with more': async (reference: object) => ({ text: 'x', ...reference }),
};
const SCHEMAS: Readonly<Record<string, readonly [sdl: string, fields: string, representation: object]>> = {
  'an external field that another requires': [
    `${NOTE} text: String @requires(fields: "owner") ${OWNS} }`,
    '... on Note { text }',
    { id: '1', owner: 'me' },
  ],
  'an external field, in a policy on the type': [
    `${NOTE.replace('{', `${OWNS} {`)} text: String @requires(fields: "owner") }`,
    '... on Note { text }',
    { id: '1', owner: 'me' },
  ],
  'an object of the key': [
    `type Note @key(fields: "id by { owner }") { id: ID! by: User } ${USER.replace('{', `${OWNS} {`)} }`,
    '... on Note { by { v } }',
    { id: '1', by: { owner: 'me' } },
  ],
  'objects of the key, in a list': [
    `type Note @key(fields: "id by { owner }") { id: ID! by: [User] } ${USER.replace('{', `${OWNS} {`)} }`,
    '... on Note { by { v } }',
    { id: '1', by: [{ owner: 'me' }] },
  ],
  'a field of an object of the key': [
    `type Note @key(fields: "id by { owner }") { id: ID! by: User } ${USER} w: Int ${OWNS} }`,
    '... on Note { by { w } }',
    { id: '1', by: { owner: 'me' } },
  ],
  'a field of an external object': [
    `type Note @key(fields: "id") { id: ID! by: User @external n: Int @requires(fields: "by { owner }") } ${USER} w: Int ${OWNS} }`,
    '... on Note { by { w } }',
    { id: '1', by: { owner: 'me' } },
  ],
};

describe('a policy does not judge what a caller wrote', () => {
  const cases = Object.entries(SCHEMAS).flatMap(([title, [sdl, fields, representation]]) =>
    Object.entries(CARELESS).map(([way, found]) => ({ title, sdl, fields, representation, way, found })),
  );

  it.each(cases)('$title, where __resolveReference returns $way', async ({ sdl, fields, representation, found }) => {
    const api = create(sdl, {
      Note: { __resolveReference: found, text: () => 'SECRET' },
      User: { v: () => 42, w: () => 42 },
    });
    const answer = await find(api, fields, { __typename: 'Note', ...representation });
    expect(answer.errors[0]).toMatchObject({ code: 'FORBIDDEN' });
    expect(JSON.stringify(answer.data)).not.toMatch(/SECRET|42/);
  });

  it.each([
    ['the reference itself', CARELESS['the reference itself']],
    ['a copy', CARELESS['a copy']],
  ])('a key of several fields counts only when something was looked up by it, not in %s', async (_way, found) => {
    const sdl = `type Note @key(fields: "id owner") { id: ID! owner: String text: String ${OWNS} }`;
    const note = { __typename: 'Note', id: '1', owner: 'me' };
    const careless = create(sdl, { Note: { __resolveReference: found, text: () => 'SECRET' } });
    expect((await find(careless, '... on Note { text }', note)).data).toEqual({ _entities: [{ text: null }] });
    const careful = create(sdl, {
      Note: { __resolveReference: (reference: object) => ({ ...reference, text: 'mine' }) },
    });
    expect((await find(careful, '... on Note { text }', note)).data).toEqual({ _entities: [{ text: 'mine' }] });
  });

  it('but it judges what was found, beside what the caller wrote', async () => {
    const sdl = `${NOTE.replace(' @external', '')} text: String ${OWNS} by: User @external n: Int @requires(fields: "by { v }") } ${USER} }`;
    const api = create(sdl, {
      Note: { __resolveReference: (reference: object) => ({ ...reference, owner: 'me', text: 'mine' }) },
    });
    const note = { __typename: 'Note', id: '1', by: { v: 3 } };
    expect((await find(api, '... on Note { text by { v } }', note)).data).toEqual({
      _entities: [{ text: 'mine', by: { v: 3 } }],
    });
  });
});

describe('a view without what a caller wrote', () => {
  const written = createWrittenFields(build(`${NOTE} text: String @requires(fields: "owner") }`));
  const reference = { __typename: 'Note', id: '1', owner: 'me' };

  it('has all else of the object, however it is looked at', () => {
    const found = { ...reference, text: 'x' };
    written.note(found, reference, 'Note');
    const view = Object(written.hide(found));
    expect(Object.keys(view)).toEqual(['__typename', 'id', 'text']);
    expect([view.owner, 'owner' in view, view.text, 'text' in view]).toEqual([undefined, false, 'x', true]);
    expect(Object.getOwnPropertyDescriptor(view, 'owner')).toBeUndefined();
    expect({ ...view }).toEqual({ __typename: 'Note', id: '1', text: 'x' });
  });

  it('is the object itself if it differs from what the caller wrote or is not an object', () => {
    const found = { ...reference, owner: 'them' };
    written.note(found, reference, 'Note');
    written.note(undefined, reference, 'Note');
    written.note(found, 'text', 'Note');
    written.note({}, { owner: 'me' }, 'Unknown');
    expect(written.hide(found)).toBe(found);
    expect(written.hide('text')).toBe('text');
  });

  it('counts an object of a class as looked up', () => {
    class Row {
      readonly id = '1';
      readonly owner = 'them';
    }
    const found = new Row();
    written.note(found, reference, 'Note');
    expect(written.hide(found)).toBe(found);
  });
});

it('an object in the place of a scalar needs nothing of its own', async () => {
  const api = create('type Note @key(fields: "id") { id: ID! text: String }', {
    Note: { __resolveReference: () => ({ text: 'x' }) },
  });
  const { data } = await find(api, '... on Note { text }', { __typename: 'Note', id: { owner: 'me' } });
  expect(data).toEqual({ _entities: [{ text: 'x' }] });
});

describe('a representation that uses a field which the caller may not read', () => {
  const found = { __resolveReference: (reference: object) => ({ ...reference, id: '1', name: 'Ann' }) };
  const SDL: Readonly<Record<string, readonly [sdl: string, key: object]>> = {
    'a scalar with a rule': [
      'scalar Salary @requiresRoles(roles: [["HR"]]) type Note @key(fields: "id") @key(fields: "salary") { id: ID! salary: Salary name: String }',
      { salary: 5 },
    ],
    'a field with a rule': [
      'type Note @key(fields: "id") @key(fields: "salary") { id: ID! salary: Int @requiresRoles(roles: [["HR"]]) name: String }',
      { salary: 5 },
    ],
    'a field of an object of the key': [
      'type Note @key(fields: "id") @key(fields: "pay { sum }") { id: ID! pay: Pay name: String } type Pay { sum: Int @requiresRoles(roles: [["HR"]]) }',
      { pay: { sum: 5 } },
    ],
    'a field of one of a union': [
      'type Note @key(fields: "id") { id: ID! pay: [Any!] @external name: String @requires(fields: "pay { ... on Pay { sum } }") } union Any = Pay | Gift type Gift { of: Int } type Pay { sum: Int @external @requiresRoles(roles: [["HR"]]) }',
      { id: '1', pay: [{ sum: 5 }] },
    ],
    'an external enum with a rule': [
      'enum Salary @requiresRoles(roles: [["HR"]]) { HIGH } type Note @key(fields: "id") { id: ID! salary: Salary @external name: String @requires(fields: "salary") }',
      { id: '1', salary: 'HIGH' },
    ],
  };

  it.each(Object.entries(SDL))('%s: is not looked up', async (_title, [sdl, key]) => {
    const api = create(sdl, { Note: found });
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Note { name } } }';
    const of = [
      { __typename: 'Note', ...key },
      { __typename: 'Note', id: '1' },
    ];
    const probing = await ask(api, query, { caller: user(), variables: { of } });
    expect(probing.data).toEqual({ _entities: [null, { name: 'Ann' }] });
    expect(probing.errors).toMatchObject([{ code: 'FORBIDDEN', path: '_entities.0' }]);
    const hr = await ask(api, query, { caller: user({ roles: ['HR'] }), variables: { of } });
    expect(hr.data).toEqual({ _entities: [{ name: 'Ann' }, { name: 'Ann' }] });
  });
});
