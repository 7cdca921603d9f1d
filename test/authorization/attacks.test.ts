import { execute, parse } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { limitDenials } from '../../src/authorization/decisions/limit-denials.js';
import { application, ask, authorize, denials, user } from './harness.js';

/** The attacks that concern this room, by their numbers. Those with a file of their own are named there. */

const sdl = `
  type Query {
    open: Int @public
    secret: Secret @requiresRoles(roles: [["admin"]])
    me: Person @authenticated
    node(id: ID): Node @authenticated
    things: [Thing] @authenticated
    people(filter: PersonFilter, orderBy: PersonOrder): [Person] @authenticated
  }
  type Mutation @authenticated { first: Int second: Person @requiresRoles(roles: [["admin"]]) }
  interface Entity { id: ID }
  interface Node implements Entity { id: ID }
  interface Named { name: String }
  type Person implements Entity & Node & Named {
    id: ID name: String account: Account manager: Person reports: [Person]
    salary: Int @requiresRoles(roles: [["admin"]])
  }
  type Account implements Entity & Node @requiresRoles(roles: [["admin"]]) { id: ID iban: String }
  type Team implements Named { name: String members: [Person] }
  type Secret @requiresRoles(roles: [["admin"]]) { value: String }
  union Thing = Person | Account
  input PersonFilter { name: String salaryAbove: Int @requiresRoles(roles: [["admin"]]) }
  input PersonOrder { name: Boolean salary: Boolean @requiresRoles(roles: [["admin"]]) }
`;
const CANARY = 'TOP-SECRET';
const account = { __typename: 'Account', id: '9', iban: CANARY };
const person: Record<string, unknown> = { __typename: 'Person', id: '1', name: 'Ann', account, salary: 99 };
person.manager = { __typename: 'Person', id: '2', name: 'Bob', reports: [person] };
const typeName = { __resolveType: ({ __typename }: { __typename: string }) => __typename };
const resolvers = (Query = {}, Mutation = {}) => ({
  Query: {
    open: () => 1,
    secret: () => ({ value: CANARY }),
    me: () => person,
    node: (_: unknown, { id }: { id?: string }) => (id === '1' ? person : account),
    things: () => [person, account],
    people: () => [person],
    ...Query,
  },
  Mutation,
  Entity: typeName,
  Node: typeName,
  Named: typeName,
  Thing: typeName,
});
const api = authorize(sdl, resolvers());
const caller = user();
const attack = async (query: string, request: Parameters<typeof ask>[2] = { caller }) => {
  const answer = await ask(api, query, request);
  expect(answer.text).not.toContain(CANARY);
  return answer;
};

