import { createHash, createPrivateKey, randomBytes, randomUUID, sign } from 'node:crypto';
import { ROLE, SCOPE } from './items.mjs';

/** Entra dates its tokens five minutes back. */
const BACKDATED_SECONDS = 300;
/** A client that is subject to continuous access evaluation gets tokens for a day: longer than any run. */
const LIFETIME_SECONDS = 24 * 3600;

/**
 * Makes access tokens of a tenant: v2.0, with the claims of a real one, about 1.5 kB.
 *
 * @returns {(caller: number, overrides?: { claims?: object, header?: object }) => string} signs a token; callers are
 *   numbered, and no two tokens are alike
 */
export function createTokenIssuer({ settings, signing }) {
  const privateKey = createPrivateKey(signing.privateKey);
  return (caller, { claims = {}, header = {} } = {}) => {
    const content = [
      { typ: 'JWT', alg: 'RS256', kid: signing.kid, ...header },
      { ...claimsOf(settings, caller), ...claims },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${content}.${sign('sha256', Buffer.from(content), privateKey).toString('base64url')}`;
  };
}

/** Six tokens that have to be refused; the server's part in it grows from the first to the last. */
export function badTokens(issue, caller) {
  const good = issue(caller);
  const [header, payload] = good.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url'));
  const nowSeconds = Math.floor(Date.now() / 1000);
  const none = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'none', kid })).toString('base64url');
  return {
    malformed: good.replaceAll('.', ''),
    none: `${none}.${payload}.`,
    unknownKey: forge(issue(caller, { header: { kid: randomBytes(20).toString('base64url') } })),
    wrongAudience: issue(caller, { claims: { aud: randomUUID() } }),
    expired: issue(caller, { claims: { iat: nowSeconds - 7200, nbf: nowSeconds - 7200, exp: nowSeconds - 3600 } }),
    forged: forge(good),
  };
}

function forge(token) {
  return `${token.slice(0, token.lastIndexOf('.'))}.${randomBytes(256).toString('base64url')}`;
}

function claimsOf({ clientId, tenantId, issuer }, caller) {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return {
    aud: clientId,
    iss: issuer,
    iat: nowSeconds - BACKDATED_SECONDS,
    nbf: nowSeconds - BACKDATED_SECONDS,
    exp: nowSeconds + LIFETIME_SECONDS,
    aio: randomBytes(60).toString('base64url'),
    azp: '9b5f3f3e-6d9a-4b0f-8f4e-0d7b6f1c2a10',
    azpacr: '0',
    name: `Caller Number ${caller}`,
    oid: `00000000-0000-4000-8000-${caller.toString(16).padStart(12, '0')}`,
    preferred_username: `caller.${caller}@contoso.example`,
    rh: `1.${randomBytes(42).toString('base64url')}.`,
    roles: [ROLE],
    scp: `${SCOPE} User.Read`,
    sid: '5f0c6a0e-3b8e-4f0c-9d2a-7c1e5b9a4d33',
    sub: createHash('sha256').update(`caller ${caller}`).digest('base64url'),
    tid: tenantId,
    uti: randomBytes(16).toString('base64url'),
    ver: '2.0',
    xms_cc: ['cp1'],
    xms_ftd: randomBytes(36).toString('base64url'),
  };
}
