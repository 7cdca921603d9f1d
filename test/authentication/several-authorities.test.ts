import { describe, expect, it } from 'vitest';
import type {
  AuthenticationOptions,
  FurtherAuthority,
} from '../../src/authentication/options/authentication-options.js';
import { AccessTokenError } from '../../src/authentication/refusals/access-token-error.js';
import { readCredentials } from '../../src/authentication/request/request-credentials.js';
import { createRevocationList } from '../../src/authentication/revocations/revocation-list.js';
import { createKey, createTenant, ids, NOW } from '../support/tenant.js';

const CUSTOMERS = ids.otherTenant;
const CUSTOMER_API = '77777777-7777-4777-8777-777777777777';
const HOST = `https://${CUSTOMERS}.ciamlogin.com`;
const METADATA = `https://contoso.ciamlogin.com/${CUSTOMERS}/v2.0/.well-known/openid-configuration`;
const ISSUER = `${HOST}/${CUSTOMERS}/v2.0`;
const customers: FurtherAuthority = {
  name: 'customers',
  tenantId: CUSTOMERS,
  clientId: CUSTOMER_API,
  instance: 'https://contoso.ciamlogin.com',
};
const customerClaims = { iss: ISSUER, tid: CUSTOMERS, aud: CUSTOMER_API };
const customerKey = createKey();

/** Employees in Entra ID, and customers in External ID with keys of their own. */
function arrange(options: Partial<AuthenticationOptions> = {}) {
  const tenant = createTenant();
  tenant.answers[METADATA] = { body: { issuer: ISSUER, jwks_uri: `${HOST}/${CUSTOMERS}/discovery/v2.0/keys` } };
  tenant.answers[`${HOST}/${CUSTOMERS}/discovery/v2.0/keys`] = {
    body: { keys: [{ ...customerKey.jwk, issuer: ISSUER }] },
  };
  const authentication = tenant.authentication({ authorities: [customers], ...options });
  const ofCustomer = (claims = {}, key = customerKey) =>
    tenant.signAccessToken({ key, claims: { ...customerClaims, ...claims } });
  const codeOf = (token: string) =>
    authentication.verify(token).then(
      ({ caller }) => caller.authority,
      (error: unknown) => (error instanceof AccessTokenError ? error.code : String(error)),
    );
  return { tenant, authentication, ofCustomer, codeOf };
}

