import { describe, expect, it, vi } from 'vitest';
import { type AuthenticationOptions, createAuthentication } from '../../src/authentication/authentication.js';
import { readCredentials } from '../../src/authentication/request/request-credentials.js';
import { refusal } from '../support/refusal.js';
import { createTenant, delegatedClaims, ids, NOW, settle, signToken } from '../support/tenant.js';

const minimal: AuthenticationOptions = { tenantId: ids.tenant, clientId: ids.api };

describe('options', () => {
  it('tenant and client are enough', () => {
    expect(() => createAuthentication(minimal)).not.toThrow();
  });

  it('no audience does not start', () => {
    expect(() => createAuthentication({ ...minimal, audiences: [] })).toThrow(TypeError);
  });

  const notSpaced = 'audiences must be texts without surrounding spaces';
  const onlyOne =
    'allowedTenants: expected no value, because tenantId is a single tenant; "organizations" there lets several tenants in';
  const bad: [Partial<Record<keyof AuthenticationOptions, unknown>>, string][] = [
    [{ tenantId: '' }, 'tenantId must be a GUID'],
    [{ tenantId: 'contoso.com' }, 'tenantId must be a GUID'],
    [{ tenantId: undefined }, 'tenantId must be a GUID'],
    [{ clientId: '' }, 'clientId must be a GUID'],
    [{ clientId: 'api' }, 'clientId must be a GUID'],
    [{ audiences: [] }, 'audiences must not be empty'],
    [{ audiences: [' api'] }, notSpaced],
    [{ audiences: ['api', ' '] }, notSpaced],
    [{ allowedTenants: [ids.otherTenant] }, onlyOne],
    [{ allowedTenants: [ids.tenant, ids.otherTenant] }, onlyOne],
    [{ allowedTenants: [] }, 'allowedTenants must not be empty'],
    [{ allowedTenants: ['contoso.com'] }, 'allowedTenants must be a GUID'],
    [
      { tenantId: 'organizations' },
      'allowedTenants: expected GUIDs of the tenants that may call, or "any", because the tenant is "organizations"',
    ],
    [{ tenantId: 'common', allowedTenants: [] }, 'allowedTenants must not be empty'],
    [{ tenantId: 'common', allowedTenants: ['contoso.com'] }, 'allowedTenants must be a GUID'],
    [{ allowedClients: [] }, 'allowedClients must not be empty'],
    [{ allowedClients: ['client'] }, 'allowedClients must be a GUID'],
    [{ clientsWithoutPermissions: ['client'] }, 'clientsWithoutPermissions must be a GUID'],
  ];
  it.each(bad)('%j does not start', (change, message) => {
    expect(() => createAuthentication(Object.assign({}, minimal, change))).toThrow(new TypeError(message));
  });

  it('an instance without TLS does not start', () => {
    expect(() => createAuthentication({ ...minimal, instance: 'http://login.microsoftonline.com' })).toThrow(TypeError);
  });

  const good: Partial<AuthenticationOptions>[] = [
    { clockToleranceSeconds: 0 },
    { clockToleranceSeconds: 300 },
    { tenantId: ids.tenant.toUpperCase(), allowedTenants: [ids.tenant] },
    { tenantId: 'organizations', allowedTenants: [ids.tenant, ids.otherTenant] },
    { verifiedTokenCacheSize: 0 },
    { verifiedTokenCacheSize: 1_000_000 },
    { requestTimeoutMs: 1 },
    { requestTimeoutMs: 60_000 },
  ];
  it.each(good)('%j starts', (change) => {
    expect(() => createAuthentication({ ...minimal, ...change })).not.toThrow();
  });

  it('appSpecificSigningKeys asks for the keys of the app', async () => {
    const tenant = createTenant();
    await refusal(tenant.authentication({ appSpecificSigningKeys: true }).verify(tenant.signAccessToken()));
    expect(tenant.fetched[0]).toMatch(new RegExp(`openid-configuration\\?appid=${ids.api}$`));
  });
});

