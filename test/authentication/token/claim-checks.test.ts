import { describe, expect, it } from 'vitest';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { spellingsOf } from '../../../src/authentication/token/claim-checks.js';
import { refusal } from '../../support/refusal.js';
import { createTenant, delegatedClaims, ids, NOW, signToken, v1Claims } from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
const header = { typ: 'JWT', alg: 'RS256', kid: tenant.key.kid };
const codeOf = (claims: Record<string, unknown>) =>
  refusal(authentication.verify(signToken(tenant.key, header, claims)));
const withClaims = (changes: Record<string, unknown>) => codeOf(delegatedClaims(changes));
const TOLERANCE = 60;

describe('times', () => {
  const begun = { iat: NOW - 7200, nbf: NOW - 7200 };
  it.each([
    [NOW, 'accepted'],
    [NOW - TOLERANCE + 1, 'accepted'],
    [NOW - TOLERANCE, 'TOKEN_EXPIRED'],
    [NOW - TOLERANCE - 1, 'TOKEN_EXPIRED'],
  ])('exp %i is %s', async (exp, code) => {
    expect(await withClaims({ ...begun, exp })).toBe(code);
  });

  it.each([
    [NOW + TOLERANCE, 'accepted'],
    [NOW + TOLERANCE + 1, 'TOKEN_NOT_YET_VALID'],
  ])('nbf %i is %s', async (nbf, code) => {
    expect(await withClaims({ nbf })).toBe(code);
  });

  it('nbf is optional', async () => {
    expect(await withClaims({ nbf: undefined })).toBe('accepted');
  });

  it('nbf after exp is refused', async () => {
    expect(await withClaims({ exp: NOW + 10, nbf: NOW + 11 })).toBe('TIME_CLAIM_INVALID');
  });

  it('iat after exp is refused', async () => {
    expect(await withClaims({ exp: NOW + 10, iat: NOW + 11 })).toBe('TIME_CLAIM_INVALID');
  });

  it.each([undefined, null, String(NOW + 3600), true, [NOW + 3600], NOW + 0.5, 1e308, -1, 0, 2 ** 53, {}])(
    'exp %j is refused',
    async (exp) => {
      expect(await withClaims({ exp })).toBe('TIME_CLAIM_INVALID');
    },
  );

  it.each([String(NOW), null, true, NOW - 0.5, 0])('nbf %j is refused', async (nbf) => {
    expect(await withClaims({ nbf })).toBe('TIME_CLAIM_INVALID');
  });

  it.each([undefined, String(NOW), null, true])('iat %j is refused', async (iat) => {
    expect(await withClaims({ iat })).toBe('TIME_CLAIM_INVALID');
  });

  it.each([
    [NOW + TOLERANCE, 'accepted'],
    [NOW + TOLERANCE + 1, 'TOKEN_NOT_YET_VALID'],
  ])('iat %i is %s', async (iat, code) => {
    expect(await withClaims({ iat })).toBe(code);
  });

  it.each([
    [28 * 3600, 'accepted'],
    [AUTHENTICATION_LIMITS.tokenLifeSeconds.default, 'accepted'],
    [AUTHENTICATION_LIMITS.tokenLifeSeconds.default + 1, 'LIFETIME_TOO_LONG'],
  ])('a life of %i s is %s', async (seconds, code) => {
    const iat = NOW - 300;
    expect(await withClaims({ iat, nbf: iat, exp: iat + seconds })).toBe(code);
  });

  it('clocks may be allowed no difference', async () => {
    const strict = tenant.authentication({ clockToleranceSeconds: 0 });
    const expired = signToken(tenant.key, header, delegatedClaims({ ...begun, exp: NOW }));
    expect(await refusal(strict.verify(expired))).toBe('TOKEN_EXPIRED');
  });
});

