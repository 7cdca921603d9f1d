import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthorizationContext, createAuthorization } from '../../../src/authorization/authorization.js';
import { directiveTypeDefs, protectApolloServer } from '../../../src/graphql/apollo/protect-apollo-server.js';
import { schemaOf, user } from '../../authorization/harness.js';

const bare = schemaOf(
  'type Query @authenticated { open: Int secret: Int @requiresScopes(scopes: [["s"]]) } type Mutation @authenticated { write: Int secret: Int @requiresScopes(scopes: [["s"]]) }',
  { Query: { open: () => 1, secret: () => 2 }, Mutation: { write: () => 3, secret: () => 4 } },
);
const authorization = createAuthorization({ schema: bare });
const authenticate = async () => undefined;
const { plugins } = protectApolloServer({ authentication: { authenticate }, authorization });

it('an Apollo Server with the schema that has no guards does not start', async () => {
  await expect(new ApolloServer<AuthorizationContext>({ schema: bare, plugins }).start()).rejects.toThrow(TypeError);
});

it('an Apollo Server runs its other plugins for each request and field, for a known query too', async () => {
  const seen: string[] = [];
  const other: ApolloServerPlugin<AuthorizationContext> = {
    requestDidStart: async () => ({
      executionDidStart: async () => ({ willResolveField: ({ info }) => void seen.push(info.fieldName) }),
    }),
  };
  const server = new ApolloServer({ schema: authorization.schema, plugins: [...plugins, other] });
  for (const _request of [1, 2, 3]) {
    await server.executeOperation({ query: '{ open }' }, { contextValue: { caller: user() } });
  }
  await server.stop();
  expect(seen).toEqual(['open', 'open', 'open']);
});

describe('an Apollo Server that takes batches', () => {
  const server = new ApolloServer<AuthorizationContext>({
    schema: authorization.schema,
    plugins,
    allowBatchedHttpRequests: true,
  });
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  async function post(body: unknown) {
    const answer = await server.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap([['content-type', 'application/json']]),
        body,
        search: '',
      },
      context: async () => ({ caller: user() }),
    });
    const text = answer.body.kind === 'complete' ? answer.body.string : '';
    return { status: answer.status, challenge: answer.headers.get('www-authenticate'), body: JSON.parse(text) };
  }

  it('refuses a single operation with a status and a challenge', async () => {
    expect(await post({ query: '{ secret }' })).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('scope="s"'),
      body: { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
    });
  });

  it('a refused operation of a batch does not change the status of the others, nor does it run', async () => {
    const { status, challenge, body } = await post([
      { query: '{ open }' },
      { query: '{ secret }' },
      { query: 'mutation { write secret }' },
    ]);
    expect([status, challenge]).toEqual([undefined, undefined]);
    expect(body).toMatchObject([
      { data: { open: 1 } },
      { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
      { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
    ]);
    for (const refused of body.slice(1)) expect(refused).not.toHaveProperty('data');
  });
});

describe('an Apollo Server is protected from operations that ask for too much', () => {
  const schema = schemaOf(
    'type Query { list(first: Int): [Item] @public closed: Int @requiresScopes(scopes: [["s"]]) } type Item @public { x: Int self: Item } type Mutation @public { write: Int }',
    { Query: { list: () => [{ x: 1 }] }, Mutation: { write: () => 1 } },
  );
  const guarded = createAuthorization({ schema });

  function serverOf(limits: { operationCost?: number }, options: { withRules: boolean }) {
    const protection = protectApolloServer({ authentication: { authenticate }, authorization: guarded, limits });
    return new ApolloServer<AuthorizationContext>({
      schema: guarded.schema,
      plugins: protection.plugins,
      ...(options.withRules && { validationRules: protection.validationRules }),
    });
  }

  async function ask(server: ApolloServer<AuthorizationContext>, query: string, variables = {}) {
    const contextValue = { caller: undefined };
    const { body, http } = await server.executeOperation({ query, variables }, { contextValue });
    if (body.kind !== 'single') throw new Error('one answer was expected');
    const [error] = body.singleResult.errors ?? [];
    return [http.status, error?.extensions?.code, Object(error?.extensions?.limit).name];
  }

  const many = (count: number, text: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => text(at)).join(' ');

  it.each([true, false])('with its validation rules: %s', async (withRules) => {
    const server = serverOf({}, { withRules });
    const query = 'query ($n: Int) { list(first: $n) { x } }';
    expect(await ask(server, query, { n: 10 })).toEqual([undefined, undefined, undefined]);
    expect(await ask(server, query, { n: 100_000 })).toEqual([400, 'LIMIT_EXCEEDED', 'operationCost']);
    expect(await ask(server, `{ list { ${'self { '.repeat(12)} x ${'} '.repeat(12)} } }`)).toEqual([
      400,
      'LIMIT_EXCEEDED',
      'operationDepth',
    ]);
    expect(await ask(server, `mutation { ${many(21, (at) => `a${at}: write`)} }`)).toEqual([
      400,
      'LIMIT_EXCEEDED',
      'mutationFields',
    ]);
  });

  it('by the bounds that it is given', async () => {
    const query = '{ list(first: 100) { x } }';
    expect(await ask(serverOf({}, { withRules: true }), query)).toEqual([undefined, undefined, undefined]);
    expect(await ask(serverOf({ operationCost: 50 }, { withRules: true }), query)).toEqual([
      400,
      'LIMIT_EXCEEDED',
      'operationCost',
    ]);
  });

  it('and says that a field is closed before it says what it costs', async () => {
    const server = serverOf({ operationCost: 1 }, { withRules: true });
    expect(await ask(server, '{ closed }')).toEqual([401, 'UNAUTHENTICATED', undefined]);
  });

  it('and does not start with a weight that makes no sense', () => {
    const wrong = schemaOf('type Query @public { f: Int @cost(weight: "-1") }', {});
    const authorization = createAuthorization({ schema: wrong });
    expect(() => protectApolloServer({ authentication: { authenticate }, authorization })).toThrow('Query.f: @cost');
  });

  it('and its directives are in directiveTypeDefs', () => {
    expect(directiveTypeDefs).toMatch(/directive @cost\(\s*weight: String!\s*\)/);
    expect(directiveTypeDefs).toContain('directive @listSize(');
  });
});
