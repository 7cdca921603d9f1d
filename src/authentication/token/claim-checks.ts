import { LOWER_CASE_GUID } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import { B2C, unsupportedAuthority } from '../keys/unsupported-authorities.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import { LOOPBACK_HOSTS } from '../loopback.js';
import type { TokenRequirements } from '../options/token-requirements.js';
import { AccessTokenError } from '../refusals/access-token-error.js';
import type { AccessTokenFailureCode } from '../refusals/failure-catalogue.js';
import type { TokenVersion } from '../token-version.js';
import { GRAPH, microsoftServiceOf } from './microsoft-audiences.js';

const MAX_LIFETIME_SECONDS = AUTHENTICATION_LIMITS.tokenLifeSeconds.default;

/** Claims of an ID token that an access token never has (OpenID Connect Core s.2 and s.3.3.2.11). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash'] as const;
/** Name of a policy of Azure AD B2C, in claim `tfp` or `acr`. */
const B2C_POLICY = /^b2c_1a?_/i;
/** Entries of a claim `aud` that is a list. */
export const MAX_AUDIENCES = AUTHENTICATION_LIMITS.tokenAudiences.default;

export interface CheckedClaims {
  readonly version: TokenVersion;
  readonly tenantId: string;
  readonly audience: string;
  readonly issuedAtSeconds: number;
  readonly notBeforeSeconds: number;
  readonly expiresAtSeconds: number;
}

/**
 * Runs every check of the claims that needs no signing keys. It runs twice. On unverified claims it can only refuse, which
 * saves a signature check and a fetch. Then it runs again on the signed claims.
 *
 * @param nowSeconds seconds since 1970
 * @param ownIssuer the authority's for the tenant of these claims, if it is known
 * @throws AccessTokenError of the first check that fails
 */
export function checkClaims(
  claims: JsonObject,
  required: TokenRequirements,
  nowSeconds: number,
  ownIssuer?: string,
): CheckedClaims {
  checkOrigin(claims, ownIssuer);
  const version = checkVersion(claims, required);
  checkKind(claims);
  const tenantId = checkTenant(claims, required);
  const audience = checkAudience(claims, required);
  const times = checkTimes(claims, required.clockToleranceSeconds, nowSeconds);
  return { version, tenantId, audience, ...times };
}

/** Members of a signed HTTP request beside the access token in `at` (draft-ietf-oauth-signed-http-request s.3). */
const SIGNED_REQUEST_MEMBERS = ['ts', 'm', 'u', 'p', 'q', 'h', 'b', 'cnf'] as const;

const ORIGIN_CODES: readonly AccessTokenFailureCode[] = [
  'SIGNED_HTTP_REQUEST',
  'TOKEN_FROM_B2C',
  'AUTHORITY_UNSUPPORTED',
];

/** Returns whether {@link checkOrigin} refused the token. Its key is then unknown for the same reason. */
export function isForeign({ code }: AccessTokenError): boolean {
  return ORIGIN_CODES.includes(code);
}

/**
 * Refuses tokens that cannot be access tokens of Entra ID regardless of their key. The codes are SIGNED_HTTP_REQUEST,
 * TOKEN_FROM_B2C and AUTHORITY_UNSUPPORTED.
 */
export function checkOrigin(claims: JsonObject, ownIssuer?: string): void {
  const { at, iss, tfp, acr } = claims;
  if (typeof at === 'string' && SIGNED_REQUEST_MEMBERS.some((member) => Object.hasOwn(claims, member))) {
    throw new AccessTokenError('SIGNED_HTTP_REQUEST', { claim: 'at' });
  }
  const policy = [tfp, acr].find((value) => typeof value === 'string' && B2C_POLICY.test(value));
  const authority = typeof iss === 'string' && iss !== ownIssuer ? unsupportedAuthority(iss) : undefined;
  if (policy !== undefined || authority === B2C) throw new AccessTokenError('TOKEN_FROM_B2C', { claim: 'iss' });
  if (authority !== undefined) throw new AccessTokenError('AUTHORITY_UNSUPPORTED', { claim: 'iss' });
}

/** Refuses with VERSION_UNSUPPORTED, VERSION_1_NOT_ACCEPTED. */
export function checkVersion({ ver }: JsonObject, required: TokenRequirements): TokenVersion {
  if (ver !== '1.0' && ver !== '2.0') throw new AccessTokenError('VERSION_UNSUPPORTED', { claim: 'ver' });
  if (!required.versions.has(ver)) throw new AccessTokenError('VERSION_1_NOT_ACCEPTED', { claim: 'ver' });
  return ver;
}

/**
 * Refuses ID tokens with ID_TOKEN and tokens bound to a key with TOKEN_BOUND_TO_KEY. Accepted as a plain Bearer token, a
 * bound token would lose its protection.
 */
export function checkKind(claims: JsonObject): void {
  const idTokenClaim = ID_TOKEN_CLAIMS.find((claim) => Object.hasOwn(claims, claim));
  if (idTokenClaim) throw new AccessTokenError('ID_TOKEN', { claim: idTokenClaim });
  if (Object.hasOwn(claims, 'cnf')) throw new AccessTokenError('TOKEN_BOUND_TO_KEY', { claim: 'cnf' });
}

