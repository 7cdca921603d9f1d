import { createSourceEventStream, execute, type GraphQLSchema, parse, subscribe } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import {
  createAuthorization,
  type Denial,
  type Policy,
  type PolicyInput,
} from '../../../src/authorization/authorization.js';
import { ask, authorize, denials, schemaOf, user } from '../harness.js';

type Asked = PolicyInput<unknown>;

const sdl = `
  interface Node { id: ID }
  type Query @authenticated {
    note(id: ID): Note notes: [Note] needed: [Note!] grid: [[Note]] page: Page node(id: ID): Node nodes: [Node] found: [Found]
    guess: Guess
    own: Note @policy(policies: [["field"]])
  }
  type Mutation @authenticated { change(id: ID): Changed changeNote: Note }
  type Subscription @authenticated { changed: Note }
  type Changed { note: Note }
  type Page { edges: [Edge] total: Int }
  type Edge { node: Note cursor: ID }
  type Note implements Node @policy(policies: [["owns"]]) { id: ID owner: ID text: String parent: Note }
  type Task implements Node @policy(policies: [["assigned"]]) { id: ID owner: ID }
  type Open implements Node { id: ID }
  union Found = Note | Task | Open
  union Guess = Note | Open
`;
const note = (id: string, owner = 'me') => ({ __typename: 'Note', id, owner, text: `text ${id}` });
const mine = note('1');
const theirs = note('2', 'them');
const task = { __typename: 'Task', id: '3', owner: 'me' };
const open = { __typename: 'Open', id: '4' };
const named = { __resolveType: ({ __typename }: { __typename: string }) => __typename };
const ofOwner: Policy<unknown> = ({ parent }) => Object(parent).owner === 'me';

function create(Query: Record<string, unknown>, options: { mode?: 'report'; owns?: Policy<unknown> } = {}) {
  const owns = vi.fn(options.owns ?? ofOwner);
  const assigned = vi.fn(ofOwner);
  const told: Denial[] = [];
  const Mutation = { change: () => ({ note: theirs }), changeNote: () => theirs };
  const Subscription = { changed: { subscribe: events } };
  const resolvers = { Query, Mutation, Subscription, Node: named, Found: named };
  const { mode = 'enforce' } = options;
  const policies = { owns, assigned, field: () => true };
  const api = authorize(sdl, resolvers, { policies, mode, onDenied: (denial) => told.push(denial) });
  return { api, owns, assigned, told, ask: (query: string, caller = user()) => ask(api, query, { caller }) };
}

async function* events() {
  yield { changed: mine };
  yield { changed: theirs };
}

/** A store that gives the same objects again and changes them in place. */
function storeOf(owner: string) {
  const owns = vi.fn(ofOwner);
  const store: Record<string, unknown> = { id: '1', owner, text: 'mine', secret: 'mine' };
  store.again = store;
  const typeDefs = `
    type Query { read: Owned @authenticated }
    type Mutation @authenticated { give(to: ID): Owned read: Owned open: Open }
    type Subscription @authenticated { changed: Owned }
    type Open { secret: ID @policy(policies: [["owns"]]) }
    type Owned @policy(policies: [["owns"]]) { id: ID owner: ID text: ID again: Owned }
  `;
  const read = () => store;
  const give = (_: unknown, { to }: { to: string }) => Object.assign(store, { owner: to });
  const changed = {
    async *subscribe() {
      yield { changed: store };
      yield { changed: store };
    },
  };
  const schema = schemaOf(typeDefs, { Mutation: { give, read, open: read }, Subscription: { changed } });
  return { store, owns, schema: createAuthorization({ schema, policies: { owns } }).schema };
}

const parentsOf = (policy: { mock: { calls: Asked[][] } }) => policy.mock.calls.map(([input]) => input?.parent);

