import { ApolloServer, HeaderMap } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthorizationContext, createAuthorization } from '../../../src/authorization/authorization.js';
import { protectApolloServer } from '../../../src/graphql/apollo/protect-apollo-server.js';
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

  it('A49: a refused operation of a batch does not change the status of the others, nor does it run', async () => {
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
