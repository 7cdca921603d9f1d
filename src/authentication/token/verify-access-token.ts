import { type AccessTokenDetails, AccessTokenError } from '../access-token-error.js';
import type { Caller } from '../caller.js';
import { LOWER_CASE_GUID } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import { isKeyOf, type SigningKey, type TenantIssuer } from '../keys/signing-key.js';
import type { SigningKeys } from '../keys/signing-keys.js';
import { type MaybePromise, whenKnown } from '../maybe-promise.js';
import type { TokenVersion } from '../token-version.js';
import { callerFromClaims } from './caller-from-claims.js';
import { type CheckedClaims, checkClaims, checkIssuer } from './claim-checks.js';
import { type CompactForm, decodePart, parsePart } from './token-form.js';
import type { UnverifiedHeader } from './token-header.js';
import type { TokenRequirements } from './token-requirements.js';
import { verifySignature } from './verify-signature.js';

/** What is known of an access token that passed every check. */
export interface VerifiedAccessToken {
  readonly caller: Caller;
  /** Claim `exp`, seconds since 1970, without tolerance. */
  readonly expiresAtSeconds: number;
  readonly version: TokenVersion;
  /** Claim `uti`: Entra's id of the token, for logs. */
  readonly tokenId: string | undefined;
}

/** A verified token, with what has to be asked again each time it is seen. */
export interface Verification {
  readonly verified: VerifiedAccessToken;
  readonly claims: CheckedClaims;
  readonly key: SigningKey;
  readonly keys: SigningKeys;
  readonly tenant: TenantIssuer;
}

/** What tokens are checked against. */
export interface VerifierSettings {
  readonly required: TokenRequirements;
  readHeader(headerPart: string): UnverifiedHeader | AccessTokenError;
  keysOf(version: TokenVersion): SigningKeys;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Checks a token, cheapest first: header, claims as far as they may refuse, key, signature, and all claims again now that
 * they are signed. A promise only while keys have to be waited for.
 *
 * Throws, or rejects with, SigningKeysUnavailableError.
 *
 * @returns or the refusal of the first check that fails
 */
export function verifyToken(
  token: CompactForm,
  settings: VerifierSettings,
): MaybePromise<Verification | AccessTokenError> {
  const header = settings.readHeader(token.header);
  if (header instanceof AccessTokenError) return header;
  const { kid } = header;
  const signature = decodePart(token.signature);
  if (signature instanceof AccessTokenError) return signature.withDetails(() => ({ kid }));
  const payload = parsePart(token.payload, 'PAYLOAD_MALFORMED');
  if (payload instanceof AccessTokenError) return payload.withDetails(() => ({ kid }));
  return whenKnown(verifyParts(token.accessToken, header, signature, payload, settings), (outcome) =>
    outcome instanceof AccessTokenError ? outcome.withDetails(() => detailsOf(kid, payload)) : outcome,
  );
}

function verifyParts(
  accessToken: string,
  header: UnverifiedHeader,
  signature: Buffer,
  payload: JsonObject,
  settings: VerifierSettings,
): MaybePromise<Verification | AccessTokenError> {
  const unverified = checkClaims(payload, settings.required, nowSecondsOf(settings));
  if (unverified instanceof AccessTokenError) return unverified;
  const { version, tenantId, audience } = unverified;
  const keys = settings.keysOf(version);
  return whenKnown(keys.knownIssuer ?? keys.issuer(), (issuerTemplate) => {
    const issuer = checkIssuer(payload, issuerTemplate, tenantId);
    if (issuer instanceof AccessTokenError) return issuer;
    const tenant = { tenantId, issuer };
    return whenKnown(keys.find(header.kid, tenant) ?? keys.findAfterRefresh(header.kid, tenant), (key) => {
      if (!key) return new AccessTokenError('SIGNING_KEY_UNKNOWN', { claim: 'kid' });
      const unfit = checkKeyFits(key, { header, tenant, signature });
      if (unfit) return unfit;
      const signed = verifySignature(accessToken, key, {
        issuer,
        audience,
        clockTimestamp: nowSecondsOf(settings),
        clockTolerance: settings.required.clockToleranceSeconds,
      });
      return signed instanceof AccessTokenError
        ? signed
        : acceptSigned(signed, { issuerTemplate, key, keys }, settings);
    });
  });
}

/** Refuses with SIGNING_KEY_OF_ANOTHER_ISSUER, KEY_THUMBPRINT_MISMATCH, SIGNATURE_INVALID. */
export function checkKeyFits(
  key: SigningKey,
  token: {
    readonly header: UnverifiedHeader;
    readonly tenant: TenantIssuer;
    readonly signature: Buffer;
  },
): AccessTokenError | undefined {
  if (!isKeyOf(key, token.tenant)) return new AccessTokenError('SIGNING_KEY_OF_ANOTHER_ISSUER', { claim: 'iss' });
  if (token.header.x5t !== undefined && token.header.x5t !== key.x5t) {
    return new AccessTokenError('KEY_THUMBPRINT_MISMATCH', { claim: 'x5t' });
  }
  return token.signature.length === key.signatureBytes ? undefined : new AccessTokenError('SIGNATURE_INVALID');
}

/** Nothing found in the unverified claims is used: everything is read again from what jsonwebtoken gives back. */
function acceptSigned(
  payload: JsonObject,
  { issuerTemplate, key, keys }: { issuerTemplate: string; key: SigningKey; keys: SigningKeys },
  settings: VerifierSettings,
): Verification | AccessTokenError {
  const claims = checkClaims(payload, settings.required, nowSecondsOf(settings));
  if (claims instanceof AccessTokenError) return claims;
  const issuer = checkIssuer(payload, issuerTemplate, claims.tenantId);
  if (issuer instanceof AccessTokenError) return issuer;
  const caller = callerFromClaims(payload, claims.tenantId, settings.required);
  if (caller instanceof AccessTokenError) return caller;
  const verified: VerifiedAccessToken = Object.freeze({
    caller,
    expiresAtSeconds: claims.expiresAtSeconds,
    version: claims.version,
    tokenId: typeof payload.uti === 'string' && TOKEN_ID.test(payload.uti) ? payload.uti : undefined,
  });
  return { verified, claims, key, keys, tenant: { tenantId: claims.tenantId, issuer } };
}

function nowSecondsOf({ now }: VerifierSettings): number {
  return Math.floor(now() / 1000);
}

const TOKEN_ID = /^[\w-]{1,64}$/;
/** Forms that Entra gives these claims; a value of another form is not logged, whatever it is. */
const LOGGABLE = { tid: LOWER_CASE_GUID, ver: /^\d\.\d$/, aud: /^[\w:/.-]{1,128}$/, uti: TOKEN_ID } as const;

function detailsOf(kid: string, payload: JsonObject): AccessTokenDetails {
  return {
    kid,
    ...loggable('tid', payload.tid, LOGGABLE.tid),
    ...loggable('ver', payload.ver, LOGGABLE.ver),
    ...loggable('aud', payload.aud, LOGGABLE.aud),
    ...loggable('uti', payload.uti, LOGGABLE.uti),
  };
}

function loggable(name: keyof AccessTokenDetails, value: unknown, form: RegExp): AccessTokenDetails {
  return typeof value === 'string' && form.test(value) ? { [name]: value } : {};
}
