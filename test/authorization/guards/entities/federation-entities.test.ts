import type { IResolvers } from '@graphql-tools/utils';
import { GraphQLScalarType } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import {
  type AuthorizationContext,
  type AuthorizationOptions,
  createAuthorization,
} from '../../../../src/authorization/authorization.js';
import { ask, authorize, denials, schemaOf, user } from '../../harness.js';

/** As Apollo Federation's subgraph library writes it into the schema, without directives. */
const sdl = `
  directive @key(fields: String!) on OBJECT
  scalar _Any
  type _Service { sdl: String }
  union _Entity = Employee | Account | Note
  type Query { q: Int @public _entities(representations: [_Any!]!): [_Entity]! _service: _Service! }
  interface Node { id: ID }
  type Employee implements Node { id: ID name: String }
  type Account implements Node @requiresRoles(roles: [["finance"]]) { id: ID iban: String }
  type Note @key(fields: "id") @policy(policies: [["owns"]]) { id: ID text: String }
`;
type Options = Omit<AuthorizationOptions<AuthorizationContext>, 'schema'>;
/** The type with a policy has a reference resolver; the resolvers of `_entities` below find objects themselves. */
const authorizeEntities = (resolvers: IResolvers, options: Options) => {
  const bare = schemaOf(sdl, resolvers);
  Object.assign(Object(bare.getType('Note')), { resolveReference: (reference: unknown) => reference });
  return { ...createAuthorization({ schema: bare, ...options }), bare };
};
const create = (found?: (item: { __typename: string }) => unknown, options: Options = {}) => {
  const load = vi.fn(found ?? ((item: { __typename: string }) => ({ ...item, name: 'Ann', iban: 'DE00', text: 't' })));
  const api = authorizeEntities(
    {
      _Any: new GraphQLScalarType({ name: '_Any' }),
      _Entity: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
      Query: {
        _entities: (_: unknown, { representations }: { representations: { __typename: string }[] }) =>
          representations.map((item) => load(item)),
        _service: () => ({ sdl: 'type Query' }),
      },
    },
    { policies: { owns: ({ parent }) => Object(parent).id === '1' }, ...options },
  );
  return { api, load };
};
const query = `query ($of: [_Any!]!) { _entities(representations: $of) {
  __typename ... on Employee { name } ... on Account { iban } ... on Note { text } } }`;
const of = (...items: unknown[]) => ({ of: items });
const employee = { __typename: 'Employee', id: '1' };
const account = { __typename: 'Account', id: '2' };

