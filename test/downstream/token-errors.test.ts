import { describe, expect, it } from 'vitest';
import type { Fetch } from '../../src/authentication/fetch/bounded-fetch.js';
import { createDownstream } from '../../src/downstream/downstream.js';
import { refusalOf } from '../../src/downstream/token-errors.js';
import { userCaller } from '../support/callers.js';

const SCOPES = ['https://graph.microsoft.com/User.Read'];
const TENANT = '11111111-1111-4111-8111-111111111111';
const CLAIMS = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';

/** Another API for one user, whose tokens and answers come from a function. */
function start(fetch: Fetch) {
  const credential = { kind: 'secret', secret: 'not a secret' } as const;
  const instance = 'https://login.microsoftonline.com';
  const downstream = createDownstream({
    clientId: '9b2d1c1e-7a55-4e0f-8d51-1d2f3a4b5c6d',
    instance,
    credential,
    fetch,
  });
  const user = downstream.of(
    userCaller({
      tenantId: TENANT,
      objectId: '22222222-2222-4222-8222-222222222222',
      clientId: '33333333-3333-4333-8333-333333333333',
      canStepUp: true,
    }),
    () => 'assertion',
  );
  return { downstream, user };
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no failure',
    (error: unknown) => Object(error).extensions?.code ?? Object(error).name,
  );

describe('Entra refuses a token', () => {
  const numbered = (number: number) => ({ error: 'invalid_grant', error_codes: [number] });
  it.each([
    ['CONSENT_REQUIRED', { ...numbered(65001), suberror: 'consent_required' }],
    ['CONSENT_REQUIRED', { error: 'consent_required' }],
    ...[65001, 65004, 90094].map((number) => ['CONSENT_REQUIRED', numbered(number)] as const),
    ['CONSENT_REQUIRED', { error: 'invalid_grant', error_description: 'AADSTS65001: a user' }],
    ['INSUFFICIENT_CLAIMS', { error: 'interaction_required', error_codes: [50076], claims: CLAIMS }],
    ['INSUFFICIENT_CLAIMS', { error: 'interaction_required', error_codes: [53003], claims: CLAIMS }],
    ['UNAUTHENTICATED', { error: 'interaction_required', error_codes: [50079] }],
    ['UNAUTHENTICATED', { error: 'interaction_required', error_codes: [7] }],
    ['UNAUTHENTICATED', { error: 'interaction_required' }],
    ['UNAUTHENTICATED', { error: 'login_required' }],
    ['UNAUTHENTICATED', { ...numbered(50173), suberror: 'bad_token' }],
    ['UNAUTHENTICATED', { ...numbered(70043), suberror: 'token_expired' }],
    ...[50173, 70043, 50076, 50133, 500133].map((number) => ['UNAUTHENTICATED', numbered(number)] as const),
    ['UNAUTHENTICATED', { error: 'invalid_grant', error_description: 'AADSTS50173: a user' }],
    ['FORBIDDEN', { error: 'unauthorized_client', error_codes: [50105] }],
    ['FORBIDDEN', { error: 'interaction_required', error_codes: [53003] }],
    ['FORBIDDEN', numbered(50057)],
    ['DownstreamRefusedError', { error: 'invalid_client', error_codes: [7000215] }],
    ['DownstreamRefusedError', { error: 'invalid_scope', error_codes: [70011] }],
    ['DownstreamRefusedError', numbered(50013)],
  ] as const)('%s is what a user gets for %j', async (code, body) => {
    const { user } = start(async () => Response.json(body, { status: 400 }));
    expect(await failureOf(user.accessToken({ scopes: SCOPES }))).toBe(code);
  });

  it.each([50079, 50173, 50105])('with %s to this API itself, which no sign-in mends', async (number) => {
    const body = { error: 'interaction_required', error_codes: [number] };
    const { downstream } = start(async () => Response.json(body, { status: 400 }));
    expect(await failureOf(downstream.applicationToken({ tenantId: TENANT }, SCOPES.join()))).toBe(
      'DownstreamRefusedError',
    );
  });
});

describe('another API', () => {
  it.each([200, 404, 400])('that answers with %s refuses nothing', (status) => {
    expect(refusalOf({ status, challenge: `Bearer claims="${Buffer.from(CLAIMS).toString('base64')}"` })).toBe(
      undefined,
    );
  });

  it.each([
    undefined,
    7,
    '',
    'Bearer',
    'Bearer claims=""',
    'Bearer claims="%"',
    `Bearer claims="${'A'.repeat(5_000)}"`,
  ])('that answers with 401 and the challenge %j asks for a new sign-in', (challenge) => {
    expect(refusalOf({ status: 401, challenge })?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
  });

  it.each([
    [401, 2],
    [403, 1],
  ])('that answers with %s: so many tokens are asked for: %s', async (status, count) => {
    let issued = 0;
    const { user } = start(async (address) => {
      if (!address.includes('/token')) return Response.json({}, { status });
      issued += 1;
      return Response.json({ token_type: 'Bearer', expires_in: 3600, access_token: `token-${issued}` });
    });
    for (let time = 0; time < 2; time += 1) {
      const token = await user.accessToken({ scopes: SCOPES });
      const headers = { Authorization: `Bearer ${token}` };
      expect((await user.send('https://graph.microsoft.com/v1.0/me', { method: 'GET', headers })).status).toBe(status);
    }
    expect(issued).toBe(count);
  });
});