describe('attacks by the shape of the query', () => {
  it('an alias hides nothing', async () => {
    expect((await attack('{ open: secret { value } }')).status).toBe(403);
  });

  it('a thousand aliases: a refusal tells twenty', async () => {
    const aliases = Array.from({ length: 1000 }, (_, index) => `a${index}: secret { value }`).join(' ');
    expect((await attack(`{ ${aliases} }`)).errors).toHaveLength(20);
  });

  it('a thousand aliases beside a granted field: the errors can be limited', async () => {
    const aliases = Array.from({ length: 1000 }, (_, index) => `a${index}: secret { value }`).join(' ');
    const { schema } = api;
    const result = await execute({ schema, document: parse(`{ open ${aliases} }`), contextValue: { caller } });
    expect(limitDenials(result.errors ?? [])).toHaveLength(20);
  });

  it.each([
    '{ open ... { secret { value } } }',
    '{ open ... on Query { secret { value } } }',
    '{ open ...F } fragment F on Query { secret { ...S } } fragment S on Secret { value }',
    '{ open ...F } fragment F on Query { ...G } fragment G on Query { x: secret { value } }',
  ])('fragments hide nothing: %s', async (query) => {
    expect(denials(await attack(query))).toEqual(['FORBIDDEN Query.secret']);
  });

  it('fragments that spread each other many times are walked once', () => {
    const fragments = Array.from(
      { length: 200 },
      (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`,
    );
    const document = parse(`{ open ...F0 } ${fragments.join(' ')} fragment F200 on Query { secret { value } }`);
    // Walked as often as they are spread, they would take 2 ** 200 steps.
    expect(api.check({ document, caller })).toEqual({ kind: 'guarded', deniedFields: expect.any(Map) });
  });

  it('a long chain of fragments does not exhaust the stack', () => {
    const fragments = Array.from({ length: 20_000 }, (_, index) => `fragment F${index} on Query { ...F${index + 1} }`);
    const document = parse(
      `mutation { first } query Q { ...F0 } ${fragments.join(' ')} fragment F20000 on Query { secret { value } }`,
    );
    expect(api.check({ document, operationName: 'Q', caller })).toMatchObject({ kind: 'refused' });
  });

  it('a fragment that contains itself, which validation refuses, ends', () => {
    const document = parse('{ open ...F } fragment F on Query { ...F secret { value } }');
    expect(api.check({ document, caller })).toEqual({ kind: 'guarded', deniedFields: expect.any(Map) });
  });

  it('selections as deep as the parser takes them', () => {
    const query = `{ me { ${'manager { '.repeat(1000)} name ${'} '.repeat(1000)} } }`;
    expect(api.check({ document: parse(query), caller })).toEqual({ kind: 'unguarded' });
  });

  it('a field that is merged from several selections', async () => {
    const answer = await attack('{ me { name } me { account { id } } ... on Query { me { account { iban } } } }');
    expect(answer.data).toEqual({ me: { name: 'Ann', account: null } });
    expect(answer.errors).toHaveLength(1);
  });

  it('a field that is merged from a selection on its type and one on an interface', async () => {
    const answer = await attack('{ node(id: 1) { ... on Person { id } id } }');
    expect(answer.data).toEqual({ node: { id: null } });
    expect(denials(answer)).toEqual(['FORBIDDEN Node.id']);
  });

  it('the operation that runs is the one that was analysed', async () => {
    const document = 'query A { open } query B { secret { value } }';
    expect((await attack(document, { caller, operationName: 'B' })).status).toBe(403);
  });

  it('a schema that is executed without a check guards by the operation that it runs', async () => {
    const document = parse('query A { me { name } } query B { node { id } }');
    api.check({ document, operationName: 'A', caller });
    const result = await execute({ schema: api.schema, document, operationName: 'B', contextValue: { caller } });
    expect(result).toMatchObject({ data: { node: { id: null } } });
  });

  it('an operation that comes back with other fragments is analysed anew', async () => {
    const [operation, fragment] = parse('query { node(id: 1) { ...F } } fragment F on Person { id }').definitions;
    const [, onInterface] = parse('query { node(id: 1) { ...F } } fragment F on Node { id }').definitions;
    if (!operation || !fragment || !onInterface) throw new Error('The test’s documents are too short.');
    const run = (...definitions: (typeof operation)[]) => {
      const document = { kind: parse('{ x }').kind, definitions };
      expect(api.check({ document, caller }).kind).toBe(definitions.includes(onInterface) ? 'guarded' : 'unguarded');
      return execute({ schema: api.schema, document, contextValue: { caller } });
    };
    expect(await run(operation, fragment)).toMatchObject({ data: { node: { id: '1' } } });
    expect(await run(operation, onInterface)).toMatchObject({ data: { node: { id: null } } });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('the alias %s hides nothing', async (alias) => {
    const answer = await attack(`{ open ${alias}: secret { ${alias}: value } }`);
    expect(answer.errors).toEqual([{ code: 'FORBIDDEN', coordinate: 'Query.secret', path: alias }]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])('the fragment and operation %s hide nothing', async (name) => {
    const query = `query ${name} { open ...${name} } fragment ${name} on Query { secret { value } }`;
    expect(denials(await attack(query, { caller, operationName: name }))).toEqual(['FORBIDDEN Query.secret']);
  });

  it('a condition on a variable named like a member of Object is read', async () => {
    const query = 'query ($constructor: Boolean!) { open secret @include(if: $constructor) { value } }';
    expect((await attack(query, { caller, variables: { constructor: true } })).errors).toHaveLength(1);
  });

  it('a protected field is denied also where relations lead back to it', async () => {
    const answer = await attack('{ me { manager { reports { name account { iban } } } } }');
    expect(answer.data).toEqual({ me: { manager: { reports: [{ name: 'Ann', account: null }] } } });
  });
});

describe('attacks by way of abstract types', () => {
  it.each([
    ['an interface', '{ open node { id } }'],
    ['a chain of interfaces', '{ open node { ... on Entity { id } } }'],
    ['a union', '{ open things { ... on Account { iban } } }'],
    ['an interface in a union', '{ open things { ... on Node { id } } }'],
    ['an object with two interfaces', '{ open node { ... on Named { name } ... on Node { id } } }'],
    ['an interface in an interface', '{ open node { ... on Node { ... on Entity { id } } } }'],
    ['a node of a protected type', '{ open node(id: 9) { ... on Account { iban } } }'],
  ])('%s', async (_what, query) => {
    const answer = await attack(query);
    expect(answer.errors.length).toBeGreaterThan(0);
    expect(answer.errors.every(({ code }) => code === 'FORBIDDEN')).toBe(true);
  });

  it('an interface whose implementers are all granted is not held back by the other one', async () => {
    expect((await attack('{ me { ... on Named { name } } }')).data).toEqual({ me: { name: 'Ann' } });
  });

  it('an object that turns out to be of another type than the selection expects', async () => {
    const lying = authorize(sdl, { ...resolvers(), Node: { __resolveType: () => 'Account' } });
    const answer = await ask(lying, '{ open node { __typename ... on Account { iban } ... on Person { name } } }', {
      caller,
    });
    expect(answer.data).toEqual({ open: 1, node: { __typename: 'Account', iban: null } });
  });
});

describe('attacks on what runs', () => {
  it('existence and count of what is denied', async () => {
    const secret = vi.fn();
    const answer = await ask(authorize(sdl, resolvers({ secret })), '{ open secret { __typename } }', { caller });
    expect(answer.data).toEqual({ open: 1, secret: null });
    expect(secret).not.toHaveBeenCalled();
  });

  it.each(['{ people(filter: {salaryAbove: 1}) { name } }', '{ people(orderBy: {salary: true}) { name } }'])(
    'filtering and sorting by a denied field: %s',
    async (query) => {
      expect((await attack(query)).status).toBe(403);
    },
  );

  it('a resolver’s message about a denied object', async () => {
    const failing = authorize(sdl, resolvers({ secret: () => Promise.reject(new Error(CANARY)) }));
    const answer = await ask(failing, '{ open secret { value } }', { caller });
    expect(answer.text).not.toContain(CANARY);
  });

  it('the resolver of a denied field is not called', async () => {
    const spy = vi.fn();
    const calling = authorize(sdl, { ...resolvers(), Person: { salary: spy, account: spy } });
    await ask(calling, '{ me { salary account { id } } }', { caller });
    expect(spy).not.toHaveBeenCalled();
  });

  it('the first mutation does not run while the second is denied', async () => {
    const first = vi.fn(() => 1);
    const calling = authorize(sdl, resolvers({}, { first }));
    const answer = await ask(calling, 'mutation { first second { name } }', { caller });
    expect(answer.status).toBe(403);
    expect(first).not.toHaveBeenCalled();
  });

  it('nothing runs of an operation that is refused', async () => {
    const spy = vi.fn(() => person);
    const calling = authorize(sdl, resolvers({ secret: spy, me: spy, people: spy }, { first: spy, second: spy }));
    for (const query of [
      '{ secret { value } }',
      '{ me { name } people(filter: {salaryAbove: 1}) { name } }',
      'mutation { first second { name } }',
      'mutation { second { salary } }',
    ]) {
      expect(await ask(calling, query, { caller })).toMatchObject({ kind: 'refused' });
    }
    expect(spy).not.toHaveBeenCalled();
  });

  it('a document is decided for who runs it, not for who ran it first', () => {
    const document = parse('{ secret { value } }');
    expect(api.check({ document, caller: user({ roles: ['admin'] }) }).kind).toBe('unguarded');
    expect(api.check({ document, caller }).kind).toBe('refused');
    expect(api.check({ document, caller: undefined })).toMatchObject({ kind: 'refused', status: 401 });
  });

  it('an application where users may, and the reverse', async () => {
    const kinds = authorize(
      `type Query { forUsers: Int @requiresScopes(scopes: [["x"]]) forBoth: Int @requiresScopes(scopes: [["s"]])
        @allowsApps(permissions: [["x"]]) }`,
      { Query: { forUsers: () => 1, forBoth: () => 2 } },
    );
    const query = '{ forUsers forBoth }';
    expect((await ask(kinds, query, { caller: application('x') })).data).toEqual({ forUsers: null, forBoth: 2 });
    expect((await ask(kinds, query, { caller: user({ scopes: ['x'] }) })).data).toEqual({ forUsers: 1, forBoth: null });
  });

  it('serves a caller of null as anonymous', async () => {
    const contextValue = { caller: null };
    const result = await execute({ schema: api.schema, document: parse('{ open me { name } }'), contextValue });
    expect(result).toMatchObject({
      data: { open: 1, me: null },
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it('serves what is public alone under a context without caller, or no context, and says what is missing', async () => {
    for (const contextValue of [undefined, null, {}]) {
      const result = await execute({ schema: api.schema, document: parse('{ open me { name } }'), contextValue });
      expect(result).toMatchObject({
        data: { open: 1, me: null },
        errors: [{ message: expect.stringMatching(/^The context has no "caller"/) }],
      });
    }
  });
});