describe('_entities', () => {
  it('needs a verified caller', async () => {
    expect(await ask(create().api, query, { variables: of(employee) })).toMatchObject({ status: 401 });
  });

  it('gives what is granted', async () => {
    const answer = await ask(create().api, query, { caller: user(), variables: of(employee) });
    expect(answer.data).toEqual({ _entities: [{ __typename: 'Employee', name: 'Ann' }] });
  });

  it('denies each object of a protected type, in its place, and does not look it up', async () => {
    const { api, load } = create();
    const variables = of(account, employee, account, employee);
    const answer = await ask(api, query, { caller: user(), variables });
    const ann = { __typename: 'Employee', name: 'Ann' };
    expect(answer.data).toEqual({ _entities: [null, ann, null, ann] });
    expect(answer.errors.map(({ coordinate, path }) => `${path} ${coordinate}`).sort()).toEqual([
      '_entities.0 Account',
      '_entities.2 Account',
    ]);
    expect(load.mock.calls).toEqual([[employee], [employee]]);
  });

  it('does not tell that an object of a protected type exists', async () => {
    const { api, load } = create();
    const oracle = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
    const answer = await ask(api, oracle, { caller: user(), variables: of(account) });
    expect(answer.data).toEqual({ _entities: [null] });
    expect(load).not.toHaveBeenCalled();
  });

  it('gives objects of a protected type to whom they are granted', async () => {
    const caller = user({ roles: ['finance'] });
    const answer = await ask(create().api, query, { caller, variables: of(account) });
    expect(answer.data).toEqual({ _entities: [{ __typename: 'Account', iban: 'DE00' }] });
  });

  it('asks a type’s policy with the object that is found', async () => {
    const found = { 1: { id: '1', text: 't' }, 2: { id: '2', text: 'u' } };
    const owns = vi.fn(({ parent }) => parent.id === '1');
    const { api } = create(
      (item) => found[Object(item).id as 1 | 2] && { ...found[Object(item).id as 1 | 2], __typename: 'Note' },
      {
        policies: { owns },
      },
    );
    const notes = of({ __typename: 'Note', id: '1', text: 'x' }, { __typename: 'Note', id: '2' });
    const answer = await ask(api, query, { caller: user(), variables: notes });
    expect(answer.data).toEqual({ _entities: [{ __typename: 'Note', text: 't' }, null] });
    expect(owns.mock.calls.map(([{ parent }]) => parent.text)).toEqual(['t', 'u']);
  });

  it('asks for an interface what all its implementers need', async () => {
    const { api, load } = create();
    await ask(api, query, { caller: user(), variables: of({ __typename: 'Node', id: '1' }) });
    expect(load).not.toHaveBeenCalled();
  });

  it.each([{ __typename: 'Nothing' }, { __typename: 'toString' }, {}, { __typename: 7 }, 'text', 7])(
    'leaves the representation %j to the subgraph library',
    async (item) => {
      const { api, load } = create(() => null);
      await ask(api, query, { caller: user(), variables: of(item) });
      expect(load).toHaveBeenCalledExactlyOnceWith(item);
    },
  );

  it('leaves what was found as it is when nothing is denied, whatever kind of list it is', async () => {
    const resolvers = {
      _Entity: { __resolveType: () => 'Employee' },
      Query: { _entities: () => new Set([{ name: 'Ann' }]) },
    };
    const api = authorizeEntities(resolvers, { policies: { owns: () => true } });
    const answer = await ask(api, query, { caller: user(), variables: of(employee) });
    expect(answer.data).toEqual({ _entities: [{ __typename: 'Employee', name: 'Ann' }] });
  });

  it('keeps denials in their places when the resolver gives no list', async () => {
    const broken = authorizeEntities({ Query: { _entities: () => null } }, { policies: { owns: () => true } });
    const answer = await ask(broken, query, { caller: user(), variables: of(account, employee) });
    expect(answer.data).toEqual({ _entities: [null, null] });
    expect(denials(answer)).toEqual(['FORBIDDEN Account']);
  });

  it('gives nothing where nothing is asked for', async () => {
    const bare = authorize('union _Entity = A type A { x: Int } type Query { _entities: [_Entity]! }', {
      Query: { _entities: () => [{ x: 1 }] },
    });
    expect((await ask(bare, '{ _entities { __typename } }', { caller: user() })).data).toEqual({ _entities: [] });
  });

  it('in report mode gives everything, and tells what would have been denied', async () => {
    const told: string[] = [];
    const { api } = create(undefined, {
      mode: 'report',
      onDenied: ({ coordinate, path }) => told.push(`${path.join('.')} ${coordinate}`),
    });
    const answer = await ask(api, query, { caller: user(), variables: of(account) });
    expect(answer.data).toEqual({ _entities: [{ __typename: 'Account', iban: 'DE00' }] });
    expect(told).toContain('_entities.0 Account');
  });
});

describe('_service', () => {
  it('is not given to anonymous callers', async () => {
    expect(await ask(create().api, '{ _service { sdl } }')).toMatchObject({ status: 401 });
  });

  it('is given to a verified caller', async () => {
    const answer = await ask(create().api, '{ _service { sdl } }', { caller: user() });
    expect(answer.data).toEqual({ _service: { sdl: 'type Query' } });
  });
});

describe('fields that only look like Federation’s', () => {
  it.each([
    '_entities: Int',
    '_service: Int',
    '_entities: [_Entity]',
    '_other: Int',
    '_other: _Service!',
    '_other: [_Entity]!',
  ])('need a rule: %s', (field) => {
    expect(() =>
      authorize(
        `type _Service { sdl: String } union _Entity = A type A { x: Int } type Query { q: Int @public ${field} }`,
      ),
    ).toThrow();
  });

  it('need a rule on another root type', () => {
    const mutation = 'type Mutation { _service: _Service! } type _Service { sdl: String }';
    expect(() => authorize(`type Query { q: Int @public } ${mutation}`)).toThrow();
  });
});

it('denials of _entities say what was asked for', async () => {
  const answer = await ask(create().api, query, { caller: user(), variables: of(account) });
  expect(denials(answer)).toEqual(['FORBIDDEN Account']);
});