describe('many tenants', () => {
  const template = 'https://login.microsoftonline.com/{tenantid}/v2.0';
  const keys = 'https://login.microsoftonline.com/common/discovery/v2.0/keys';
  function manyTenants(allowedTenants: string[]) {
    const tenant = createTenant();
    tenant.answers['https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration'] = {
      body: { issuer: template, jwks_uri: keys },
    };
    tenant.answers[keys] = { body: { keys: tenant.keySets['2.0'] } };
    const authentication = tenant.authentication({ tenantId: 'organizations', allowedTenants });
    const codeOf = (tid: string, iss = template.replace('{tenantid}', tid)) =>
      refusal(authentication.verify(tenant.signAccessToken({ claims: { tid, iss } })));
    return { tenant, codeOf };
  }

  it('each allowed tenant is accepted with its own issuer', async () => {
    const { codeOf } = manyTenants([ids.tenant, ids.otherTenant]);
    expect(await codeOf(ids.tenant)).toBe('accepted');
    expect(await codeOf(ids.otherTenant)).toBe('accepted');
  });

  it('no tenant is accepted with the issuer of the other', async () => {
    const { codeOf } = manyTenants([ids.tenant, ids.otherTenant]);
    expect(await codeOf(ids.tenant, template.replace('{tenantid}', ids.otherTenant))).toBe('ISSUER_MISMATCH');
  });

  it('no tenant is accepted with the template itself', async () => {
    const { codeOf } = manyTenants([ids.tenant]);
    expect(await codeOf(ids.tenant, template)).toBe('ISSUER_MISMATCH');
  });

  it('no other tenant is accepted', async () => {
    expect(await manyTenants([ids.tenant]).codeOf(ids.otherTenant)).toBe('TENANT_NOT_ALLOWED');
  });

  it.each([
    ['personal account, enterprise key', ids.consumerTenant, ids.tenant],
    ['enterprise account, consumer key', ids.tenant, ids.consumerTenant],
  ])('%s: refused', async (_name, tokenTenant, keyTenant) => {
    const { tenant, codeOf } = manyTenants([ids.tenant, ids.consumerTenant]);
    tenant.answers[keys] = {
      body: { keys: [{ ...tenant.key.jwk, issuer: template.replace('{tenantid}', keyTenant) }] },
    };
    expect(await codeOf(tokenTenant)).toBe('SIGNING_KEY_OF_ANOTHER_ISSUER');
  });
});

describe('other clouds, from metadata to caller', () => {
  it.each([
    ['21Vianet', 'https://login.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn'],
    ['US government', 'https://login.microsoftonline.us', 'https://login.microsoftonline.us'],
    ['External ID', 'https://contoso.ciamlogin.com', `https://${ids.tenant}.ciamlogin.com`],
    ['an emulator', 'http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
  ])('%s', async (_name, instance, issuerOrigin) => {
    const tenant = createTenant();
    const issuer = `${issuerOrigin}/${ids.tenant}/v2.0`;
    const keys = `${instance}/${ids.tenant}/discovery/v2.0/keys`;
    tenant.answers[`${instance}/${ids.tenant}/v2.0/.well-known/openid-configuration`] = {
      body: { issuer, jwks_uri: keys },
    };
    tenant.answers[keys] = { body: { keys: [tenant.key.jwk] } };
    const authentication = tenant.authentication({ instance });
    expect(await refusal(authentication.verify(tenant.signAccessToken({ claims: { iss: issuer } })))).toBe('accepted');
    expect(await refusal(authentication.verify(tenant.signAccessToken()))).toBe('ISSUER_MISMATCH');
  });
});

describe('facts about a verified token', () => {
  it('the caller, the end, the version and the id', async () => {
    const tenant = createTenant();
    expect(await tenant.authentication().verify(tenant.signAccessToken())).toEqual({
      caller: expect.objectContaining({ kind: 'delegated' }),
      expiresAtSeconds: NOW + 3600,
      version: '2.0',
      tokenId: 'tokenIdOfErin',
    });
  });

  it.each([undefined, 7, 'erin@example.com', 'x'.repeat(65)])('an id of another form is none: %j', async (uti) => {
    const tenant = createTenant();
    expect((await tenant.authentication().verify(tenant.signAccessToken({ claims: { uti } }))).tokenId).toBeUndefined();
  });

  it('authenticate and verify agree', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken();
    const rawHeaders = ['Authorization', `Bearer ${token}`];
    expect(await authentication.authenticate({ rawHeaders })).toBe(await authentication.verify(token));
  });
});

it('asks for the keys of an app by its id in lower case', async () => {
  const tenant = createTenant();
  const clientId = 'ABCDEFAB-0000-4000-8000-000000000001';
  tenant.authentication({ clientId, appSpecificSigningKeys: true, acceptV1Tokens: false }).start();
  await settle();
  expect(tenant.fetched).toEqual([expect.stringContaining(`appid=${clientId.toLowerCase()}`)]);
});

