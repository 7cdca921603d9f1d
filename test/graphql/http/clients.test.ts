import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache, ServerError } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { Client, fetchExchange } from '@urql/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';
import { freePorts } from '../../support/command.js';

const ME = '{ me { objectId } }';
let api: TestApi;
/** A server whose identity provider cannot be reached. */
let keyless: TestApi;
let url: string;
let keylessUrl: string;

beforeAll(async () => {
  api = await startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: '20' });
  keyless = await startApi({ ENTRA_INSTANCE: `http://127.0.0.1:${await freePorts()}` });
  url = `${await api.app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
  keylessUrl = `${await keyless.app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
});
afterAll(() => Promise.all([api.close(), keyless.close()]));

const token = (options = {}) => api.emulator.issueAccessToken('erin', options);

/** Returns what Apollo Client gives to its error link: the status of the answer and the codes, or the kind of the error. */
async function errorSeen(uri: string, accessToken: string | undefined, query: string): Promise<string> {
  let seen = 'no error';
  let status = 0;
  const link = createHttpLink(uri, accessToken, (answered) => {
    status = answered;
  });
  const errors = new ErrorLink(({ error }) => {
    if (ServerError.is(error)) seen = `ServerError ${error.statusCode}`;
    else if (CombinedGraphQLErrors.is(error)) seen = `${status} ${error.errors.map(codeOf)}`;
    else seen = error.name;
  });
  const client = new ApolloClient({ link: errors.concat(link), cache: new InMemoryCache() });
  await client.query({ query: gql(query), fetchPolicy: 'no-cache', errorPolicy: 'all' });
  return seen;
}

function createHttpLink(uri: string, accessToken: string | undefined, tell: (status: number) => void): HttpLink {
  return new HttpLink({
    uri,
    headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
    fetch: async (...words) => {
      const response = await fetch(...words);
      tell(response.status);
      return response;
    },
  });
}

function codeOf({ extensions }: { readonly extensions?: Readonly<Record<string, unknown>> | undefined }): string {
  return String(extensions?.code);
}

describe('Apollo Client 4 gives the codes to its error link', () => {
  it.each<[string, string, () => Promise<string | undefined>, string]>([
    ['a query without a token', '401 UNAUTHENTICATED', async () => undefined, ME],
    ['an expired token', '401 UNAUTHENTICATED', () => token({ expiresInSeconds: -600 }), ME],
    ['a token without permissions', '403 FORBIDDEN', () => token({ claims: { scp: undefined, roles: undefined } }), ME],
    ['a query with a denied field', '200 FORBIDDEN', token, '{ expenseReports(first: 1) { nodes { riskScore } } }'],
    ['a query that asks for too much', '400 LIMIT_EXCEEDED', token, `{ ${'__typename '.repeat(5_000)} }`],
  ])('of %s: %s', async (_what, outcome, accessToken, query) => {
    expect(await errorSeen(url, await accessToken(), query)).toBe(outcome);
  });

  it('while the keys cannot be had: 503 SERVICE_UNAVAILABLE', async () => {
    expect(await errorSeen(keylessUrl, await token(), ME)).toBe('503 SERVICE_UNAVAILABLE');
  });
});

describe('urql by its defaults, which send queries by GET', () => {
  function ask(accessToken: string | undefined, headers: Record<string, string> = {}, query = ME) {
    const methods: (string | undefined)[] = [];
    const client = new Client({
      url,
      exchanges: [fetchExchange],
      fetchOptions: { headers: { ...headers, ...(accessToken && { authorization: `Bearer ${accessToken}` }) } },
      fetch: (address, init) => {
        methods.push(init?.method);
        return fetch(address, init);
      },
    });
    return client
      .query(query, {})
      .toPromise()
      .then(({ data, error }) => ({ methods, data, error }));
  }

  it('needs nothing more with a token', async () => {
    const { methods, data, error } = await ask(await token());
    expect({ methods, error }).toEqual({ methods: ['GET'], error: undefined });
    expect(data.me.objectId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('names the header to send if it is missing', async () => {
    const { error } = await ask(undefined, {}, '{ serverInfo { name } }');
    expect(error?.graphQLErrors[0]?.message).toContain('"apollo-require-preflight: true"');
  });

  it('works without a token with that header', async () => {
    const { data } = await ask(undefined, { 'apollo-require-preflight': 'true' }, '{ serverInfo { name } }');
    expect(data).toMatchObject({ serverInfo: { name: 'entra-graphql' } });
  });

  it('sees the code of a refused token', async () => {
    const { error } = await ask(await token({ expiresInSeconds: -600 }));
    expect(error?.graphQLErrors.map(codeOf)).toEqual(['UNAUTHENTICATED']);
  });
});

describe('after too many bad tokens of an address', () => {
  it('Apollo Client 4 gives the code RATE_LIMITED to its error link', async () => {
    for (let time = 0; time <= 20; time += 1) await errorSeen(url, `no-token-${time}`, ME);
    expect(await errorSeen(url, 'no-token', ME)).toBe('429 RATE_LIMITED');
  });
});