/** Refuses with TENANT_CLAIM_INVALID, TENANT_NOT_ALLOWED. */
export function checkTenant({ tid }: JsonObject, required: TokenRequirements): string {
  if (typeof tid === 'string' && required.tenants.has(tid)) return tid;
  const isTenant = typeof tid === 'string' && LOWER_CASE_GUID.test(tid);
  throw new AccessTokenError(isTenant ? 'TENANT_NOT_ALLOWED' : 'TENANT_CLAIM_INVALID', { claim: 'tid' });
}

/**
 * Returns the audience by which a token is accepted. `aud` is a string, or an array of strings with one that matches
 * (RFC 7519 s.4.1.3). Refuses with TOKEN_FOR_GRAPH, AUDIENCE_MISMATCH.
 */
export function checkAudience({ aud }: JsonObject, required: TokenRequirements): string {
  const entries: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const audiences = entries.filter((entry) => typeof entry === 'string');
  const accepted = audiences.find((audience) => required.audiences.has(audience));
  if (accepted !== undefined && audiences.length === entries.length && entries.length <= MAX_AUDIENCES) return accepted;
  // Anyone can send a list, so at most as many entries are read as an accepted list may have.
  const isForGraph = audiences.slice(0, MAX_AUDIENCES).some((audience) => microsoftServiceOf(audience) === GRAPH);
  throw new AccessTokenError(isForGraph ? 'TOKEN_FOR_GRAPH' : 'AUDIENCE_MISMATCH', { claim: 'aud' });
}

/** Refuses with TIME_CLAIM_INVALID, LIFETIME_TOO_LONG, TOKEN_EXPIRED, TOKEN_NOT_YET_VALID. */
export function checkTimes(
  claims: JsonObject,
  toleranceSeconds: number,
  nowSeconds: number,
): Omit<CheckedClaims, 'version' | 'tenantId' | 'audience'> {
  const expiresAtSeconds = secondsOf(claims, 'exp');
  const issuedAtSeconds = secondsOf(claims, 'iat');
  const notBeforeSeconds = claims.nbf === undefined ? issuedAtSeconds : secondsOf(claims, 'nbf');
  if (notBeforeSeconds > expiresAtSeconds) throw new AccessTokenError('TIME_CLAIM_INVALID', { claim: 'nbf' });
  if (issuedAtSeconds > expiresAtSeconds) throw new AccessTokenError('TIME_CLAIM_INVALID', { claim: 'iat' });
  if (expiresAtSeconds - issuedAtSeconds > MAX_LIFETIME_SECONDS) {
    throw new AccessTokenError('LIFETIME_TOO_LONG', { claim: 'exp' });
  }
  if (nowSeconds >= expiresAtSeconds + toleranceSeconds) throw new AccessTokenError('TOKEN_EXPIRED', { claim: 'exp' });
  const latestBeginSeconds = nowSeconds + toleranceSeconds;
  if (notBeforeSeconds > latestBeginSeconds) throw new AccessTokenError('TOKEN_NOT_YET_VALID', { claim: 'nbf' });
  if (issuedAtSeconds > latestBeginSeconds) throw new AccessTokenError('TOKEN_NOT_YET_VALID', { claim: 'iat' });
  return { issuedAtSeconds, notBeforeSeconds, expiresAtSeconds };
}

/** Accepts whole seconds only. RFC 7519 allows fractions. Entra sends none, and rounding could lose one. */
function secondsOf(claims: JsonObject, claim: 'exp' | 'iat' | 'nbf'): number {
  const value = claims[claim];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new AccessTokenError('TIME_CLAIM_INVALID', { claim });
}

/**
 * Returns the issuer. It must equal the one that the authority's metadata names for the token's tenant, character by
 * character (RFC 7519 s.4.1.1). Refuses with ISSUER_MISMATCH.
 *
 * @param issuerTemplate issuer of the metadata, in which `{tenantid}` stands for the tenant
 */
export function checkIssuer({ iss }: JsonObject, issuerTemplate: string, tenantId: string): string {
  const expected = issuerOfTenant(issuerTemplate, tenantId);
  if (iss === expected || (typeof iss === 'string' && spellingsOf(expected).includes(iss))) return expected;
  throw new AccessTokenError('ISSUER_MISMATCH', { claim: 'iss', expectedIss: expected });
}

/**
 * Lists the texts that name an issuer. That is the issuer alone, except for an emulator on loopback. It can be reached over
 * http and https and by three names, and is the same issuer if its port is the same.
 */
export function spellingsOf(issuer: string): [string, ...string[]] {
  const [, rest] = /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(:.*)$/.exec(issuer) ?? [];
  if (rest === undefined) return [issuer];
  return [issuer, ...['http', 'https'].flatMap((scheme) => LOOPBACK_HOSTS.map((name) => `${scheme}://${name}${rest}`))];
}

/** Replaces `{tenantid}`, as Entra writes it in the metadata and keys of `common` and `organizations`. */
export function issuerOfTenant(issuerTemplate: string, tenantId: string): string {
  return issuerTemplate.replace('{tenantid}', tenantId);
}
