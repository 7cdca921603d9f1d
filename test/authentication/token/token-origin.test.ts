import { describe, expect, it } from 'vitest';
import { AccessTokenError } from '../../../src/authentication/refusals/access-token-error.js';
import { createCertifiedKey } from '../../support/network/certificate.js';
import { refusal } from '../../support/refusal.js';
import {
  appOnlyClaims,
  createKey,
  createTenant,
  delegatedClaims,
  encodePart,
  ids,
  NOW,
  settle,
  signToken,
  v1Claims,
} from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
authentication.start();
await settle();
const stranger = createKey();
const strangeHeader = { typ: 'JWT', alg: 'RS256', kid: stranger.kid };
const ownHeader = { typ: 'JWT', alg: 'RS256', kid: tenant.key.kid };

/** Verdict, log details and advice on a token, whose key is another authority's or ours. */
async function judge(claims: Record<string, unknown>, header: Record<string, unknown> = strangeHeader) {
  const token = signToken(header.kid === stranger.kid ? stranger : tenant.key, header, claims);
  const error = await authentication.verify(token).catch((reason: unknown) => reason);
  if (!(error instanceof AccessTokenError)) throw new Error('expected a refusal');
  const { fix } = await authentication.explain(token);
  return { code: error.code, details: error.details, fix };
}

describe('a token of Azure AD B2C', () => {
  const b2c = (changes: Record<string, unknown>) => {
    const { tid, azp, ...claims } = delegatedClaims({
      iss: `https://contoso.b2clogin.com/${ids.otherTenant}/v2.0/`,
      ver: '1.0',
      tfp: 'B2C_1_signin',
      ...changes,
    });
    return claims;
  };

  it.each([
    {},
    { nonce: 'n' },
    { tfp: undefined, acr: 'b2c_1a_signup' },
    { tfp: undefined },
    { iss: `https://login.contoso.example/${ids.otherTenant}/v2.0/` },
    { iss: 'https://login.microsoftonline.com/te/contoso.onmicrosoft.com/b2c_1_signin/v2.0/', tfp: undefined },
    { iss: `https://contoso.b2clogin.cn/${ids.otherTenant}/v2.0/` },
  ])('is named as such, whatever its key: %j', async (changes) => {
    for (const header of [strangeHeader, ownHeader]) {
      const { code, fix } = await judge(b2c(changes), header);
      expect(code).toBe('TOKEN_FROM_B2C');
      expect(fix).toContain('Azure AD B2C');
    }
  });

  it.each([{ acr: '1' }, { acr: 1 }, { tfp: 7 }, { acr: 'b2c' }])('is none of Entra with %j', async (claims) => {
    expect(await refusal(authentication.verify(tenant.signAccessToken({ claims })))).toBe('accepted');
  });
});

describe('a token of another authority', () => {
  it.each([
    ['AD FS', 'http://adfs.contoso.example/adfs/services/trust', 'adfs.contoso.example'],
    ['Google', 'https://accounts.google.com', 'accounts.google.com'],
    ['Google', 'accounts.google.com', undefined],
    ['Google', 'https://securetoken.google.com/project', 'securetoken.google.com'],
    ['Okta', 'https://contoso.okta.com/oauth2/default', 'contoso.okta.com'],
    ['Auth0', 'https://contoso.eu.auth0.com/', 'contoso.eu.auth0.com'],
    [
      'Amazon Cognito',
      'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x',
      'cognito-idp.eu-west-1.amazonaws.com',
    ],
    ['Keycloak', 'https://sso.contoso.example/realms/main', 'sso.contoso.example'],
    ['GitHub', 'https://token.actions.githubusercontent.com', 'token.actions.githubusercontent.com'],
  ])('%s is named, and the log has the host of %s', async (name, iss, host) => {
    const { code, details, fix } = await judge(delegatedClaims({ iss }));
    expect(code).toBe('AUTHORITY_UNSUPPORTED');
    expect(fix).toContain(`a token of ${name}, which is not supported`);
    expect(details.iss).toBe(host);
  });
});

it('a token whose claims cannot be read is refused for its unknown key', async () => {
  const [, , signature] = signToken(stranger, strangeHeader, {}).split('.');
  const token = `${encodePart(strangeHeader)}.${encodePart('[]')}.${signature}`;
  expect(await refusal(createTenant().authentication().verify(token))).toBe('PAYLOAD_MALFORMED');
  expect(await refusal(authentication.verify(token))).toBe('SIGNING_KEY_UNKNOWN');
});

describe('the issuer in the log', () => {
  it.each([
    ['https://evil.example/path?erin@example.com', 'evil.example'],
    ['https://erin:secret@evil.example/', 'evil.example'],
    ['https://EVIL.example:8443/x', 'evil.example:8443'],
    [`https://login.microsoftonline.us/${ids.tenant}/v2.0`, 'login.microsoftonline.us'],
    [`https://login.microsoftonline.com/${ids.otherTenant}/v2.0`, undefined],
    ['Erin Example', undefined],
    ['mailto:erin@example.com', undefined],
    ['https://', undefined],
    [`https://${'x'.repeat(140)}.example/`, undefined],
    [7, undefined],
    [undefined, undefined],
  ])('for %j is %j', async (iss, host) => {
    for (const header of [strangeHeader, ownHeader]) {
      const { details } = await judge(delegatedClaims({ iss }), header);
      expect(details.iss).toBe(host);
      expect(JSON.stringify(details)).not.toMatch(/erin@|erin example|secret|path/i);
    }
  });
});

