import { describe, expect, it } from 'vitest';
import { refusal } from '../../support/refusal.js';
import { createTenant, delegatedClaims, ids, signToken, v1Claims } from '../../support/tenant.js';

const tenant = createTenant();
const header = { typ: 'JWT', alg: 'RS256', kid: tenant.key.kid };
const explain = (claims: Record<string, unknown>, options = {}) =>
  tenant.authentication(options).explain(signToken(tenant.key, header, claims), { offline: true });

describe('an explanation offline', () => {
  it('gives no verdict on a token without a fault, because key and signature are not checked', async () => {
    const { accepted, code, fix, caller, checks } = await explain(delegatedClaims());
    expect({ accepted, code, fix, caller }).toEqual({
      accepted: false,
      code: 'SIGNING_KEYS_UNAVAILABLE',
      fix: undefined,
      caller: undefined,
    });
    expect(checks.filter(({ passed }) => passed !== true).map(({ check }) => check)).toEqual([
      'signing key',
      'signature',
    ]);
  });

  it('has the checks that there are online', async () => {
    const online = await tenant.authentication().explain(tenant.signAccessToken());
    const names = ({ checks }: typeof online) => checks.map(({ check }) => check);
    expect(names(await explain(delegatedClaims()))).toEqual(names(online));
  });

  it('fetches nothing', async () => {
    const fresh = createTenant();
    await fresh.authentication().explain(fresh.signAccessToken(), { offline: true });
    expect(fresh.fetched).toEqual([]);
  });

  it('refuses with the first check that fails', async () => {
    const { code, fix } = await explain(delegatedClaims({ aud: 'other', oid: 'x' }));
    expect({ code, hasFix: fix !== undefined }).toEqual({ code: 'AUDIENCE_MISMATCH', hasFix: true });
  });

  it.each([
    ['alg and payload', signToken(tenant.key, { ...header, alg: 'none' }, 'no JSON')],
    ['payload and signature form', `${signToken(tenant.key, header, 'no JSON')}=`],
    ['signature form and aud', `${signToken(tenant.key, header, delegatedClaims({ aud: 'other' }))}=`],
    ['kind and tid', signToken(tenant.key, header, delegatedClaims({ nonce: 'x', tid: 'x' }))],
    ['exp and iss', signToken(tenant.key, header, delegatedClaims({ exp: 'x', iss: 'x' }))],
    ['iss and oid', signToken(tenant.key, header, delegatedClaims({ iss: 'x', oid: 'x' }))],
  ])('refuses with what the server refuses with: %s are wrong', async (_name, token) => {
    const authentication = tenant.authentication();
    const [offline, online] = [
      await authentication.explain(token, { offline: true }),
      await refusal(authentication.verify(token)),
    ];
    expect(offline.code).toBe(online);
  });

  it.each([
    ['v2.0', delegatedClaims()],
    ['v1.0', v1Claims()],
  ])('knows the issuer of %s tokens', async (_version, claims) => {
    const { checks } = await explain(claims);
    expect(checks.find(({ check }) => check === 'iss')?.passed).toBe(true);
  });

  it('knows the issuer of each allowed tenant', async () => {
    const { checks } = await explain(delegatedClaims(), { tenantId: 'organizations', allowedTenants: [ids.tenant] });
    expect(checks.find(({ check }) => check === 'iss')?.passed).toBe(true);
  });

  it('refuses the issuer of another cloud', async () => {
    const iss = `https://login.microsoftonline.us/${ids.tenant}/v2.0`;
    expect((await explain(delegatedClaims({ iss }))).code).toBe('ISSUER_MISMATCH');
  });

  it('says nothing of the issuer of an unknown version', async () => {
    const { checks } = await explain(delegatedClaims({ ver: '3.0' }));
    expect(checks.find(({ check }) => check === 'iss')?.passed).toBeUndefined();
  });

  it('says nothing of a token that cannot be read', async () => {
    const { code, checks } = await tenant.authentication().explain('opaque', { offline: true });
    expect(code).toBe('TOKEN_NOT_COMPACT');
    expect(checks.slice(1).every(({ passed }) => passed === undefined)).toBe(true);
  });
});