describe('spellings of an issuer', () => {
  const emulator = `http://127.0.0.1:4001/${ids.tenant}/v2.0`;

  it('are every scheme and name of a loopback port', () => {
    const spellings = ['http', 'https'].flatMap((scheme) =>
      ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${scheme}://${name}:4001/${ids.tenant}/v2.0`),
    );
    expect(new Set(spellingsOf(emulator))).toEqual(new Set(spellings));
  });

  it.each([
    `https://login.microsoftonline.com/${ids.tenant}/v2.0`,
    `https://127.0.0.1.evil.example:4001/${ids.tenant}/v2.0`,
    `https://127.0.0.2:4001/${ids.tenant}/v2.0`,
    `https://localhost/${ids.tenant}/v2.0`,
  ])('are %s alone', (issuer) => {
    expect(spellingsOf(issuer)).toEqual([issuer]);
  });

  it.each(['127.0.0.1:4002', '127.0.0.1', 'localhost:40010', '127.0.0.1:4001@evil.example', '127.0.0.2:4001'])(
    'are not those of %s',
    (host) => {
      expect(spellingsOf(emulator)).not.toContain(`https://${host}/${ids.tenant}/v2.0`);
    },
  );
});

describe('issuer and tenant', () => {
  const v2Issuer = `https://login.microsoftonline.com/${ids.tenant}/v2.0`;

  it('v2 issuer is accepted', async () => {
    expect(await withClaims({})).toBe('accepted');
  });

  it('v1 issuer is accepted', async () => {
    expect(await codeOf(v1Claims())).toBe('accepted');
  });

  it('v1 issuer where only v2 is accepted', async () => {
    const v2Only = tenant.authentication({ acceptV1Tokens: false });
    expect(await refusal(v2Only.verify(signToken(tenant.key, header, v1Claims())))).toBe('VERSION_1_NOT_ACCEPTED');
  });

  it('a slash added to the v2 issuer is refused', async () => {
    expect(await withClaims({ iss: `${v2Issuer}/` })).toBe('ISSUER_MISMATCH');
  });

  it('a slash missing from the v1 issuer is refused', async () => {
    expect(await codeOf(v1Claims({ iss: `https://sts.windows.net/${ids.tenant}` }))).toBe('ISSUER_MISMATCH');
  });

  it('an upper-case host is refused', async () => {
    expect(await withClaims({ iss: v2Issuer.replace('login', 'LOGIN') })).toBe('ISSUER_MISMATCH');
  });

  it('an upper-case GUID is refused', async () => {
    const tid = 'ABCDEF00-0000-4000-8000-000000000000';
    const other = tenant.authentication({ tenantId: tid });
    const claims = delegatedClaims({ tid, iss: `https://login.microsoftonline.com/${tid}/v2.0` });
    expect(await refusal(other.verify(signToken(tenant.key, header, claims)))).toBe('TENANT_CLAIM_INVALID');
  });

  it.each([
    `https://login.microsoftonline.com.evil.example/${ids.tenant}/v2.0`,
    `https://login.microsoftonline.com@evil.example/${ids.tenant}/v2.0`,
    `https://login.microsoftonline.com:443/${ids.tenant}/v2.0`,
    `http://login.microsoftonline.com/${ids.tenant}/v2.0`,
    `https://login.microsoftonline.com/${ids.tenant}/v2.0?`,
    ` ${v2Issuer}`,
    '',
  ])('issuer %j is refused', async (iss) => {
    expect(await withClaims({ iss })).toBe('ISSUER_MISMATCH');
  });

  it('the literal {tenantid} is refused', async () => {
    expect(await withClaims({ iss: 'https://login.microsoftonline.com/{tenantid}/v2.0' })).toBe('ISSUER_MISMATCH');
  });

  it('tid is not the tenant of the issuer', async () => {
    const iss = `https://login.microsoftonline.com/${ids.otherTenant}/v2.0`;
    expect(await withClaims({ iss })).toBe('ISSUER_MISMATCH');
  });

  it.each([undefined, null, '', 'contoso.com', '{tenantid}', [ids.tenant], 7, {}])('tid %j is refused', async (tid) => {
    expect(await withClaims({ tid })).toBe('TENANT_CLAIM_INVALID');
  });

  it('another tenant is refused, though correctly signed', async () => {
    const iss = `https://login.microsoftonline.com/${ids.otherTenant}/v2.0`;
    expect(await withClaims({ tid: ids.otherTenant, iss })).toBe('TENANT_NOT_ALLOWED');
  });

  it.each([
    ['1.0', v2Issuer],
    ['2.0', `https://sts.windows.net/${ids.tenant}/`],
  ])('ver %s with the issuer of the other version is refused', async (ver, iss) => {
    expect(await codeOf({ ...v1Claims(), ...delegatedClaims({ ver, iss }) })).toBe('ISSUER_MISMATCH');
  });

  it.each([undefined, null, 2, '3.0', '2', ['2.0'], ''])('ver %j is refused', async (ver) => {
    expect(await withClaims({ ver })).toBe('VERSION_UNSUPPORTED');
  });

  it.each([undefined, null, {}, 7])('iss %j is refused', async (iss) => {
    expect(await withClaims({ iss })).toBe('ISSUER_MISMATCH');
  });

  it('iss array with the right one is refused', async () => {
    expect(await withClaims({ iss: [v2Issuer] })).toBe('ISSUER_MISMATCH');
  });
});

