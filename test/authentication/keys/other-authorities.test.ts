import { describe, expect, it } from 'vitest';
import type { AuthenticationOptions } from '../../../src/authentication/authentication.js';
import { createAuthority } from '../../../src/authentication/keys/authority.js';
import { ConfigError, loadAuthenticationConfig } from '../../../src/config/config.js';
import { refusal } from '../../support/refusal.js';
import {
  addresses,
  createKey,
  createTenant,
  type FakeKey,
  type FakeTenant,
  ids,
  settle,
  v1Claims,
} from '../../support/tenant.js';

const external = 'https://contoso.ciamlogin.com';
const custom = 'https://login.contoso.example';
const issuerOf = (tenantId: string) => `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`;

interface Publishing {
  readonly issuer?: unknown;
  readonly jwksUri?: string;
  readonly keyIssuer?: string;
}

/**
 * Publishes v2.0 metadata and keys at an instance, as External ID does. Its v1.0 document is missing, so fetching it gives
 * 404.
 */
function publish(tenant: FakeTenant, instance: string, { issuer = issuerOf(ids.tenant), ...more }: Publishing = {}) {
  const { jwksUri = `${instance}/${ids.tenant}/discovery/v2.0/keys`, keyIssuer = issuerOf(ids.tenant) } = more;
  const base = `${instance}/${ids.tenant}`;
  tenant.answers[`${base}/v2.0/.well-known/openid-configuration`] = { body: { issuer, jwks_uri: jwksUri } };
  tenant.answers[`${base}/.well-known/openid-configuration`] = { status: 404, body: 'not found' };
  tenant.answers[jwksUri] = { body: { keys: [{ ...tenant.key.jwk, issuer: keyIssuer }] } };
}

async function started(tenant: FakeTenant, options: Partial<AuthenticationOptions>) {
  const authentication = tenant.authentication(options);
  authentication.start();
  await settle();
  return authentication;
}

describe('External ID', () => {
  it('is ready by default, accepts v2.0 tokens and asks for no v1.0 document', async () => {
    const tenant = createTenant();
    publish(tenant, external);
    const authentication = await started(tenant, { instance: external });
    expect(authentication.readiness()).toEqual({ ready: true, detail: 'v2.0: signing keys 1' });
    const token = tenant.signAccessToken({ claims: { iss: issuerOf(ids.tenant) } });
    expect(await refusal(authentication.verify(token))).toBe('accepted');
    expect(tenant.fetched.filter((address) => !address.includes('v2.0'))).toEqual([]);
  });

  it.each([true, undefined])('v1.0 tokens are refused there with acceptV1Tokens %s', async (acceptV1Tokens) => {
    const tenant = createTenant();
    publish(tenant, external);
    const authentication = await started(tenant, { instance: external, acceptV1Tokens });
    const token = tenant.signAccessToken({ claims: { ver: '1.0', appid: ids.client } });
    expect(await refusal(authentication.verify(token))).toBe('VERSION_1_NOT_ACCEPTED');
  });
});