describe('a policy on a type judges the objects of that type', () => {
  it.each([
    ['a root field', '{ note(id: 1) { text } }', { note: () => mine }, { note: { text: 'text 1' } }],
    ['a promise', '{ note { text } }', { note: async () => mine }, { note: { text: 'text 1' } }],
    [
      'a list',
      '{ notes { text } }',
      { notes: () => [mine, theirs, null] },
      { notes: [{ text: 'text 1' }, null, null] },
    ],
    ['a set', '{ notes { id } }', { notes: () => new Set([mine, theirs]) }, { notes: [{ id: '1' }, null] }],
    [
      'promises in a list',
      '{ notes { id } }',
      { notes: () => [Promise.resolve(theirs), Promise.resolve(mine)] },
      { notes: [null, { id: '1' }] },
    ],
    [
      'lists in a list',
      '{ grid { id } }',
      { grid: () => [[theirs], [mine, theirs], null] },
      { grid: [[null], [{ id: '1' }, null], null] },
    ],
    ['a list without null', '{ needed { id } }', { needed: () => [mine, theirs] }, { needed: null }],
    [
      'a connection',
      '{ page { total edges { cursor node { text } } } }',
      {
        page: () => ({
          total: 2,
          edges: [
            { cursor: 'a', node: mine },
            { cursor: 'b', node: () => theirs },
          ],
        }),
      },
      {
        page: {
          total: 2,
          edges: [
            { cursor: 'a', node: { text: 'text 1' } },
            { cursor: 'b', node: null },
          ],
        },
      },
    ],
    ['an interface', '{ node(id: 2) { id } }', { node: () => theirs }, { node: null }],
    ['an interface, by its name alone', '{ node(id: 2) { __typename } }', { node: () => theirs }, { node: null }],
    [
      'a union',
      '{ found { __typename } }',
      { found: () => [theirs, open, mine] },
      { found: [null, { __typename: 'Open' }, { __typename: 'Note' }] },
    ],
    [
      'an object in an object',
      '{ note { id parent { id } } }',
      { note: () => ({ ...mine, parent: theirs }) },
      { note: { id: '1', parent: null } },
    ],
  ])('%s', async (_, query, resolvers, data) => {
    const { ask } = create(resolvers);
    expect((await ask(query)).data).toEqual(data);
  });

  it('with the error in the place of the object', async () => {
    const { ask, told } = create({ notes: () => [mine, theirs], node: () => theirs });
    const answer = await ask('{ list: notes { id } node { id } }');
    expect(answer.errors).toEqual(
      [
        { code: 'FORBIDDEN', coordinate: 'Note', path: 'node' },
        { code: 'FORBIDDEN', coordinate: 'Note', path: 'list.1' },
      ].toSorted((a, b) => order(answer.errors, a.path) - order(answer.errors, b.path)),
    );
    expect(told.map(({ path }) => path.join('.')).sort()).toEqual(['list.1', 'node']);
  });

  const order = (errors: readonly { path: string | undefined }[], path: string) =>
    errors.findIndex((error) => error.path === path);

  it('in the payload of a mutation, and in what a mutation returns', async () => {
    const { ask, owns } = create({});
    const answer = await ask('mutation { change(id: 2) { note { text } } changeNote { id } }');
    expect(answer.data).toEqual({ change: { note: null }, changeNote: null });
    // Asked again for the second field, because the first may have changed the object.
    expect(parentsOf(owns)).toEqual([theirs, theirs]);
  });

  it('in each event of a subscription', async () => {
    const { api, owns } = create({});
    const stream = await subscribe({
      schema: api.schema,
      document: parse('subscription { changed { id } }'),
      contextValue: { caller: user() },
    });
    expect(Symbol.asyncIterator in stream).toBe(true);
    const data: unknown[] = [];
    if (Symbol.asyncIterator in stream) for await (const event of stream) data.push(event.data);
    expect(JSON.parse(JSON.stringify(data))).toEqual([{ changed: { id: '1' } }, { changed: null }]);
    expect(parentsOf(owns)).toEqual([mine, theirs]);
  });

  it('is not asked before there is an object', async () => {
    const { api, owns } = create({});
    await createSourceEventStream({
      schema: api.schema,
      document: parse('subscription { changed { id } }'),
      contextValue: { caller: user() },
    });
    expect(owns).not.toHaveBeenCalled();
  });

  it('asks of an anonymous caller to sign in', async () => {
    const api = authorize(
      'type Query { node: Node @public } interface Node { id: ID @deprecated } type Note implements Node @policy(policies: [["owns"]]) { id: ID }',
      { Query: { node: () => mine }, Node: named },
      { policies: { owns: () => true } },
    );
    expect(await ask(api, '{ node { __typename } }')).toMatchObject({
      data: { node: null },
      errors: [{ code: 'UNAUTHENTICATED', path: 'node' }],
    });
  });

  it('in report mode only tells', async () => {
    const { ask, told } = create({ notes: () => [mine, theirs] }, { mode: 'report' });
    expect((await ask('{ notes { id } }')).data).toEqual({ notes: [{ id: '1' }, { id: '2' }] });
    expect(told.map(({ coordinate, path }) => `${coordinate} ${path.join('.')}`)).toEqual(['Note notes.1']);
  });
});

