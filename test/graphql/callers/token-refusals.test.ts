import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { outcome, startApi, type TestApi } from '../../support/api.js';

const QUERY = '{ me { objectId } }';
let api: TestApi;

beforeAll(async () => {
  api = await startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: '0' });
});
afterAll(() => api.close());

const bearer = async (overrides = {}) => `Bearer ${await api.emulator.issueAccessToken('erin', overrides)}`;

describe('a request without an access token', () => {
  it('is an anonymous one: public fields answer', async () => {
    const answer = await api.query(undefined, '{ serverInfo { name } }');
    expect(answer).toMatchObject({ status: 200, body: { data: { serverInfo: { name: 'entra-graphql' } } } });
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });

  it('is refused what needs a caller, with a challenge that has no error code (RFC 6750 s.3.1)', async () => {
    const answer = await api.query(undefined, QUERY);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer\b(?!.*error=)/);
    expect(answer.body).not.toHaveProperty('data');
    expect(answer.body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('gets what is public and null for the rest when it asks for both', async () => {
    const answer = await api.query(undefined, '{ serverInfo { name } me { objectId } }');
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(answer.body).not.toHaveProperty('data.me.objectId');
  });
});

describe('a bad access token refuses the whole request, public fields too', () => {
  it.each([
    ['another audience', () => bearer({ audience: 'api://another-api' })],
    ['expired', () => bearer({ expiresInSeconds: -600 })],
    ['another tenant in tid', () => bearer({ claims: { tid: '00000000-0000-4000-8000-00000000dead' } })],
    ['not a token', async () => 'Bearer not-a-token'],
    ['signature cut', async () => (await bearer()).slice(0, -4)],
  ])('%s', async (_name, authorization) => {
    const answer = await api.post(await authorization(), { query: '{ serverInfo { name } }' });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer .*error="invalid_token", error_description="[ -~]+"/);
    expect(answer.body).not.toHaveProperty('data');
    expect(answer.body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('whose claims hold neither scp nor roles is 403', async () => {
    const authorization = await bearer({ claims: { scp: undefined, roles: undefined } });
    const answer = await api.post(authorization, { query: QUERY });
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
    expect(answer.body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('is refused before the body is looked at', async () => {
    const answer = await api.post('Bearer not-a-token', '{ this is not JSON');
    expect(answer.status).toBe(401);
  });

  it('an unknown key and a bad signature look alike', async () => {
    const good = await bearer();
    const forged = `${good.slice(0, -20)}${good.at(-20) === 'A' ? 'B' : 'A'}${good.slice(-19)}`;
    const unknown = await bearer({ header: { kid: 'unknown' } });
    const [one, other] = [await api.post(forged, { query: QUERY }), await api.post(unknown, { query: QUERY })];
    const seen = ({ status, headers, body }: typeof one) => ({ status, challenge: headers['www-authenticate'], body });
    expect(seen(one)).toEqual(seen(other));
    expect(one.status).toBe(401);
  });

  it('leaves no token in the answer or in the log', async () => {
    const authorization = await bearer({ audience: 'api://another-api' });
    const answer = await api.post(authorization, { query: QUERY });
    const [header = '', payload = '', signature = ''] = authorization.slice('Bearer '.length).split('.');
    for (const written of [JSON.stringify(answer), JSON.stringify(api.logs)]) {
      for (const part of [header, payload, signature]) expect(written).not.toContain(part);
    }
    expect(api.logs).toContainEqual(
      expect.objectContaining({
        msg: 'access token refused',
        code: 'AUDIENCE_MISMATCH',
        hint: expect.stringContaining('ENTRA_AUDIENCES'),
        ver: '2.0',
      }),
    );
  });
});

describe('a good access token of the wrong kind', () => {
  const CREATE =
    'mutation { createExpenseReport(input: { title: "T", currency: "EUR", items: [] }) { expenseReport { id } } }';

  it('an application without a user where a user is needed', async () => {
    const answer = await api.query('export-job', CREATE);
    expect(outcome(answer)).toBe('403 FORBIDDEN');
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });

  it('a user with a role that is meant for applications', async () => {
    const authorization = await bearer({ claims: { scp: 'Other', roles: ['Expenses.Read.All'] } });
    const answer = await api.post(authorization, { query: '{ expenseReports { totalCount } }' });
    expect(outcome(answer)).toBe('403 FORBIDDEN');
  });

  it('learns the scopes that would do', async () => {
    const answer = await api.post(await bearer({ claims: { scp: 'Other' } }), { query: CREATE });
    expect(answer.headers['www-authenticate']).toMatch(/error="insufficient_scope", scope="Expenses\.ReadWrite[ "]/);
  });
});

describe('transport', () => {
  it('refuses two Authorization headers with 400', async () => {
    const authorization = await bearer();
    const answer = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: {
        'content-type': 'application/json',
        authorization: [authorization, authorization] as unknown as string,
      },
      payload: { query: QUERY },
    });
    expect([answer.statusCode, answer.json().errors[0].extensions.code]).toEqual([400, 'BAD_REQUEST']);
  });

  it('never reads a token from the address', async () => {
    const token = await api.emulator.issueAccessToken('erin');
    const query = encodeURIComponent(QUERY);
    const answer = await api.app.inject({
      url: `/graphql?query=${query}&access_token=${token}`,
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.body).not.toContain('objectId":');
  });

  it.each([
    ['cookie', { cookie: 'access_token=' }],
    ['X-Access-Token', { 'x-access-token': '' }],
  ])('ignores a token in %s', async (name, headers) => {
    const token = await api.emulator.issueAccessToken('erin');
    const withToken = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, value + token]));
    const answer = await api.post(undefined, { query: QUERY }, withToken);
    expect([name, answer.status]).toEqual([name, 401]);
  });

  it.each(['Basic ZXJpbjpzZWNyZXQ=', 'DPoP abc', 'PoP abc', 'mtls_pop abc'])(
    'answers %s with a Bearer challenge',
    async (authorization) => {
      const answer = await api.post(authorization, { query: QUERY });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    },
  );

  it('takes the scheme in any case', async () => {
    const answer = await api.post((await bearer()).replace('Bearer', 'bEARER'), { query: QUERY });
    expect(answer.status).toBe(200);
  });

  it('answers malformed JSON with 400 and a GraphQL error', async () => {
    const answer = await api.post(await bearer(), '{ this is not JSON');
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] } });
  });

  it('refuses a token that is too large before decoding it', async () => {
    const answer = await api.post(`Bearer ${'a'.repeat(16_500)}`, { query: QUERY });
    expect(answer.status).toBe(401);
  });

  it('asks no CORS preflight for a token', async () => {
    const answer = await api.app.inject({
      method: 'OPTIONS',
      url: '/graphql',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    // No page may call this server: the preflight is refused for its origin, which is not an answer to a client that signs
    // in.
    expect(answer.statusCode).toBe(403);
    expect(answer.json().errors[0].message).toContain('CORS_ORIGINS');
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('whatever stands in the header, it is never a fault of the server', async () => {
    const good = await bearer();
    const edit = fc.record({ at: fc.nat({ max: good.length }), remove: fc.nat({ max: 9 }), insert: fc.string() });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        let text = good;
        for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
        fc.pre(text.trim().toLowerCase() !== good.toLowerCase());
        const { status, headers, body } = await api.post(text, { query: QUERY });
        // A kid that was changed may be that of a new key, which is looked for later.
        const isLater = status === 503 && headers['retry-after'] !== undefined;
        if (isLater) expect(body.errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
        else expect([400, 401]).toContain(status);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [
      'a batch',
      {
        method: 'POST',
        payload: '[{"query":"{ serverInfo { name } }"}]',
        headers: { 'content-type': 'application/json' },
      },
    ],
    ['GET', { method: 'GET', url: '/graphql?query={serverInfo{name}}', headers: { 'apollo-require-preflight': '1' } }],
    ['multipart', { method: 'POST', payload: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
    [
      'server-sent events',
      {
        method: 'POST',
        payload: '{"query":"{ serverInfo { name } }"}',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      },
    ],
    ['the page for browsers', { method: 'GET', headers: { accept: 'text/html' } }],
  ] as const)('%s passes the same gate', async (_name, request) => {
    const { headers, ...rest } = request;
    const answer = await api.app.inject({
      url: '/graphql',
      ...rest,
      headers: { ...headers, authorization: 'Bearer bad' },
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('never reads a token from a form', async () => {
    const token = await api.emulator.issueAccessToken('erin');
    const answer = await api.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'apollo-require-preflight': '1' },
      payload: `access_token=${token}&query=${encodeURIComponent(QUERY)}`,
    });
    expect(answer.statusCode).toBe(415);
  });

  it('stores no answer', async () => {
    const answer = await api.query('erin', QUERY);
    expect(answer.headers['cache-control']).toBe('no-store');
  });
});

describe('when the identity provider cannot be reached', () => {
  let cut: TestApi;
  beforeAll(async () => {
    cut = await startApi({ ENTRA_INSTANCE: 'http://127.0.0.1:9' });
  });
  afterAll(() => cut.close());

  it('the log says which token it was, and holds nothing of it', async () => {
    const token = await cut.emulator.issueAccessToken('erin');
    const { length } = cut.logs;
    await cut.post(`Bearer ${token}`, { query: QUERY });
    const lines = cut.logs.slice(length);
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'access token could not be verified',
        code: 'SIGNING_KEYS_UNAVAILABLE',
        kid: expect.any(String),
        tid: emulatorSettings.tenants[0].id,
        ver: '2.0',
        aud: emulatorSettings.api.clientId,
        uti: expect.any(String),
        reason: expect.any(String),
      }),
    );
    expect(JSON.stringify(lines)).not.toContain('stack');
    for (const part of token.split('.')) expect(JSON.stringify(lines)).not.toContain(part);
  });

  it('the log has one line of it a minute, because clients send any number of tokens', async () => {
    const { length } = cut.logs;
    for (const persona of ['erin', 'finn', 'ada']) {
      await cut.post(`Bearer ${await cut.emulator.issueAccessToken(persona)}`, { query: QUERY });
    }
    expect(cut.logs.slice(length).filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });

  it('a request with a token is 503 with Retry-After, never 401', async () => {
    const token = await cut.emulator.issueAccessToken('erin');
    const answer = await cut.post(`Bearer ${token}`, { query: QUERY });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(answer.body.errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
  });

  it('a request without one is answered', async () => {
    const answer = await cut.query(undefined, '{ serverInfo { name } }');
    expect(answer.status).toBe(200);
  });

  it('the server lives but is not ready', async () => {
    expect((await cut.app.inject('/healthz')).statusCode).toBe(200);
    const ready = await cut.app.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ checks: { database: 'ready', signingKeys: 'unavailable' } });
  });
});