describe('a custom URL domain of External ID', () => {
  it.each([undefined, `https://${ids.tenant}.ciamlogin.com/${ids.tenant}/discovery/v2.0/keys`])(
    'accepts the issuer of the configured tenant, with keys at %s',
    async (jwksUri) => {
      const tenant = createTenant();
      publish(tenant, custom, jwksUri === undefined ? {} : { jwksUri });
      const authentication = await started(tenant, { instance: custom });
      expect(authentication.readiness()).toMatchObject({ ready: true });
      const token = tenant.signAccessToken({ claims: { iss: issuerOf(ids.tenant) } });
      expect(await refusal(authentication.verify(token))).toBe('accepted');
    },
  );

  it.each([
    issuerOf(ids.otherTenant),
    `https://${ids.otherTenant}.ciamlogin.com/${ids.tenant}/v2.0`,
    `https://${ids.tenant}.ciamlogin.com/${ids.otherTenant}/v2.0`,
    `https://contoso.ciamlogin.com/${ids.tenant}/v2.0`,
    `https://${ids.tenant}.ciamlogin.com.evil.example/${ids.tenant}/v2.0`,
    `http://${ids.tenant}.ciamlogin.com/${ids.tenant}/v2.0`,
    `${issuerOf(ids.tenant)}/`,
  ])('refuses the keys where the metadata has the issuer %s', async (issuer) => {
    const tenant = createTenant();
    publish(tenant, custom, { issuer, keyIssuer: issuer });
    const authentication = await started(tenant, { instance: custom });
    const token = tenant.signAccessToken({ claims: { iss: issuer } });
    expect(await refusal(authentication.verify(token))).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(authentication.readiness()).toMatchObject({ ready: false, detail: expect.stringContaining(issuer) });
  });

  it.each(['common', 'organizations'])('needs a tenant: %s is none', (tenantId) => {
    for (const instance of [custom, external]) {
      const authority = createAuthority(instance, tenantId);
      expect(authority.acceptsIssuer(`https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`, '2.0')).toBe(false);
      expect(authority.acceptsKeyAddress(`https://${tenantId}.ciamlogin.com/keys`)).toBe(false);
    }
  });

  it('a token of another tenant is refused', async () => {
    const tenant = createTenant();
    publish(tenant, custom);
    const authentication = await started(tenant, { instance: custom });
    const claims = { iss: issuerOf(ids.otherTenant), tid: ids.otherTenant };
    expect(await refusal(authentication.verify(tenant.signAccessToken({ claims })))).toBe('TENANT_NOT_ALLOWED');
  });
});

describe('readiness where one version has no document', () => {
  const metadata = { '1.0': addresses.v1Metadata, '2.0': addresses.v2Metadata };

  it.each([400, 401, 403, 404, 405, 410, 451])('a status that stays does not keep it back: %i', async (status) => {
    for (const version of ['1.0', '2.0'] as const) {
      const tenant = createTenant();
      tenant.answers[metadata[version]] = { status };
      const { ready, detail } = (await started(tenant, {})).readiness();
      expect({ ready, detail }).toEqual({ ready: true, detail: expect.stringContaining(`(status ${status})`) });
    }
  });

  it.each([302, 407, 408, 425, 429, 500, 503])('a status that passes does: %i', async (status) => {
    const tenant = createTenant();
    tenant.answers[addresses.v1Metadata] = { status };
    expect((await started(tenant, {})).readiness().ready).toBe(false);
  });

  it('without keys for any version it is not ready', async () => {
    const tenant = createTenant();
    for (const address of Object.values(metadata)) tenant.answers[address] = { status: 404 };
    const authentication = await started(tenant, {});
    expect(authentication.readiness().ready).toBe(false);
    expect(await refusal(authentication.verify(tenant.signAccessToken()))).toBe('SIGNING_KEYS_UNAVAILABLE');
  });

  it('a version that had keys is not absent because of one answer', async () => {
    const tenant = createTenant();
    const authentication = await started(tenant, {});
    tenant.answers[addresses.v1Metadata] = { status: 404 };
    await tenant.advance(2 * 3_600_000);
    expect(authentication.readiness()).toEqual({ ready: true, detail: 'v1.0: signing keys 1; v2.0: signing keys 1' });
  });

  it('a document that is absent for good is reported once, and again when the answer changes', async () => {
    const tenant = createTenant();
    const problems = () =>
      tenant.log.filter(({ message }) => message === 'signing keys could not be fetched').map(({ fields }) => fields);
    const problem = (reason: string) => ({
      version: '1.0',
      address: addresses.v1Metadata,
      reason,
      hint: expect.any(String),
    });
    tenant.answers[addresses.v1Metadata] = { status: 404 };
    const authentication = await started(tenant, {});
    await tenant.advance(10 * 60_000);
    expect(problems()).toEqual([problem('status 404')]);
    tenant.answers[addresses.v1Metadata] = { status: 410 };
    await tenant.advance(10 * 60_000);
    expect(problems()).toEqual([problem('status 404'), problem('status 410')]);
    // A status that passes is an outage, which is reported at each attempt.
    tenant.answers[addresses.v1Metadata] = { status: 503 };
    await tenant.advance(10 * 60_000);
    const reported = problems().length;
    expect(reported).toBeGreaterThan(4);
    tenant.answers[addresses.v1Metadata] = { status: 404 };
    await tenant.advance(10 * 60_000);
    expect(problems().slice(reported)).toEqual([problem('status 404')]);
    authentication.close();
  });

  it('an outage of the other version is not an absence', async () => {
    const tenant = createTenant();
    tenant.answers[addresses.v1Metadata] = undefined;
    expect((await started(tenant, {})).readiness().ready).toBe(false);
  });
});

