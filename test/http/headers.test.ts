import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendPrebuilt } from '../../src/http/answers/security-headers.js';
import { startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({
    CORS_ORIGINS: 'https://app.example.com',
    CORS_HEADERS: 'X-Tenant-Hint',
    PUBLIC_URL: 'https://api.example.com',
  });
});
afterAll(() => api.close());

describe('every response', () => {
  it.each(['/healthz', '/readyz', '/graphql?query={__typename}', '/.well-known/oauth-protected-resource', '/nothing'])(
    '%s is not stored, not sniffed, not framed, and loads nothing',
    async (url) => {
      const { headers } = await api.app.inject({ url, headers: { 'apollo-require-preflight': '1' } });
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
    },
  );
});

describe('a response that is ready to be sent', () => {
  it.each([
    ['short', 'é'.repeat(100)],
    ['long', 'é'.repeat(100_000)],
  ])('%s: the same headers, and every byte', async (_name, body) => {
    const app = fastify();
    app.get('/', (_request, reply) => {
      sendPrebuilt(reply, { status: 203, contentType: 'text/plain; charset=utf-8', headers: [['x-more', 'y']], body });
    });
    const response = await fetch(await app.listen({ host: '127.0.0.1', port: 0 }));
    expect(await response.text()).toBe(body);
    expect(response.status).toBe(203);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-more': 'y',
    });
    await app.close();
  });
});

describe('Apollo Sandbox', () => {
  it('is what a browser gets at /graphql, with a first document and a way to tokens', async () => {
    const { headers, body } = await api.app.inject({ url: '/graphql', headers: { accept: 'text/html' } });
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(headers['content-security-policy']).toBe("frame-ancestors 'none'");
    expect(body).toContain('query Welcome');
    expect(body).toContain('<a href="/.well-known/oauth-protected-resource">');
    const [, policy = ''] = /http-equiv="content-security-policy" content="([^"]+)"/.exec(body) ?? [];
    expect(policy.replaceAll('&#39;', "'")).toMatch(/^default-src 'none'; script-src 'self' https:[^ ;]+;/);
    expect(body).not.toMatch(/<script(?! src="\/)| on[a-z]+=| style=/);
  });

  it('is not there when EXPLORER is off', async () => {
    const closed = await startApi({ EXPLORER: 'off' });
    const { headers } = await closed.app.inject({ url: '/graphql', headers: { accept: 'text/html' } });
    expect(headers['content-type']).not.toMatch(/^text\/html/);
    await closed.close();
  });

  it('is missed by a browser with a client error, with or without a query, when EXPLORER is off', async () => {
    const closed = await startApi({ EXPLORER: 'off' });
    const statuses = ['text/html', 'text/html,application/xhtml+xml,*/*;q=0.8'].map(async (accept) => {
      const urls = ['/graphql', '/graphql?query={__typename}'];
      const visits = urls.map((url) => closed.app.inject({ url, headers: { accept } }));
      return (await Promise.all(visits)).map(({ statusCode }) => statusCode);
    });
    expect(await Promise.all(statuses)).toEqual([
      [406, 406],
      [400, 400],
    ]);
    await closed.close();
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    api.app.inject({
      method: 'OPTIONS',
      url: '/graphql',
      headers: { origin, 'access-control-request-method': 'POST' },
    });

  it('lets the configured origins in, and lets them read the challenge', async () => {
    const { statusCode, headers } = await preflight('https://app.example.com');
    expect({ statusCode, origin: headers['access-control-allow-origin'] }).toEqual({
      statusCode: 204,
      origin: 'https://app.example.com',
    });
    const refused = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { origin: 'https://app.example.com', authorization: 'Bearer bad' },
      payload: {},
    });
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['access-control-allow-origin']).toBe('https://app.example.com');
    expect(refused.headers['access-control-expose-headers']).toBe(
      'www-authenticate, retry-after, ratelimit, ratelimit-policy, x-request-id',
    );
  });

  it('lets no other origin in, and says which setting would', async () => {
    const { statusCode, headers, body } = await preflight('https://evil.example.com');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect({ statusCode, message: JSON.parse(body).errors[0].message }).toEqual({
      statusCode: 403,
      message: expect.stringContaining('CORS_ORIGINS'),
    });
    expect(body).not.toContain('evil');
  });

  it('allows what GraphQL clients and traces send', async () => {
    const { headers } = await preflight('https://app.example.com');
    const allowed = String(headers['access-control-allow-headers']).split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining([
        'authorization',
        'content-type',
        'apollographql-client-name',
        'apollographql-client-version',
        'traceparent',
        'tracestate',
        'baggage',
        'request-id',
        'request-context',
        'x-request-id',
        'x-tenant-hint',
      ]),
    );
  });

  it.each(['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:8080', 'https://localhost'])(
    'lets %s in during development',
    async (origin) => {
      expect((await preflight(origin)).headers['access-control-allow-origin']).toBe(origin);
    },
  );

  it.each(['http://localhost.evil.example', 'http://127.0.0.1.evil.example', 'null', 'http://localhost@evil.example'])(
    'does not take %s for this machine',
    async (origin) => {
      expect((await preflight(origin)).statusCode).toBe(403);
    },
  );

  it('refuses a request that a page can send without a preflight', async () => {
    const simple = await api.app.inject({
      url: '/graphql?query={__typename}',
      headers: { origin: 'https://evil.example.com' },
    });
    expect(simple.statusCode).toBe(400);
    const form = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'content-type': 'text/plain' },
      payload: '{"query":"{__typename}"}',
    });
    expect(form.statusCode).toBe(415);
  });
});