describe('a policy on a type is asked', () => {
  it('with no parent above the object, and with no object of another type', async () => {
    const { ask, owns, assigned } = create({
      nodes: () => [mine, task, open],
      page: () => ({ edges: [{ node: mine }] }),
    });
    await ask('{ nodes { id ... on Note { text } } page { edges { node { id } } } }');
    expect(parentsOf(owns)).toEqual([mine]);
    expect(parentsOf(assigned)).toEqual([task]);
  });

  it('once for each object of an operation, and afresh in the next', async () => {
    const { ask, owns } = create({ note: () => mine, notes: () => [mine, mine], node: () => mine });
    const query = '{ a: note { id text } b: note { id } notes { id } node { id ... on Note { text } } }';
    await ask(query);
    expect(owns).toHaveBeenCalledTimes(1);
    await ask(query);
    expect(owns).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['granted before', 'me', ['mine', null, null]],
    ['denied before', 'them', [null, 'mine', 'mine']],
  ])('again for each root field of a mutation, which may have changed the object: %s', async (_name, first, texts) => {
    const { schema, owns } = storeOf(first);
    const give = `give(to: "${first === 'me' ? 'them' : 'me'}")`;
    const fields = 'owner text again { text }';
    const document = parse(`mutation { a: read { ${fields} } b: ${give} { ${fields} } c: read { ${fields} } }`);
    const { data } = await execute({ schema, document, contextValue: { caller: user() } });
    expect(Object.values(Object(data)).map((found) => Object(found).text ?? null)).toEqual(texts);
    expect(owns).toHaveBeenCalledTimes(3);
  });

  it('for a field of an object again for each root field of a mutation', async () => {
    const { schema } = storeOf('me');
    const document = parse('mutation { a: open { secret } b: give(to: "them") { id } c: open { secret } }');
    const { data } = await execute({ schema, document, contextValue: { caller: user() } });
    expect(data).toMatchObject({ a: { secret: 'mine' }, c: { secret: null } });
  });

  it('again for each event of a subscription, also of the same object', async () => {
    const { schema, store } = storeOf('me');
    const document = parse('subscription { changed { text } }');
    const source = await subscribe({ schema, document, contextValue: { caller: user() } });
    if (!(Symbol.asyncIterator in source)) throw new Error('the subscription was refused');
    const texts: unknown[] = [];
    for await (const { data } of source) {
      texts.push(Object(data?.changed).text);
      store.owner = 'them';
    }
    expect(texts).toEqual(['mine', undefined]);
  });

  it('for the type as which the object is served, also if its type resolver changes its mind', async () => {
    let asked = 0;
    const api = authorize(
      sdl,
      { Query: { guess: () => theirs }, Guess: { __resolveType: () => (asked++ === 0 ? 'Open' : 'Note') } },
      {
        policies: { owns: ofOwner, assigned: ofOwner, field: () => true },
      },
    );
    const answer = await ask(api, '{ guess { ... on Note { text } ... on Open { __typename } } }', { caller: user() });
    expect(answer.data).toEqual({ guess: { __typename: 'Open' } });
  });

  it('for the type that isTypeOf names if there is no type resolver', async () => {
    const is = (name: string) => ({ __isTypeOf: (value: unknown) => Object(value).kind === name });
    const api = authorize(
      sdl,
      { Query: { guess: () => ({ kind: 'Note', owner: 'them' }) }, Note: is('Note'), Open: is('Open') },
      {
        policies: { owns: ofOwner, assigned: ofOwner, field: () => true },
      },
    );
    expect(denials(await ask(api, '{ guess { __typename } }', { caller: user() }))).toEqual(['FORBIDDEN Note']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('broken');
      },
    ],
    ['knows none', () => undefined],
    ['knows one that is not there', () => 'Nothing'],
  ])('never, when the type resolver %s', async (_, resolveType) => {
    const api = authorize(
      sdl,
      { Query: { guess: () => theirs }, Guess: { __resolveType: resolveType } },
      {
        policies: {
          owns: () => {
            throw new Error('asked');
          },
          assigned: ofOwner,
          field: () => true,
        },
      },
    );
    expect(await ask(api, '{ guess { __typename } }', { caller: user() })).toMatchObject({
      data: { guess: null },
      errors: [{ path: 'guess' }],
    });
  });
});

describe('the input of a policy', () => {
  it('names the type that it judges, whose objects have no arguments', async () => {
    const { ask, owns } = create({ note: () => mine });
    const caller = user();
    await ask('{ note(id: 1) { id } }', caller);
    expect(owns).toHaveBeenCalledExactlyOnceWith({
      coordinate: 'Note',
      parent: mine,
      args: {},
      caller,
      context: { caller },
    });
  });

  it('names the field that it judges, and the root type with the root value as its object', async () => {
    const p = vi.fn((_: Asked) => true);
    const api = authorize(
      `type Query @policy(policies: [["p"]]) { a(x: Int): Int b: Int @policy(policies: [["p"]]) i: I } interface I { f: Int }
       type A implements I { f: Int @policy(policies: [["p"]]) }`,
      { Query: { i: () => ({}) }, I: { __resolveType: () => 'A' } },
      { policies: { p } },
    );
    await ask(api, '{ a(x: 1) b i { f } }', { caller: user(), rootValue: { a: 1 } });
    const asked = p.mock.calls.map(([{ coordinate, args }]) => `${coordinate} ${JSON.stringify(args)}`);
    expect([...new Set(asked)].sort()).toEqual(['A.f {}', 'Query {}', 'Query.b {}']);
    expect(asked.filter((one) => one.startsWith('Query '))).toHaveLength(1);
  });

  it('denies all of a root type whose policy denies', async () => {
    const api = authorize(
      'type Query @policy(policies: [["p"]]) { a: Int b: Int }',
      {},
      { policies: { p: () => false } },
    );
    expect(denials(await ask(api, '{ a b }', { caller: user(), rootValue: { a: 1 } }))).toEqual([
      'FORBIDDEN Query',
      'FORBIDDEN Query',
    ]);
  });
});

