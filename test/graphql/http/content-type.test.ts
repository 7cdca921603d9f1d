import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';

const GRAPHQL = 'application/graphql-response+json';
const JSON_ONLY = 'application/json';
let api: TestApi;
beforeAll(async () => {
  api = await startApi({ CORS_ORIGINS: 'https://app.example.com', LIMIT_REQUEST_BODY_BYTES: '20000' });
});
afterAll(() => api.close());

const post = (payload: string, headers: Record<string, string> = {}): InjectOptions => ({
  method: 'POST',
  url: '/graphql',
  headers: { 'content-type': JSON_ONLY, ...headers },
  payload,
});

const REQUESTS: readonly [string, number, InjectOptions][] = [
  ['an answer', 200, post('{"query":"{ serverInfo { name } }"}')],
  ['a query that needs a token', 401, post('{"query":"{ me { objectId } }"}')],
  ['a refused token', 401, post('{}', { authorization: 'Bearer no-token' })],
  ['a malformed body', 400, post('{ this is not JSON')],
  ['a body that is not an object', 400, post('[]')],
  ['a document that cannot be parsed', 400, post('{"query":"{"}')],
  ['a document that is too long', 400, post(JSON.stringify({ query: `{ ${'a '.repeat(9_000)}}` }))],
  ['a body that is too large', 413, post(JSON.stringify({ query: 'a'.repeat(20_001) }))],
  ['a body that is not JSON', 415, post('{ __typename }', { 'content-type': 'application/graphql' })],
  ['a body that a form can send', 415, post('{"query":"{__typename}"}', { 'content-type': 'text/plain' })],
  ['another method', 405, { method: 'PUT', url: '/graphql' }],
  ['OPTIONS that is not a preflight', 405, { method: 'OPTIONS', url: '/graphql' }],
  ['an address that is not there', 404, { method: 'GET', url: '/graphql/more' }],
  ['a URL that cannot be read', 400, { method: 'GET', url: '/graphql%ZZ' }],
  ['a URL that is too long', 414, { method: 'GET', url: `/graphql?query=${'a'.repeat(17_000)}` }],
  ['an unknown expectation', 417, post('{}', { expect: 'a miracle' })],
  ['a GET that any page can send', 400, { method: 'GET', url: '/graphql?query={__typename}' }],
  [
    'the preflight of another origin',
    403,
    {
      method: 'OPTIONS',
      url: '/graphql',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    },
  ],
];

describe('the media type of every answer follows the header Accept', () => {
  it.each(REQUESTS)('of %s: %i', async (_what, status, request) => {
    const ask = async (accept: string) => {
      const { statusCode, headers, body } = await api.app.inject({
        ...request,
        headers: { ...request.headers, accept },
      });
      return { statusCode, type: headers['content-type'], body };
    };
    const answers = [
      await ask(GRAPHQL),
      await ask(`${GRAPHQL},${JSON_ONLY};q=0.9`),
      await ask(JSON_ONLY),
      await ask('*/*'),
    ];
    expect(answers.map(({ statusCode, type }) => [statusCode, type])).toEqual([
      [status, `${GRAPHQL}; charset=utf-8`],
      [status, `${GRAPHQL}; charset=utf-8`],
      [status, `${JSON_ONLY}; charset=utf-8`],
      [status, `${JSON_ONLY}; charset=utf-8`],
    ]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    const codes = JSON.parse(answers[0]?.body ?? '').errors?.map((error: { extensions: object }) => error.extensions);
    if (status >= 400) expect(codes).toEqual([expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/) })]);
  });
});

describe('a client that could not read the answer', () => {
  const mutation = JSON.stringify({ query: 'mutation { createExpenseReport(input: {}) { expenseReport { id } } }' });

  it.each(['text/event-stream', 'multipart/mixed', 'text/html', 'image/*', 'application/json;q=0'])(
    'learns what it may accept before anything runs: %s',
    async (accept) => {
      const { statusCode, headers, body } = await api.app.inject(post(mutation, { accept }));
      expect([statusCode, headers['content-type']]).toEqual([406, 'application/json; charset=utf-8']);
      expect(JSON.parse(body).errors[0]).toMatchObject({
        message: expect.stringContaining('Accept: application/graphql-response+json'),
        extensions: { code: 'BAD_REQUEST' },
      });
    },
  );

  it('learns first that its token is refused', async () => {
    const headers = { accept: 'text/event-stream', authorization: 'Bearer no-token' };
    const { statusCode, body } = await api.app.inject(post(mutation, headers));
    expect([statusCode, JSON.parse(body).errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });
});
