import jsonwebtoken from 'jsonwebtoken';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refusal } from '../../support/refusal.js';
import { addresses, createTenant, delegatedClaims } from '../../support/tenant.js';

const tenant = createTenant();
const codeOf = (authentication = tenant.authentication()) => refusal(authentication.verify(tenant.signAccessToken()));

/** As if something else had been signed than what was read before. */
function signed(claims: unknown): void {
  vi.spyOn(jsonwebtoken, 'verify').mockImplementationOnce(() => claims);
}
afterEach(() => vi.restoreAllMocks());

describe('what counts is what was signed, not what was read before', () => {
  it.each([
    ['aud', { aud: 'other' }, 'AUDIENCE_MISMATCH'],
    ['iss', { iss: 'https://evil.example/' }, 'ISSUER_MISMATCH'],
    ['tid', { tid: '99999999-9999-4999-8999-999999999999' }, 'TENANT_NOT_ALLOWED'],
    ['exp', { iat: 1, nbf: 1, exp: 2 }, 'TOKEN_EXPIRED'],
    ['oid', { oid: 'x' }, 'OBJECT_ID_INVALID'],
    ['nothing else', {}, 'accepted'],
  ])('%s', async (_claim, change, code) => {
    signed(delegatedClaims(change));
    expect(await codeOf()).toBe(code);
  });

  it.each(['text', undefined, null, []])('%j is not a set of claims', async (payload) => {
    signed(payload);
    expect(await codeOf()).toBe('PAYLOAD_MALFORMED');
  });

  it('the caller is the signed one', async () => {
    signed(delegatedClaims({ scp: 'Signed.Scope' }));
    const { caller } = await tenant.authentication().verify(tenant.signAccessToken());
    expect(caller).toMatchObject({ scopes: new Set(['Signed.Scope']) });
  });

  it.each([
    ['forward, past its end', 48 * 3_600_000, 'TOKEN_EXPIRED'],
    ['back, before its beginning', -48 * 3_600_000, 'TOKEN_NOT_YET_VALID'],
  ])('a token whose time goes %s, while its key is fetched', async (_way, ms, code) => {
    const own = createTenant();
    const keys = own.answers[addresses.v2Keys];
    own.answers[addresses.v2Keys] = () => {
      own.clock.nowMs += ms;
      if (typeof keys !== 'function') throw new Error('the key set is not a function');
      return keys();
    };
    expect(await refusal(own.authentication().verify(own.signAccessToken()))).toBe(code);
  });

  it('a token that ends while its signature is checked', async () => {
    const { clock } = tenant;
    const before = clock.nowMs;
    vi.spyOn(jsonwebtoken, 'verify').mockImplementationOnce(() => {
      clock.nowMs += 48 * 3_600_000;
      return delegatedClaims();
    });
    expect(await codeOf()).toBe('TOKEN_EXPIRED');
    clock.nowMs = before;
  });
});