describe('while the keys of one version cannot be fetched', () => {
  const FAILURES: Readonly<Record<string, FakeTenant['answers'][string]>> = {
    'are refused': undefined,
    'answer 500': { status: 500 },
    'never answer': () => new Promise(() => {}),
  };
  const created = createKey();
  const cases = Object.entries(FAILURES).flatMap(([how, answer]) =>
    (['1.0', '2.0'] as const).map((failing) => ({ how, answer, failing })),
  );

  it.each(cases)(
    'tokens of the other wait for nothing, a new key included: requests of v$failing $how',
    async (one) => {
      const tenant = createTenant();
      const [address, served] =
        one.failing === '1.0' ? ([addresses.v1Keys, '2.0'] as const) : ([addresses.v2Keys, '1.0'] as const);
      tenant.answers[address] = one.answer;
      const authentication = await started(tenant, {});
      const tokenOf = (key: FakeKey, uti: string) =>
        tenant.signAccessToken({ claims: served === '2.0' ? { uti } : v1Claims({ uti }), key });
      const tokens = Array.from({ length: 20 }, (_, at) => tokenOf(tenant.key, `known-${at}`));
      expect(new Set(await Promise.all(tokens.map((token) => refusal(authentication.verify(token)))))).toEqual(
        new Set(['accepted']),
      );
      tenant.keySets[served].push(created.jwk);
      expect(await refusal(authentication.verify(tokenOf(created, 'new')))).toBe('accepted');
      const other = served === '2.0' ? tenant.signAccessToken({ claims: v1Claims() }) : tenant.signAccessToken();
      if (one.how !== 'never answer')
        expect(await refusal(authentication.verify(other))).toBe('SIGNING_KEYS_UNAVAILABLE');
      authentication.close();
    },
  );
});

