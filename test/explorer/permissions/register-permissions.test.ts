import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';

let open: TestApi;
let closed: TestApi;
beforeAll(async () => {
  [open, closed] = await Promise.all([
    startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: '3' }),
    startApi({ PERMISSIONS_PAGE_ROLE: 'Expenses.Auditor' }),
  ]);
});
afterAll(() => Promise.all([open?.close(), closed?.close()]));

async function judge({ app }: TestApi, token: string | undefined, remoteAddress = '127.0.0.1') {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const {
    statusCode,
    headers: answered,
    body,
  } = await app.inject({
    url: '/permissions/caller',
    headers,
    remoteAddress,
  });
  return { status: statusCode, headers: answered, body: JSON.parse(body), text: body };
}
const token = (api: TestApi, persona: string, options = {}) => api.emulator.issueAccessToken(persona, options);

describe('/permissions/caller', () => {
  it('says what the caller of a token may use, and why not the rest', async () => {
    const { status, body } = await judge(open, await token(open, 'finn'));
    expect(status).toBe(200);
    expect(body.caller).toMatch(/^user .*roles Expenses\.Finance/);
    expect(body.access['Query.me']).toEqual(['allowed', null]);
    expect(body.access['ExpenseReport.auditTrail']).toEqual(['denied', 'role Expenses.Auditor']);
    expect(body.access['Mutation.markExpenseReportPaid']).toEqual(['step-up', 'authentication context c1']);
    expect(body.access['Mutation.editExpenseReport']).toEqual(['depends', null]);
    expect(body).not.toHaveProperty('page');
  });

  it('knows an application', async () => {
    const { body } = await judge(open, await token(open, 'export-job'));
    expect(body).toMatchObject({
      kind: 'application',
      caller: expect.stringMatching(/permissions Expenses\.Read\.All/),
    });
  });

  it('asks for a token where there is none', async () => {
    const { status, headers } = await judge(open, undefined);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('explains a refused token without repeating it, and counts it', async () => {
    const bad = await token(open, 'ada', { audience: 'api://another' });
    const { status, body, text } = await judge(open, bad, '192.0.2.1');
    expect(status).toBe(401);
    expect(body).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      explanation: { checks: expect.arrayContaining([expect.objectContaining({ check: 'aud', passed: false })]) },
    });
    for (const part of bad.split('.')) expect(text).not.toContain(part);
    expect((await judge(open, 'a.b.c', '192.0.2.1')).status).toBe(401);
    expect((await judge(open, 'a.b.c', '192.0.2.1')).status).toBe(401);
    const limited = await judge(open, bad, '192.0.2.1');
    expect([limited.status, limited.body.errors[0].extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect(limited.body).not.toHaveProperty('explanation');
  });

  it('counts expired tokens that are genuine otherwise, because each is explained', async () => {
    const iat = Math.floor(Date.now() / 1000) - 7_200;
    const expired = async () =>
      judge(open, await token(open, 'ada', { claims: { iat, nbf: iat, exp: iat + 3_600 } }), '192.0.2.3');
    for (let time = 0; time < 3; time += 1) {
      const { status, body } = await expired();
      expect([status, body.code, body.explanation.checks.length > 0]).toEqual([401, 'TOKEN_EXPIRED', true]);
    }
    const limited = await expired();
    expect([limited.status, limited.body.errors[0].extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect(limited.body).not.toHaveProperty('explanation');
    expect((await judge(open, await token(open, 'ada'), '192.0.2.3')).status).toBe(200);
  });

  const UNSIGNED = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`;
  it.each(['a.b.c', UNSIGNED].flatMap((made) => [0, 100, 200, 300, 600].map((more) => [made, more] as const)))(
    'explains the token %s as far as ten bytes for each byte of its request go, with %d bytes in another header',
    async (made, more) => {
      const { body } = await open.app.inject({
        url: '/permissions/caller',
        headers: { authorization: `Bearer ${made}`, 'x-more': 'a'.repeat(more) },
        remoteAddress: `192.0.2.${100 + more / 100 + made.length}`,
      });
      const { errors, explanation } = JSON.parse(body);
      const asked = `authorizationBearer ${made}x-more${'a'.repeat(more)}`.length;
      // The headers that every injected request has.
      const usual = 'user-agentlightMyRequesthostlocalhost:80'.length;
      expect(errors[0].extensions.code).toBe('UNAUTHENTICATED');
      if (more >= 300) expect(explanation.checks.length).toBeGreaterThan(0);
      if (more === 600) expect(explanation).not.toHaveProperty('checksLeftOut');
      if (explanation) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(10 * (asked + usual));
      if (explanation?.checksLeftOut) expect(explanation.checksLeftOut).toBeGreaterThan(0);
    },
  );

  it('counts in the rates of its caller, together with operations', async () => {
    const rated = await startApi({ LIMIT_CALLER_REQUESTS_PER_MINUTE: '2' });
    const [erin, ada] = await Promise.all([token(rated, 'erin'), token(rated, 'ada')]);
    const first = await judge(rated, erin);
    expect([first.status, first.headers.ratelimit]).toEqual([200, expect.stringContaining('"caller-requests";r=1;')]);
    expect((await rated.query('erin', '{ serverInfo { name } }')).status).toBe(200);
    const beyond = await judge(rated, erin);
    expect([beyond.status, beyond.body.errors[0].extensions]).toMatchObject([
      429,
      { code: 'RATE_LIMITED', limit: { name: 'callerRequestsPerMinute', maximum: 2 } },
    ]);
    expect(Number(beyond.headers['retry-after'])).toBeGreaterThan(0);
    expect(beyond.body).not.toHaveProperty('access');
    expect((await judge(rated, ada)).status).toBe(200);
    await rated.close();
  });

  it('takes nothing that is longer than a token may be', async () => {
    expect((await judge(open, 'a'.repeat(17_000), '192.0.2.2')).status).toBe(401);
  });
});

describe('/permissions with PERMISSIONS_PAGE_ROLE', () => {
  it('has nothing of the schema for everybody', async () => {
    const { body } = await closed.app.inject({ url: '/permissions' });
    expect(body).toContain('Who may use what');
    expect(body).not.toMatch(/auditTrail|Expenses\.|erin/);
  });

  it.each(['erin', 'mia', 'gus', 'export-job'])('is closed to %s', async (persona) => {
    const { status, body } = await judge(closed, await token(closed, persona));
    expect(status).toBe(403);
    expect(Object.keys(body)).toEqual(['errors']);
  });

  it('is open to a user with the role, and shows kinds of caller', async () => {
    const { status, body } = await judge(closed, await token(closed, 'ada'));
    expect(status).toBe(200);
    expect(body.page).toContain('role Expenses.Auditor');
    expect(body.page).not.toContain('erin');
  });

  it('explains no refused token', async () => {
    const { status, body } = await judge(closed, await token(closed, 'ada', { audience: 'api://another' }));
    expect(status).toBe(401);
    expect(Object.keys(body)).toEqual(['errors']);
  });
});

it('has no page in production without a role, and none in development without the explorer', async () => {
  const { app, close } = await startApi({ EXPLORER: 'off' });
  try {
    for (const url of ['/permissions', '/permissions/caller']) expect((await app.inject({ url })).statusCode).toBe(404);
  } finally {
    await close();
  }
});
