import { describe, expect, it } from 'vitest';
import { AccessTokenError } from '../../../src/authentication/refusals/access-token-error.js';
import { isFoundAfterSignature } from '../../../src/authentication/refusals/failure-catalogue.js';
import { createKey, createTenant, ids, NOW, v1Claims } from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
const { kid } = tenant.key;
const stranger = createKey();

async function errorOf(token: string, verifier = authentication): Promise<AccessTokenError> {
  const error = await verifier.verify(token).catch((refused: unknown) => refused);
  if (error instanceof AccessTokenError) return error;
  throw new Error('it was not refused');
}
const codeAndClaim = async (...given: Parameters<typeof errorOf>) => {
  const { code, claim } = await errorOf(...given);
  return [code, claim];
};

describe('a refusal names what failed', () => {
  it.each([
    [{ alg: 'none' }, 'ALGORITHM_NOT_ALLOWED', 'alg'],
    [{ jku: 'https://evil.example' }, 'HEADER_MEMBER_NOT_ALLOWED', 'jku'],
    [{ typ: 'logout+jwt' }, 'TOKEN_TYPE_NOT_ALLOWED', 'typ'],
    [{ nonce: 'x' }, 'TOKEN_FOR_GRAPH', 'nonce'],
    [{ kid: '' }, 'KEY_ID_INVALID', 'kid'],
    [{ kid: 'unknown' }, 'SIGNING_KEY_UNKNOWN', 'kid'],
    [{ x5t: 7 }, 'KEY_THUMBPRINT_MISMATCH', 'x5t'],
    [{ x5t: 'other' }, 'KEY_THUMBPRINT_MISMATCH', 'x5t'],
  ])('in the header %j', async (header, code, claim) => {
    const token = tenant.signAccessToken({ header: { typ: 'JWT', kid, ...header } });
    expect(await codeAndClaim(token)).toEqual([code, claim]);
  });

  it.each([
    [{ ver: '3.0' }, 'VERSION_UNSUPPORTED', 'ver'],
    [{ c_hash: 'x' }, 'ID_TOKEN', 'c_hash'],
    [{ cnf: {} }, 'TOKEN_BOUND_TO_KEY', 'cnf'],
    [{ tid: 'contoso.com' }, 'TENANT_CLAIM_INVALID', 'tid'],
    [{ tid: ids.otherTenant }, 'TENANT_NOT_ALLOWED', 'tid'],
    [{ aud: 'other' }, 'AUDIENCE_MISMATCH', 'aud'],
    [{ aud: 'https://graph.microsoft.com' }, 'TOKEN_FOR_GRAPH', 'aud'],
    [{ exp: '1' }, 'TIME_CLAIM_INVALID', 'exp'],
    [{ iat: '1' }, 'TIME_CLAIM_INVALID', 'iat'],
    [{ nbf: '1' }, 'TIME_CLAIM_INVALID', 'nbf'],
    [{ exp: NOW + 10, nbf: NOW + 11 }, 'TIME_CLAIM_INVALID', 'nbf'],
    [{ exp: NOW + 10, iat: NOW + 11 }, 'TIME_CLAIM_INVALID', 'iat'],
    [{ exp: NOW + 48 * 3600 }, 'LIFETIME_TOO_LONG', 'exp'],
    [{ iat: 1, nbf: 1, exp: 2 }, 'TOKEN_EXPIRED', 'exp'],
    [{ nbf: NOW + 600 }, 'TOKEN_NOT_YET_VALID', 'nbf'],
    [{ nbf: NOW, iat: NOW + 600 }, 'TOKEN_NOT_YET_VALID', 'iat'],
    [{ iss: 'https://evil.example/' }, 'ISSUER_MISMATCH', 'iss'],
    [{ oid: 'x' }, 'OBJECT_ID_INVALID', 'oid'],
    [{ azp: 'x' }, 'CLIENT_ID_INVALID', 'azp'],
    [{ _claim_names: { roles: 'src1' } }, 'CLAIMS_OVERAGE', 'roles'],
    [{ scp: 7 }, 'PERMISSION_CLAIM_INVALID', 'scp'],
    [{ roles: 'Approver' }, 'PERMISSION_CLAIM_INVALID', 'roles'],
    [{ acrs: [7] }, 'PERMISSION_CLAIM_INVALID', 'acrs'],
    [{ idtyp: 'device' }, 'ACTOR_UNCLEAR', 'idtyp'],
    [{ xms_act_fct: '11', xms_par_app_azp: ['x'] }, 'ACTOR_UNCLEAR', 'xms_par_app_azp'],
    [{ scp: undefined, roles: ['Approver'] }, 'ACTOR_UNCLEAR', 'sub'],
  ] as const)('in the claims %j, before or after the signature is verified', async (claims, code, claim) => {
    expect(await codeAndClaim(tenant.signAccessToken({ claims }))).toEqual([code, claim]);
    const forged = await errorOf(tenant.signAccessToken({ key: stranger, header: { kid }, claims }));
    expect(forged.code).toBe(isFoundAfterSignature(code) ? 'SIGNATURE_INVALID' : code);
  });

  it('the client of a v1.0 token is appid', async () => {
    const token = tenant.signAccessToken({ claims: { ...v1Claims(), azp: ids.client, appid: 'x' } });
    expect(await codeAndClaim(token)).toEqual(['CLIENT_ID_INVALID', 'appid']);
  });

  it('a version, and a client, that are not accepted here', async () => {
    const strict = tenant.authentication({ acceptV1Tokens: false, allowedClients: [ids.application] });
    const v1 = tenant.signAccessToken({ claims: v1Claims() });
    expect(await codeAndClaim(v1, strict)).toEqual(['VERSION_1_NOT_ACCEPTED', 'ver']);
    expect(await codeAndClaim(tenant.signAccessToken(), strict)).toEqual(['CLIENT_NOT_ALLOWED', 'azp']);
  });

  it('a key of another issuer', async () => {
    const own = createTenant();
    own.keySets['2.0'] = [{ ...own.key.jwk, issuer: 'https://login.microsoftonline.us/{tenantid}/v2.0' }];
    const refused = await codeAndClaim(own.signAccessToken(), own.authentication());
    expect(refused).toEqual(['SIGNING_KEY_OF_ANOTHER_ISSUER', 'iss']);
  });

  it('nothing where it is the token as a whole', async () => {
    expect(await codeAndClaim('a.b')).toEqual(['TOKEN_NOT_COMPACT', undefined]);
    expect(await codeAndClaim(`${tenant.signAccessToken()}=`)).toEqual(['TOKEN_ENCODING_INVALID', undefined]);
  });
});