describe('audience and kind', () => {
  it.each([ids.api, `api://${ids.api}`])('the default audience %s is accepted', async (aud) => {
    expect(await withClaims({ aud })).toBe('accepted');
  });

  it.each([`api://${ids.api}/`, `spn:${ids.api}`, ` ${ids.api}`, `${ids.api} `, `API://${ids.api}`, ''])(
    'another spelling %j is refused',
    async (aud) => {
      expect(await withClaims({ aud })).toBe('AUDIENCE_MISMATCH');
    },
  );

  it('configured audiences replace the defaults', async () => {
    const own = tenant.authentication({ audiences: ['api://expenses'] });
    const verify = (aud: string) => refusal(own.verify(tenant.signAccessToken({ claims: { aud } })));
    expect(await verify('api://expenses')).toBe('accepted');
    expect(await verify(ids.api)).toBe('AUDIENCE_MISMATCH');
  });

  it('an array with one match is accepted', async () => {
    expect(await withClaims({ aud: ['https://other.example', ids.api] })).toBe('accepted');
  });

  it.each([
    [['https://other.example']],
    [[[ids.api]]],
    [[]],
    [null],
    [7],
    [undefined],
    [{ 0: ids.api }],
    [[ids.api, 7]],
    [[ids.api, ...Array.from({ length: 10 }, () => 'x')]],
  ])('aud %j is refused', async (aud) => {
    expect(await withClaims({ aud })).toBe('AUDIENCE_MISMATCH');
  });

  it('ten entries are read', async () => {
    const most = [...Array(AUTHENTICATION_LIMITS.tokenAudiences.default - 1).fill('x'), ids.api];
    expect(await withClaims({ aud: most })).toBe('accepted');
    expect(await withClaims({ aud: ['x', ...most] })).toBe('AUDIENCE_MISMATCH');
  });

  it.each(['00000003-0000-0000-c000-000000000000', 'https://graph.microsoft.com'])(
    'Graph: %s is refused',
    async (aud) => {
      expect(await withClaims({ aud })).toBe('TOKEN_FOR_GRAPH');
    },
  );

  it.each(['https://management.azure.com', ids.client])(
    'Azure management, the client itself: %s is refused',
    async (aud) => {
      expect(await withClaims({ aud })).toBe('AUDIENCE_MISMATCH');
    },
  );

  it.each(['nonce', 'at_hash', 'c_hash'])('an ID token: %s is refused', async (claim) => {
    expect(await withClaims({ [claim]: 'x', roles: ['Expenses.Auditor'] })).toBe('ID_TOKEN');
  });

  it('a refresh token or another opaque text is refused', async () => {
    expect(await refusal(authentication.verify('0.AXoAopaque-refresh_token'))).toBe('TOKEN_NOT_COMPACT');
  });

  it('a SAML assertion is refused', async () => {
    expect(await refusal(authentication.verify('<saml:Assertion Version="2.0"/>'))).toBe('TOKEN_NOT_COMPACT');
  });

  it.each([{ jwk: {} }, 'x', null])('a token bound to a key: cnf %j is refused', async (cnf) => {
    expect(await withClaims({ cnf })).toBe('TOKEN_BOUND_TO_KEY');
  });
});
