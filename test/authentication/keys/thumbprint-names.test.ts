import { describe, expect, it } from 'vitest';
import { AccessTokenError } from '../../../src/authentication/refusals/access-token-error.js';
import { createCertifiedKey } from '../../support/network/certificate.js';
import { refusal } from '../../support/refusal.js';
import { addresses, createKey, createTenant, type FakeKey, ids, NOW, settle } from '../../support/tenant.js';

const issuer = 'https://login.microsoftonline.com/{tenantid}/v2.0';
const other = createKey();
/** A header as AD FS writes it: the thumbprint alone names the key. */
const thumbprintAlone = (x5t: unknown, key?: FakeKey) => ({ header: { kid: undefined, x5t }, ...(key && { key }) });

describe('a header with x5t and no kid', () => {
  it('finds the key with that thumbprint among several, whatever its kid', async () => {
    const tenant = createTenant();
    const named = (key: FakeKey, kid: string) => ({ ...key.jwk, kid, issuer });
    tenant.keySets['2.0'] = [named(tenant.key, 'first'), named(other, 'second')];
    const authentication = tenant.authentication();
    for (const key of [tenant.key, other]) {
      expect(await refusal(authentication.verify(tenant.signAccessToken(thumbprintAlone(key.kid, key))))).toBe(
        'accepted',
      );
    }
  });

  it('finds a key whose key set has the certificate alone', async () => {
    const certified = await createCertifiedKey();
    const { n, e, x5t, ...rest } = certified.jwk;
    const tenant = createTenant();
    tenant.keySets['2.0'] = [{ ...rest, kid: 'by-certificate', issuer }];
    const token = tenant.signAccessToken(thumbprintAlone(x5t, certified));
    expect(await refusal(tenant.authentication().verify(token))).toBe('accepted');
  });

  it('is recognised the second time without another verification', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken(thumbprintAlone(tenant.key.kid));
    const first = await authentication.verify(token);
    expect(await authentication.verify(token)).toBe(first);
  });

  it('finds the key of the own tenant where two issuers have the thumbprint', async () => {
    const tenant = createTenant();
    const foreign = 'https://login.microsoftonline.us/{tenantid}/v2.0';
    tenant.keySets['2.0'] = [
      { ...tenant.key.jwk, kid: 'foreign', issuer: foreign },
      { ...tenant.key.jwk, kid: 'own', issuer },
    ];
    const token = tenant.signAccessToken(thumbprintAlone(tenant.key.kid));
    expect(await refusal(tenant.authentication().verify(token))).toBe('accepted');
  });

  it('is refused as an unknown key where no key has it, and the log names the thumbprint', async () => {
    const tenant = createTenant();
    const error = await tenant
      .authentication()
      .verify(tenant.signAccessToken(thumbprintAlone('unknown')))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SIGNING_KEY_UNKNOWN', claim: 'x5t' });
    expect(error instanceof AccessTokenError && error.details).toMatchObject({ x5t: 'unknown', tid: ids.tenant });
  });

  it('is looked for once when all else is right, as a kid is', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    await authentication.verify(tenant.signAccessToken());
    tenant.keySets['2.0'] = [{ ...other.jwk, issuer }];
    tenant.fetched.length = 0;
    expect(await refusal(authentication.verify(tenant.signAccessToken(thumbprintAlone(other.kid, other))))).toBe(
      'accepted',
    );
    expect(tenant.fetched.filter((address) => address === addresses.v2Keys)).toHaveLength(1);
  });

  it.each([{ aud: 'other' }, { exp: NOW - 3600 }, { iss: 'https://evil.example/' }])(
    'is not looked for when something else is wrong: %j',
    async (claims) => {
      const tenant = createTenant();
      const authentication = tenant.authentication();
      authentication.start();
      await settle();
      tenant.fetched.length = 0;
      const token = tenant.signAccessToken({ ...thumbprintAlone(other.kid, other), claims });
      expect(await refusal(authentication.verify(token))).toBe('SIGNING_KEY_UNKNOWN');
      expect(tenant.fetched).toEqual([]);
    },
  );

  it('a kid that is the thumbprint of a key with another kid names no key', async () => {
    const tenant = createTenant();
    tenant.keySets['2.0'] = [{ ...tenant.key.jwk, kid: 'its-kid', issuer }];
    const token = tenant.signAccessToken({ header: { kid: tenant.key.kid } });
    expect(await refusal(tenant.authentication().verify(token))).toBe('SIGNING_KEY_UNKNOWN');
  });

  it('is refused when another key made the signature', async () => {
    const tenant = createTenant();
    const token = tenant.signAccessToken(thumbprintAlone(tenant.key.kid, other));
    expect(await refusal(tenant.authentication().verify(token))).toBe('SIGNATURE_INVALID');
  });

  it.each(['', 7, null, ['x'], 'x'.repeat(129), 'a b', 'x5t:abc', '../../keys'])(
    'is refused when the thumbprint is none: %j',
    async (x5t) => {
      const tenant = createTenant();
      const code = await refusal(tenant.authentication().verify(tenant.signAccessToken(thumbprintAlone(x5t))));
      expect(code).toBe('KEY_ID_INVALID');
    },
  );

  it('is no longer trusted after a day without a key set that has it', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const sign = () =>
      tenant.signAccessToken({ ...thumbprintAlone(tenant.key.kid), claims: { exp: tenant.clock.nowMs / 1000 + 60 } });
    await authentication.verify(sign());
    tenant.keySets['2.0'] = [{ ...other.jwk, issuer }];
    tenant.keySets['1.0'] = [other.jwk];
    await tenant.advance(23 * 3_600_000);
    expect(await refusal(authentication.verify(sign()))).toBe('accepted');
    await tenant.advance(2 * 3_600_000);
    expect(await refusal(authentication.verify(sign()))).not.toBe('accepted');
  });
});

describe('a header with kid and x5t', () => {
  it('is refused when the thumbprint is that of another key', async () => {
    const tenant = createTenant();
    tenant.keySets['2.0'] = [
      { ...tenant.key.jwk, issuer },
      { ...other.jwk, issuer },
    ];
    const token = tenant.signAccessToken({ header: { x5t: other.kid } });
    expect(await refusal(tenant.authentication().verify(token))).toBe('KEY_THUMBPRINT_MISMATCH');
  });
});

describe('an explanation', () => {
  it('of a token with x5t and no kid accepts it and shows the thumbprint', async () => {
    const tenant = createTenant();
    const { accepted, checks } = await tenant
      .authentication()
      .explain(tenant.signAccessToken(thumbprintAlone(tenant.key.kid)));
    expect(accepted).toBe(true);
    expect(checks.find(({ check }) => check === 'kid')).toMatchObject({
      found: `x5t "${tenant.key.kid}"`,
      passed: true,
    });
  });
});