describe('a forged signature', () => {
  const forge = () => tenant.signAccessToken({ key: stranger, header: { kid } });

  it('has what jsonwebtoken found as its cause, other refusals have none', async () => {
    expect((await errorOf(forge())).cause).toMatchObject({ name: 'JsonWebTokenError', message: 'invalid signature' });
    expect(await errorOf(tenant.signAccessToken({ claims: { aud: 'x' } }))).not.toHaveProperty('cause');
  });

  it('captures no stack trace, which would cost a fifth of the check', async () => {
    expect((await errorOf(forge())).cause).toHaveProperty('stack', expect.not.stringContaining('\n    at '));
  });
});

it('is made anew for each token, also where the header alone is refused', async () => {
  const token = tenant.signAccessToken({ header: { alg: 'none', kid } });
  expect(await errorOf(token)).not.toBe(await errorOf(token));
});

describe('claims of the wrong kind', () => {
  it('a number is not a version and is not logged', async () => {
    const error = await errorOf(tenant.signAccessToken({ claims: { ver: 2.5 } }));
    expect(error.details.ver).toBeUndefined();
  });

  it('a context is the letter c and a number, and nothing else', async () => {
    const { caller } = await authentication.verify(
      tenant.signAccessToken({ claims: { acrs: ['c1', 'urn:c2', 'c3x', 'c0', 'c100'] } }),
    );
    expect(caller).toMatchObject({ authContexts: new Set(['c1']) });
  });
});

it.each([
  ['nbf', { nbf: NOW + 60, exp: NOW + 60 }],
  ['iat', { nbf: NOW, iat: NOW + 60, exp: NOW + 60 }],
])('a token may end in the second of its %s', async (_claim, claims) => {
  await expect(authentication.verify(tenant.signAccessToken({ claims }))).resolves.toBeDefined();
});