describe('a signed HTTP request sent as Bearer', () => {
  const request = { at: tenant.signAccessToken(), ts: NOW, m: 'POST', u: 'api.example.com', p: '/graphql' };

  it.each([
    ['by its type', { ...strangeHeader, typ: 'pop' }, request],
    ['by its type in any case', { ...strangeHeader, typ: 'POP' }, request],
    ['whatever its algorithm', { ...strangeHeader, typ: 'pop', alg: 'PS256' }, request],
    ['by its claims', strangeHeader, request],
    ['by its claims, with a key of ours', ownHeader, request],
    ['with little but the token', strangeHeader, { at: request.at, ts: NOW }],
    ['with the key of the client', strangeHeader, { at: request.at, cnf: { jwk: {} } }],
  ])('is called PoP %s', async (_how, header, claims) => {
    const { code, fix } = await judge(claims, header);
    expect(code).toBe('SIGNED_HTTP_REQUEST');
    expect(fix).toMatch(/PoP/);
    expect(fix).not.toContain(request.at);
  });

  it.each([{ at: 'x' }, { at: 7, ts: 1 }, { ts: 1, m: 'GET' }])('is not an access token with %j', async (claims) => {
    expect(await refusal(authentication.verify(tenant.signAccessToken({ claims })))).toBe('accepted');
  });
});

describe('an unsigned token', () => {
  it.each(['none', 'NONE', 'RS256', undefined])('that ends in a dot, alg %s, is called unsigned', async (alg) => {
    const token = `${encodePart({ typ: 'JWT', alg })}.${encodePart(delegatedClaims())}.`;
    expect(await refusal(authentication.verify(token))).toBe('TOKEN_UNSIGNED');
    expect((await authentication.explain(token, { offline: true })).fix).toContain('unsigned');
  });

  it.each([
    ['none', 'TOKEN_UNSIGNED'],
    ['nOnE', 'TOKEN_UNSIGNED'],
    ['RS256', 'TOKEN_NOT_COMPACT'],
    [undefined, 'TOKEN_NOT_COMPACT'],
  ])('of two parts, alg %s, is %s', async (alg, code) => {
    const token = `${encodePart({ typ: 'JWT', alg })}.${encodePart(delegatedClaims())}`;
    expect(await refusal(authentication.verify(token))).toBe(code);
    expect((await authentication.explain(token, { offline: true })).code).toBe(code);
  });

  it.each(['none', 'None'])('with alg %s and something in the place of a signature is called unsigned', async (alg) => {
    const { code, fix } = await judge(delegatedClaims(), { ...ownHeader, alg });
    expect(code).toBe('ALGORITHM_NOT_ALLOWED');
    expect(fix).toContain('unsigned');
  });

  it('is not confused with one that is signed with another algorithm', async () => {
    const { fix } = await judge(delegatedClaims(), { ...ownHeader, alg: 'RS384' });
    expect(fix).not.toContain('The token is unsigned');
  });
});

describe('a managed identity', () => {
  const mirid = '/subscriptions/1/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/job';
  const { idtyp, azp, ...rest } = appOnlyClaims({ exp: NOW + 86_400, iat: NOW - 300, nbf: NOW - 300 });
  const claims = (changes: Record<string, unknown>) => ({
    ...v1Claims(),
    scp: undefined,
    ...rest,
    aud: `api://${ids.api}`,
    iss: `https://sts.windows.net/${ids.tenant}/`,
    ver: '1.0',
    ...changes,
  });

  it.each([{ xms_mirid: mirid }, { xms_az_rid: mirid }])(
    'without roles gets a hint about the assignment and the day that its token lives: %j',
    async (identity) => {
      const { code, fix } = await judge(claims({ ...identity, roles: undefined }), ownHeader);
      expect(code).toBe('NO_PERMISSIONS');
      expect(fix).toMatch(/managed identity.*app role assignment.*24 hours/);
    },
  );

  it('with a role is accepted for the day and more that its token lives', async () => {
    for (const exp of [NOW + 86_400, NOW + 28 * 3600]) {
      const token = signToken(tenant.key, ownHeader, claims({ xms_mirid: mirid, exp, iat: NOW, nbf: NOW }));
      expect((await authentication.verify(token)).caller).toMatchObject({ kind: 'app-only', clientId: ids.client });
    }
  });

  it('is not what every application without roles is', async () => {
    const { fix } = await judge(claims({ roles: undefined }), ownHeader);
    expect(fix).not.toMatch(/^This is a managed identity/);
  });
});

it('a key of another cloud in the key set alarms no one, and a key that should be usable does', async () => {
  const own = createTenant();
  const certified = await createCertifiedKey();
  own.keySets['2.0'].push(
    { ...certified.jwk, kid: 'gov', cloud_instance_name: 'microsoftonline.us' },
    { ...certified.jwk, kid: 'encryption', use: 'enc' },
  );
  own.authentication().start();
  await settle();
  const warnings = own.log.filter(({ level }) => level !== 'info');
  expect(warnings.map(({ fields }) => fields)).toEqual([
    { version: '2.0', kid: 'encryption', reason: 'use is not "sig"' },
  ]);
  expect(own.log).toContainEqual(
    expect.objectContaining({ fields: { version: '2.0', keys: 1, unusable: 1 }, message: 'signing keys refreshed' }),
  );
});

it('a key set with nothing but keys of another cloud has no usable key, and the log says why', async () => {
  const own = createTenant();
  own.keySets['2.0'] = [{ ...createKey().jwk, cloud_instance_name: 'microsoftonline.us' }];
  own.authentication({ acceptV1Tokens: false }).start();
  await settle();
  expect(JSON.stringify(own.log)).toContain('of another cloud');
});