describe('a wrong issuer', () => {
  it.each([
    [`https://login.microsoftonline.us/${ids.tenant}/v2.0`, 'Set ENTRA_INSTANCE=https://login.microsoftonline.us.'],
    [
      `https://login.partner.microsoftonline.cn/${ids.tenant}/v2.0`,
      'Set ENTRA_INSTANCE=https://login.partner.microsoftonline.cn.',
    ],
    [
      `https://sts.windows.net/${ids.tenant}/`,
      'Set ENTRA_INSTANCE=https://login.microsoftonline.com, or for the US Government cloud ENTRA_INSTANCE=https://login.microsoftonline.us.',
    ],
    [`https://sts.chinacloudapi.cn/${ids.tenant}/`, 'Set ENTRA_INSTANCE=https://login.partner.microsoftonline.cn.'],
    [issuerOf(ids.tenant), 'Set ENTRA_INSTANCE to the External ID address of the tenant'],
    [`https://login.microsoftonline.com/${ids.otherTenant}/v2.0`, 'Check ENTRA_TENANT_ID'],
    [`https://contoso.b2clogin.com/${ids.tenant}/v2.0/`, 'This is Azure AD B2C, which is not supported'],
    ['http://adfs.contoso.example/adfs/services/trust', 'This is AD FS, which is not supported'],
    ['https://evil.example/', 'Check ENTRA_INSTANCE and ENTRA_TENANT_ID.'],
    ['no address', 'Check ENTRA_INSTANCE and ENTRA_TENANT_ID.'],
    [7, 'Check ENTRA_INSTANCE and ENTRA_TENANT_ID.'],
    ['', 'Check ENTRA_INSTANCE and ENTRA_TENANT_ID.'],
  ])('in the metadata, %j: the message has both issuers, and %s', async (issuer, advice) => {
    const tenant = createTenant();
    tenant.answers[addresses.v2Metadata] = { body: { issuer, jwks_uri: addresses.v2Keys } };
    const { detail } = (await started(tenant, {})).readiness();
    expect(detail).toContain(
      `its issuer is ${JSON.stringify(issuer)}, and https://login.microsoftonline.com/${ids.tenant}/v2.0 is expected. ${advice}`,
    );
  });

  it('in the metadata is called none where it is missing, and is cut where it is long', async () => {
    for (const [issuer, shown] of [
      [undefined, 'its issuer is none,'],
      ['x'.repeat(5000), `its issuer is "${'x'.repeat(199)},`],
    ]) {
      const tenant = createTenant();
      tenant.answers[addresses.v2Metadata] = { body: { issuer, jwks_uri: addresses.v2Keys } };
      expect((await started(tenant, {})).readiness().detail).toContain(shown);
    }
  });

  it('in a token is explained with both issuers and the likely setting', async () => {
    const tenant = createTenant();
    const iss = `https://login.microsoftonline.us/${ids.tenant}/v2.0`;
    for (const offline of [false, true]) {
      const { fix } = await tenant.authentication().explain(tenant.signAccessToken({ claims: { iss } }), { offline });
      expect(fix).toBe(
        `Expected https://login.microsoftonline.com/${ids.tenant}/v2.0, got "${iss}". Set ENTRA_INSTANCE=https://login.microsoftonline.us.`,
      );
    }
  });
});

describe('an instance that is not supported stops the start and is named', () => {
  it.each([
    ['https://contoso.b2clogin.com', 'Azure AD B2C'],
    ['https://contoso.b2clogin.com.', 'Azure AD B2C'],
    ['https://login.microsoftonline.com.', 'a final dot'],
    ['https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signin', 'Azure AD B2C'],
    ['https://contoso.b2clogin.us', 'Azure AD B2C'],
    ['https://login.contoso.example/contoso.onmicrosoft.com/B2C_1A_signup/v2.0', 'Azure AD B2C'],
    ['https://login.microsoftonline.com/contoso.onmicrosoft.com/?p=B2C_1_signin', 'Azure AD B2C'],
    ['https://adfs.contoso.example/adfs', 'AD FS'],
    ['https://accounts.google.com', 'Google'],
    ['https://contoso.okta.com', 'Okta'],
    ['https://contoso.oktapreview.com/oauth2/default', 'Okta'],
    ['https://contoso.eu.auth0.com', 'Auth0'],
    ['https://sso.contoso.example/realms/main', 'Keycloak'],
    ['https://login.live.com', 'personal Microsoft accounts'],
    ['https://login.microsoftonline.de', 'Microsoft Cloud Germany'],
    ['https://sts.windows.net', 'https://login.microsoftonline.com'],
    ['https://sts.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn'],
  ])('%s: %s', (instance, name) => {
    expect(() => createAuthority(instance, ids.tenant)).toThrow(TypeError);
    expect(() => createAuthority(instance, ids.tenant)).toThrow(name);
    const environment = { ENTRA_TENANT_ID: ids.tenant, ENTRA_CLIENT_ID: ids.api, ENTRA_INSTANCE: instance };
    const error = thrownBy(() => loadAuthenticationConfig(environment));
    expect(error instanceof ConfigError && error.problems).toEqual([expect.stringContaining(name)]);
  });

  it.each(['https://login.google.example', 'https://okta.contoso.example', 'https://b2clogin.com.evil.example'])(
    '%s is not taken for one',
    (instance) => {
      expect(() => createAuthority(instance, ids.tenant)).not.toThrow();
    },
  );
});

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
