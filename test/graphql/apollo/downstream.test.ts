import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthentication, silentLogger } from '../../../src/authentication/exports.js';
import { type AuthorizationContext, createAuthorization } from '../../../src/authorization/authorization.js';
import { type CallerDownstream, createDownstream, graphScope } from '../../../src/downstream/exports.js';
import type { Emulator } from '../../../src/emulator/emulator.js';
import { directiveTypeDefs, protectApolloServer } from '../../../src/graphql/exports.js';
import { API, OPTIONS, startTestEmulator, TENANT } from '../../emulator/emulator-fixture.js';

const SECRET = 'not a secret: api';
let emulator: Emulator;
let url: string;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const consents = ['https://graph.microsoft.com/User.Read'];
  const api = { kind: 'confidential', clientId: API, name: 'API', secret: SECRET, consents } as const;
  emulator = await startTestEmulator({ clients: [...OPTIONS.clients, api] });
  const { instance } = emulator;
  const downstream = createDownstream({ clientId: API, instance, credential: { kind: 'secret', secret: SECRET } });
  const authentication = createAuthentication({ tenantId: TENANT, clientId: API, instance, logger: silentLogger });
  const authorization = createAuthorization<AuthorizationContext & { readonly downstream?: CallerDownstream }>({
    schema: makeExecutableSchema({
      typeDefs: [
        directiveTypeDefs,
        'type Query { name: String @requiresScopes(scopes: [["Files.Read"]]) ok: Boolean @public }',
      ],
      resolvers: {
        Query: {
          ok: () => true,
          async name(_parent: unknown, _args: unknown, context: { downstream: CallerDownstream }) {
            const token = await context.downstream.accessToken({ scopes: [graphScope(instance, 'User.Read')] });
            const headers = { authorization: `Bearer ${token}` };
            return (await context.downstream.send(`${instance}/v1.0/me`, { method: 'GET', headers })).body.displayName;
          },
        },
      },
    }),
    policies: {},
  });
  const { plugins, validationRules, context } = protectApolloServer({ authentication, authorization, downstream });
  const server = new ApolloServer({ schema: authorization.schema, plugins, validationRules });
  ({ url } = await startStandaloneServer(server, { context, listen: { port: 0, host: '127.0.0.1' } }));
  stops.push(
    () => server.stop(),
    async () => downstream.close(),
    async () => authentication.close(),
    () => emulator.close(),
  );
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever JSON the server answers
async function ask(query: string, authorization?: string): Promise<any> {
  const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
}

it('an Apollo Server that is there already calls another API for the user', async () => {
  expect(await ask('{ ok name }', `Bearer ${await emulator.issueAccessToken('reader')}`)).toEqual({
    data: { ok: true, name: 'The reader' },
  });
});

it('without consent the field has the error, and the rest is there', async () => {
  emulator.setConsents(API, []);
  const { data, errors } = await ask('{ ok name }', `Bearer ${await emulator.issueAccessToken('writer')}`);
  expect(data).toEqual({ ok: true, name: null });
  expect(errors[0].extensions).toMatchObject({
    code: 'CONSENT_REQUIRED',
    scopes: ['https://graph.microsoft.com/User.Read'],
  });
});