describe('several authorities', () => {
  it('each verify their own tokens, and the caller says which one did', async () => {
    const { tenant, ofCustomer, codeOf } = arrange();
    expect(await codeOf(tenant.signAccessToken())).toBe('default');
    expect(await codeOf(ofCustomer())).toBe('customers');
  });

  it('never verify a token by the keys of another', async () => {
    const { tenant, ofCustomer, codeOf } = arrange();
    expect(await codeOf(ofCustomer({}, tenant.key))).toBe('SIGNING_KEY_UNKNOWN');
    expect(await codeOf(tenant.signAccessToken({ key: customerKey }))).toBe('SIGNING_KEY_UNKNOWN');
    // Both key sets known, and the kid of the other authority's key named for one's own.
    await codeOf(tenant.signAccessToken());
    await codeOf(ofCustomer());
    const forged = { key: customerKey, header: { kid: tenant.key.kid } };
    expect(await codeOf(tenant.signAccessToken(forged))).toBe('SIGNATURE_INVALID');
  });

  it.each([
    ['the audience of the other', { aud: ids.api }, 'AUDIENCE_MISMATCH'],
    ['the tenant of the other', { tid: ids.tenant }, 'TENANT_NOT_ALLOWED'],
    ['an issuer of none', { iss: 'https://login.microsoftonline.us/x/v2.0' }, 'TENANT_NOT_ALLOWED'],
    ['no issuer', { iss: undefined }, 'TENANT_NOT_ALLOWED'],
    ['an issuer that is not a text', { iss: [ISSUER] }, 'TENANT_NOT_ALLOWED'],
    ['version 1.0, which External ID has not', { ver: '1.0' }, 'VERSION_1_NOT_ACCEPTED'],
  ])('refuse a token with %s', async (_name, claims, code) => {
    const { ofCustomer, codeOf } = arrange();
    expect(await codeOf(ofCustomer(claims))).toBe(code);
  });

  it.each(['', 'no token', 'a.b.c', `${'x'.repeat(20_000)}`])('refuse what is not a token: %#', async (text) => {
    const { codeOf } = arrange();
    expect(await codeOf(text)).toMatch(/^(TOKEN|HEADER|PAYLOAD)_/);
  });

  it('have rules of their own, and the usual defaults where they say nothing', async () => {
    const rules = { requiredClaims: { ctry: ['DE'] }, allowedClients: [ids.client] };
    const { tenant, ofCustomer, codeOf } = arrange(rules);
    expect(await codeOf(tenant.signAccessToken())).toBe('REQUIRED_CLAIM_MISMATCH');
    expect(await codeOf(ofCustomer({ azp: ids.application }))).toBe('customers');
  });

  it('serve remembered tokens of each, anonymous requests and refusals alike', async () => {
    const { tenant, authentication, ofCustomer } = arrange();
    const request = (token: string) => ({ rawHeaders: ['Authorization', `Bearer ${token}`] });
    expect(await authentication.authenticate({ rawHeaders: [] })).toBeUndefined();
    expect(authentication.lookup(readCredentials({ rawHeaders: [] }))).toEqual({ known: undefined });
    for (const token of [tenant.signAccessToken(), ofCustomer()]) {
      const unknown = authentication.lookup(readCredentials(request(token)));
      const verified = await unknown.verify?.();
      expect(authentication.lookup(readCredentials(request(token))).known).toBe(verified);
      expect(await authentication.authenticate(request(token))).toBe(verified);
    }
    await expect(authentication.lookup(readCredentials(request('x'))).verify?.()).rejects.toThrow(AccessTokenError);
    const twice = { rawHeaders: [...request('x').rawHeaders, ...request('y').rawHeaders] };
    await expect(authentication.authenticate(twice)).rejects.toMatchObject({ code: 'AUTHORIZATION_HEADER_REPEATED' });
  });

  it('explain a token by the rules of its own authority', async () => {
    const { authentication, ofCustomer } = arrange();
    expect(await authentication.explain(ofCustomer())).toMatchObject({
      accepted: true,
      caller: { authority: 'customers' },
    });
    expect(await authentication.explain(ofCustomer({ exp: NOW - 100 }))).toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('are ready in part while the keys of one cannot be fetched, and not before it was tried', async () => {
    const { tenant, authentication } = arrange();
    const found = tenant.answers[METADATA];
    tenant.answers[METADATA] = { status: 503 };
    expect(authentication.readiness()).toMatchObject({ ready: false, degraded: false });
    authentication.start();
    await tenant.advance(1);
    expect(authentication.readiness()).toMatchObject({ ready: false, degraded: true });
    const warned = tenant.log.filter(({ level }) => level === 'warn').map(({ fields }) => fields);
    expect(warned).toEqual([expect.objectContaining({ authority: 'customers', address: METADATA })]);
    tenant.answers[METADATA] = found ?? {};
    await tenant.advance(60_000);
    expect(authentication.readiness()).toMatchObject({ ready: true, degraded: false });
    authentication.close();
  });

  it('are ready when all of them have keys, and have one age and one memory', async () => {
    const { tenant, authentication, ofCustomer } = arrange();
    expect(authentication.readiness().ready).toBe(false);
    authentication.start();
    await tenant.advance(1_000);
    expect(authentication.readiness()).toMatchObject({
      ready: true,
      detail: expect.stringMatching(/^default: .*; customers: /),
    });
    const before = authentication.measures();
    expect(before.keySetAgeSeconds.map(([version]) => version)).toEqual(['1.0', '2.0']);
    await authentication.verify(ofCustomer());
    expect(authentication.measures().rememberedTokenBytes).toBeGreaterThan(before.rememberedTokenBytes);
    const token = ofCustomer();
    for (let time = 0; time < 3; time += 1) await authentication.verify(token);
    expect(authentication.measures().tokenLookups).toEqual({ hits: 3, misses: 1 });
    authentication.close();
  });

  it('share the revocations', async () => {
    const revocations = createRevocationList();
    const { tenant, ofCustomer, codeOf } = arrange({ revocations });
    revocations.replace([{ kind: 'user', id: ids.user, beforeSeconds: NOW }]);
    expect(await codeOf(ofCustomer())).toBe('TOKEN_REVOKED');
    expect(await codeOf(tenant.signAccessToken())).toBe('TOKEN_REVOKED');
  });

  it.each([
    [{ ...customers, name: 'default' }, 'authorities: the name "default" is there twice'],
    [{ ...customers, name: 'Customers' }, 'authorities[0].name must be'],
    [{ ...customers, name: undefined }, 'authorities[0].name must be'],
    [{ ...customers, fetch: () => undefined }, 'authorities[0]: fetch is not an option of one authority'],
    [{ ...customers, tenantID: CUSTOMERS }, 'authorities[0]: tenantID is not an option of one authority'],
    [{ ...customers, tenantId: 'x' }, 'authorities[0] (customers): tenantId must be a GUID'],
    [{ ...customers, instance: undefined, tenantId: ids.tenant }, '"customers" has the same issuer as "default"'],
    [
      { ...customers, instance: undefined, tenantId: 'common', allowedTenants: [ids.tenant] },
      'the same issuer as "default"',
    ],
  ])('do not start with %j', (authority, message) => {
    expect(() => arrange({ authorities: [authority as FurtherAuthority] })).toThrow(message);
  });

  it('name no option where it is that of the first authority', () => {
    expect(() => arrange({ tenantId: 'x' })).toThrow(/^tenantId must be a GUID/);
  });
});

describe('two clouds whose v1.0 tokens have the same issuer', () => {
  const worldwide = { tenantId: 'organizations', allowedTenants: 'any' } as const;
  const gov = { name: 'gov', clientId: CUSTOMER_API, instance: 'https://login.microsoftonline.us' };
  const start = (first: Partial<AuthenticationOptions>, other: Partial<FurtherAuthority>) => () =>
    arrange({ ...first, authorities: [{ ...gov, tenantId: CUSTOMERS, ...other }] }).authentication.close();

  it.each<[Partial<AuthenticationOptions>, Partial<FurtherAuthority>]>([
    [worldwide, {}],
    [{}, worldwide],
    [worldwide, worldwide],
  ])('say what to set where one lists no tenants: %j and %j', (first, other) => {
    expect(start(first, other)).toThrow(
      '"gov" has the same issuer as "default". They share only the issuer of v1.0 tokens',
    );
    expect(start(first, other)).toThrow('Set acceptV1Tokens to false');
    expect(start({ ...first, acceptV1Tokens: false }, other)).not.toThrow();
    expect(start(first, { ...other, acceptV1Tokens: false })).not.toThrow();
  });

  it('start where each lists tenants of its own', () => {
    expect(start({}, {})).not.toThrow();
  });
});

it('one authority alone has no name', async () => {
  const tenant = createTenant();
  const { caller } = await tenant.authentication().verify(tenant.signAccessToken());
  expect(caller).not.toHaveProperty('authority');
});