describe('a step-up and a policy on the type', () => {
  const stepUp = `
    type Query @authenticated { note: Note notes: [Note] any: Any }
    type Mutation @authenticated { change: Note }
    type Note @requiresAuthContext(id: "c1") @policy(policies: [["owns"]]) { id: ID owner: ID }
    union Any = Note
  `;
  const run = (Query: Record<string, unknown>, query: string, options: { mode?: 'report' } = {}) => {
    const resolvers = { Query, Mutation: { change: () => mine }, Any: { __resolveType: () => 'Note' } };
    return ask(authorize(stepUp, resolvers, { policies: { owns: ofOwner }, ...options }), query, { caller: user() });
  };

  it('FORBIDDEN where the policy denies the object anyway', async () => {
    expect(denials(await run({ note: () => theirs }, '{ note { id } }'))).toEqual(['FORBIDDEN Note']);
    expect(denials(await run({ notes: () => [theirs, theirs] }, '{ notes { id } }'))).toEqual(['FORBIDDEN Note']);
    expect(denials(await run({ any: () => theirs }, '{ any { __typename } }'))).toEqual(['FORBIDDEN Note']);
  });

  it.each([
    ['grants', () => mine],
    ['has no object to judge', () => null],
    [
      'has no object because the resolver fails',
      () => {
        throw new Error('broken');
      },
    ],
  ])('step-up where the policy %s', async (_, note) => {
    expect(denials(await run({ note }, '{ note { id } }'))).toEqual(['INSUFFICIENT_CLAIMS Query.note']);
  });

  it('step-up where the policy grants one of several objects', async () => {
    expect(denials(await run({ notes: () => [theirs, mine] }, '{ notes { id } }'))).toEqual([
      'INSUFFICIENT_CLAIMS Query.notes',
    ]);
  });

  it('refuses a mutation beforehand: it does not run to find out', async () => {
    expect(await run({}, 'mutation { change { id } }')).toMatchObject({
      kind: 'refused',
      status: 403,
      errors: [{ code: 'INSUFFICIENT_CLAIMS', coordinate: 'Mutation.change' }, { coordinate: 'Note.id' }],
    });
  });

  it('runs once in report mode', async () => {
    const note = vi.fn(() => mine);
    expect((await run({ note }, '{ note { id } }', { mode: 'report' })).data).toEqual({ note: { id: '1' } });
    expect(note).toHaveBeenCalledTimes(1);
  });
});

describe('what is given to policies of types', () => {
  it('must be a list where the schema has one', async () => {
    const { ask, owns } = create({ notes: () => 'text' });
    expect(await ask('{ notes { id } }')).toMatchObject({ data: { notes: null }, errors: [{ path: 'notes' }] });
    const { ask: askAgain } = create({ notes: () => events() });
    expect(await askAgain('{ notes { id } }')).toMatchObject({ data: { notes: null } });
    expect(owns).not.toHaveBeenCalled();
  });

  it('is what the resolver found: its errors stay as they are', async () => {
    const failing = {
      note: () => new Error('as a value'),
      notes: () => [mine, Promise.reject('no error'), Promise.reject(new Error('lost'))],
    };
    const { ask } = create(failing);
    const answer = await ask('{ note { id } notes { id } }');
    expect(answer.data).toEqual({ note: null, notes: [{ id: '1' }, null, null] });
    for (const text of ['as a value', 'Unexpected error value: no error', 'lost']) expect(answer.text).toContain(text);
  });

  it.each([null, 7])('is not served under the context %s, which has no caller', async (contextValue) => {
    const api = authorize(
      'type Query { i: I @public } interface I { id: ID } type A implements I @policy(policies: [["p"]]) { id: ID }',
      { Query: { i: () => mine }, I: { __resolveType: () => 'A' } },
      { policies: { p: () => true } },
    );
    const schema: GraphQLSchema = api.schema;
    const result = await execute({ schema, document: parse('{ i { __typename } }'), contextValue });
    expect(result.errors?.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The context has no "caller"/),
    ]);
  });
});
