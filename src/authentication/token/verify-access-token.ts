import { type AccessTokenDetails, AccessTokenError } from '../access-token-error.js';
import type { Caller } from '../caller.js';
import { LOWER_CASE_GUID } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import { isKeyOf, type SigningKey, type TenantIssuer } from '../keys/signing-key.js';
import type { SigningKeys } from '../keys/signing-keys.js';
import type { TokenVersion } from '../token-version.js';
import { callerFromClaims } from './caller-from-claims.js';
import { type CheckedClaims, checkClaims, checkIssuer } from './claim-checks.js';
import { decodePart, parseCompactForm, parsePart } from './token-form.js';
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
  readHeader(headerPart: string): UnverifiedHeader;
  keysOf(version: TokenVersion): SigningKeys;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Checks an access token, cheapest first: form, header, claims as far as they may refuse, key, signature, and all claims
 * again now that they are signed.
 *
 * @throws AccessTokenError with the code of the first check that fails; SigningKeysUnavailableError
 */
export async function verifyAccessToken(accessToken: string, settings: VerifierSettings): Promise<Verification> {
  const seen: UnverifiedParts = {};
  try {
    const form = parseCompactForm(accessToken);
    const header = settings.readHeader(form.header);
    seen.kid = header.kid;
    const signature = decodePart(form.signature);
    seen.payload = parsePart(form.payload, 'PAYLOAD_MALFORMED');
    const unverified = checkClaims(seen.payload, settings.required, nowSecondsOf(settings));

    const keys = settings.keysOf(unverified.version);
    const issuerTemplate = keys.knownIssuer ?? (await keys.issuer());
    const issuer = checkIssuer(seen.payload, issuerTemplate, unverified.tenantId);
    const tenant = { tenantId: unverified.tenantId, issuer };
    const key = keys.find(header.kid, tenant) ?? (await keys.findAfterRefresh(header.kid, tenant));
    if (!key) throw new AccessTokenError('SIGNING_KEY_UNKNOWN', { claim: 'kid' });
    checkKeyFits(key, { header, tenant, signature });

    const payload = verifySignature(accessToken, key, {
      issuer,
      audience: unverified.audience,
      clockTimestamp: nowSecondsOf(settings),
      clockTolerance: settings.required.clockToleranceSeconds,
    });
    return acceptSigned(payload, { issuerTemplate, key, keys }, settings);
  } catch (error) {
    throw error instanceof AccessTokenError ? error.withDetails(detailsOf(seen)) : error;
  }
}

/** @throws AccessTokenError SIGNING_KEY_OF_ANOTHER_ISSUER, KEY_THUMBPRINT_MISMATCH, SIGNATURE_INVALID */
export function checkKeyFits(
  key: SigningKey,
  token: {
    readonly header: UnverifiedHeader;
    readonly tenant: TenantIssuer;
    readonly signature: Buffer;
  },
): void {
  if (!isKeyOf(key, token.tenant)) {
    throw new AccessTokenError('SIGNING_KEY_OF_ANOTHER_ISSUER', { claim: 'iss' });
  }
  if (token.header.x5t !== undefined && token.header.x5t !== key.x5t) {
    throw new AccessTokenError('KEY_THUMBPRINT_MISMATCH', { claim: 'x5t' });
  }
  if (token.signature.length !== key.signatureBytes) throw new AccessTokenError('SIGNATURE_INVALID');
}

/** Nothing found in the unverified claims is used: everything is read again from what jsonwebtoken gives back. */
function acceptSigned(
  payload: JsonObject,
  { issuerTemplate, key, keys }: { issuerTemplate: string; key: SigningKey; keys: SigningKeys },
  settings: VerifierSettings,
): Verification {
  const claims = checkClaims(payload, settings.required, nowSecondsOf(settings));
  const issuer = checkIssuer(payload, issuerTemplate, claims.tenantId);
  const caller = callerFromClaims(payload, claims.tenantId, settings.required);
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

interface UnverifiedParts {
  kid?: string;
  payload?: JsonObject;
}

function detailsOf({ kid, payload = {} }: UnverifiedParts): AccessTokenDetails {
  return {
    ...(kid !== undefined && { kid }),
    ...loggable('tid', payload.tid, LOGGABLE.tid),
    ...loggable('ver', payload.ver, LOGGABLE.ver),
    ...loggable('aud', payload.aud, LOGGABLE.aud),
    ...loggable('uti', payload.uti, LOGGABLE.uti),
  };
}

function loggable(name: keyof AccessTokenDetails, value: unknown, form: RegExp): AccessTokenDetails {
  return typeof value === 'string' && form.test(value) ? { [name]: value } : {};
}