describe('lookup', () => {
  const tenant = createTenant();
  const authentication = tenant.authentication();
  const lookup = (...rawHeaders: string[]) => authentication.lookup(readCredentials({ rawHeaders }));

  it('knows a request without credentials', () => {
    expect(lookup('host', 'api.example.com')).toEqual({ known: undefined });
  });

  it('knows a token once it was found good', async () => {
    const token = tenant.signAccessToken();
    const verified = await lookup('authorization', `Bearer ${token}`).verify?.();
    expect(verified).toMatchObject({ version: '2.0' });
    expect(lookup('authorization', `Bearer ${token}`).known).toBe(verified);
  });

  it('does not know a token that was refused', async () => {
    const token = tenant.signAccessToken({ claims: { aud: 'other' } });
    expect(await refusal(authentication.verify(token))).toBe('AUDIENCE_MISMATCH');
    expect(lookup('authorization', `Bearer ${token}`)).toEqual({ verify: expect.any(Function) });
  });

  it.each([
    ['Bearer', 'AUTHORIZATION_HEADER_MALFORMED'],
    ['Basic eDp5', 'AUTHORIZATION_SCHEME_UNSUPPORTED'],
    [`Bearer ${'a'.repeat(16_385)}`, 'TOKEN_TOO_LARGE'],
  ])('refuses credentials that are not a token when asked to verify them (%.12s)', async (authorization, code) => {
    await expect(lookup('authorization', authorization).verify?.()).rejects.toMatchObject({ code });
  });
});

describe('arguments of another type', () => {
  const authentication = createTenant().authentication();

  it.each([undefined, null, 7, {}, [], Buffer.from('a.b.c')])('%j is not a token', async (value) => {
    expect(await refusal(authentication.verify(value as never))).toBe('TOKEN_NOT_COMPACT');
    expect((await authentication.explain(value as never, { offline: true })).code).toBe('TOKEN_NOT_COMPACT');
  });

  it.each([undefined, null, 'Bearer token', {}, { authorization: 'Bearer token' }, { rawHeaders: 'authorization' }])(
    '%j is not a request, and the error says what a request is',
    async (request) => {
      const error = expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('rawHeaders') });
      await expect(authentication.authenticate(request as never)).rejects.toEqual(error);
      expect(() => readCredentials(request)).toThrow(error);
    },
  );

  it('a request of the Fetch standard can be passed on', async () => {
    const tenant = createTenant();
    const headers = { 'x-other': 'x', authorization: `Bearer ${tenant.signAccessToken()}` };
    const request = new Request('https://api.example.com/graphql', { headers });
    expect(await tenant.authentication().authenticate(request)).toMatchObject({ version: '2.0' });
  });
});

describe('life', () => {
  it('not ready before the keys are there, ready after', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    expect(authentication.readiness()).toEqual({
      ready: false,
      detail: 'v1.0: no signing keys (not fetched yet); v2.0: no signing keys (not fetched yet)',
    });
    authentication.start();
    await settle();
    expect(authentication.readiness()).toEqual({ ready: true, detail: 'v1.0: signing keys 1; v2.0: signing keys 1' });
  });

  it('without v1.0, its documents are not fetched', async () => {
    const tenant = createTenant();
    tenant.authentication({ acceptV1Tokens: false }).start();
    await settle();
    expect(tenant.fetched).toHaveLength(2);
  });

  it('real timers keep no process alive, and closing clears them', async () => {
    const setTimer = vi.spyOn(globalThis, 'setTimeout');
    const clearTimer = vi.spyOn(globalThis, 'clearTimeout');
    const authentication = createAuthentication({ ...createTenant().options, schedule: undefined });
    authentication.start();
    await settle();
    const timers = setTimer.mock.results
      .filter((_result, index) => Number(setTimer.mock.calls[index]?.[1]) > 3_000_000)
      .map(({ value }) => value);
    expect(timers.map((timer) => timer.hasRef())).toEqual([false, false]);
    authentication.close();
    for (const timer of timers) expect(clearTimer).toHaveBeenCalledWith(timer);
    vi.restoreAllMocks();
  });

  it('the real clock, timer, chance and silence are the defaults', async () => {
    const tenant = createTenant();
    const authentication = createAuthentication({ ...minimal, fetch: tenant.options.fetch });
    const now = Math.floor(Date.now() / 1000);
    const claims = delegatedClaims({ iat: now, nbf: now, exp: now + 60 });
    const token = signToken(tenant.key, { alg: 'RS256', kid: tenant.key.kid }, claims);
    expect(await refusal(authentication.verify(token))).toBe('accepted');
    authentication.close();
  });
});