it('says where to get a token (RFC 9728), and every challenge says where that is said', async () => {
  const { tenants, api: registration } = (await import('../../src/expenses/sample-data/emulator-settings.js'))
    .emulatorSettings;
  const document = (await api.app.inject('/.well-known/oauth-protected-resource')).json();
  expect(document).toMatchObject({
    resource: 'https://api.example.com',
    authorization_servers: [`${api.emulator.instance}/${tenants[0].id}/v2.0`],
    scopes_supported: registration.scopes.map((scope) => `api://${registration.clientId}/${scope}`),
  });
  const refused = await api.query(undefined, '{ me { kind } }');
  expect(refused.headers['www-authenticate']).toContain(
    'resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"',
  );
});

it('an error outside GraphQL has the form of one and says what to do', async () => {
  expect((await api.app.inject('/nothing')).json().errors[0].message).toContain('/graphql');
  const large = await api.app.inject({
    method: 'POST',
    url: '/graphql',
    payload: { query: `{ __typename } # ${'x'.repeat(300_000)}` },
  });
  expect([large.statusCode, large.json().errors[0].extensions]).toEqual([
    413,
    {
      code: 'LIMIT_EXCEEDED',
      limit: {
        name: 'requestBodyBytes',
        maximum: 262_144,
        asked: Number(large.raw.req.headers['content-length']),
        setting: 'LIMIT_REQUEST_BODY_BYTES',
      },
    },
  ]);
});

it.each(['/', '/graphql', '/%67raphql', '/healthz', '/readyz', '/.well-known/oauth-protected-resource'])(
  'Allow names the methods that are answered at %s, and no other',
  async (url) => {
    const { headers } = await api.app.inject({ method: 'PUT', url });
    const answered: string[] = [];
    for (const method of ['GET', 'POST', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS'] as const) {
      const headers = { 'apollo-require-preflight': '1' };
      const { statusCode } = await api.app.inject({ method, url, headers, query: { query: '{ __typename }' } });
      if (statusCode !== 405) answered.push(method);
    }
    expect(answered.sort()).toEqual(String(headers.allow).split(', ').sort());
  },
);

it.each([
  ['/graphql', 405, ['QUERY', 'PUT', 'OPTIONS', 'LOCK', 'HEAD']],
  ['/healthz', 405, ['QUERY', 'PUT', 'OPTIONS', 'LOCK', 'POST']],
  ['/nothing', 404, ['QUERY', 'PUT', 'OPTIONS', 'LOCK', 'POST', 'HEAD']],
] as const)('what is not served at %s is refused whatever its body is', async (url, status, methods) => {
  const bodies = [
    { payload: '' },
    { payload: '{' },
    { payload: '{', headers: { 'content-type': 'application/json' } },
    { payload: '{', headers: { 'content-type': 'text/plain' } },
    { payload: '{', headers: { 'content-type': 'a miracle' } },
    { payload: ' '.repeat(300_000), headers: { 'content-type': 'application/json' } },
  ];
  for (const method of methods) {
    for (const body of bodies) {
      const { statusCode } = await api.app.inject({ ...body, url, method: method as 'GET' });
      expect([method, body, statusCode]).toEqual([method, body, status]);
    }
  }
});

it('the log has one line a request, without its query string', async () => {
  await api.app.inject({
    url: '/graphql?query={__typename}&secret=hunter2',
    headers: { 'apollo-require-preflight': '1' },
  });
  expect(api.logs).toContainEqual(
    expect.objectContaining({ msg: 'request', path: '/graphql', method: 'GET', status: 200 }),
  );
  expect(JSON.stringify(api.logs)).not.toContain('hunter2');
});
