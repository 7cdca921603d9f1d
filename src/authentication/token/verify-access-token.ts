import { AccessTokenError, SignatureNotCheckedError, SigningKeysUnavailableError } from '../access-token-error.js';
import type { Caller } from '../caller.js';
import type { JsonObject } from '../json-object.js';
import type { AuthorityKeys } from '../keys/authority-keys.js';
import { isKeyOf, type SigningKey, type TenantIssuer } from '../keys/signing-key.js';
import type { SigningKeys } from '../keys/signing-keys.js';
import { type MaybePromise, whenFailed, whenKnown } from '../maybe-promise.js';
import type { TokenVersion } from '../token-version.js';
import { callerFromClaims } from './caller-from-claims.js';
import { type CheckedClaims, checkClaims, checkIssuer, checkOrigin, spellingsOf } from './claim-checks.js';
import type { Forgeries } from './forgeries.js';
import { detailsOf, type IsIssuerHost, keyNamesIn, tokenIdIn } from './token-details.js';
import { type CompactForm, decodePart, parseCompactForm, parsePart } from './token-form.js';
import type { TokenRequirements } from './token-requirements.js';
import { keyNameOf, type UnverifiedHeader } from './unverified-header.js';
import { isSignedBy, type SignatureExpectations, verifySignature } from './verify-signature.js';

/** What is known of an access token that passed every check. */
export interface VerifiedAccessToken {
  /**
   * Who sent it: a user through a client (`kind` is `delegated`) or an application for itself (`app-only`). Frozen, and the
   * same object each time this token is seen while it is remembered, so that what is decided about it can be kept with it.
   */
  readonly caller: Caller;
  /** Claim `exp`, seconds since 1970, without tolerance. */
  readonly expiresAtSeconds: number;
  /**
   * Claim `ver`, `1.0` or `2.0`: which of Entra's two forms the token has. The API's app registration decides it
   * (`requestedAccessTokenVersion`), not the endpoint that the client used (Microsoft identity platform: access tokens, token
   * formats).
   */
  readonly version: TokenVersion;
  /** Claim `uti`: Entra's id of the token, for logs; undefined when it is missing or of another form. */
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

/** Where a token comes from, and how much may be done for it. */
export interface TokenSource {
  /**
   * Any text by which the server counts clients, such as an address. It is compared, and forgotten within a minute. The
   * unknown keys of one source are looked for once a minute, of all sources together five times. Default: not known, so
   * that one client can use up all five.
   */
  readonly source?: string | undefined;
  /**
   * Called when a token passed all other checks. If it returns false, the signature is not checked and the verification
   * rejects with SignatureNotCheckedError. Default: it is checked.
   */
  readonly mayCheckSignature?: (() => boolean) | undefined;
}

/** The parts of a token that were read, unverified. */
interface TokenParts {
  readonly header: UnverifiedHeader;
  readonly payload: JsonObject;
}

/** What tokens are checked against. */
export interface VerifierSettings {
  readonly required: TokenRequirements;
  readonly keys: AuthorityKeys;
  readonly forgeries: Forgeries;
  readHeader(headerPart: string): UnverifiedHeader | AccessTokenError;
  /** Whether a host is one of the authority's issuers: the log names the others. */
  readonly isIssuerHost: IsIssuerHost;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Checks a token, cheapest first: form, header, whether there is such a key, claims as far as they may refuse, signature,
 * and all claims again now that they are signed. A promise only while keys have to be waited for.
 *
 * Throws, or rejects with, SigningKeysUnavailableError or SignatureNotCheckedError.
 *
 * @returns or the refusal of the first check that fails
 */
export function verifyToken(
  accessToken: string,
  settings: VerifierSettings,
  from: TokenSource = {},
): MaybePromise<Verification | AccessTokenError> {
  const token = parseCompactForm(accessToken);
  if (token instanceof AccessTokenError) return token;
  const header = settings.readHeader(token.header);
  const details = (names: UnverifiedHeader, claims: JsonObject | AccessTokenError) =>
    detailsOf(names, claims, settings.isIssuerHost);
  if (header instanceof AccessTokenError) {
    return header.withDetails(() => details(keyNamesIn(token.header), parsePart(token.payload, 'PAYLOAD_MALFORMED')));
  }
  const { keys } = settings;
  const keyName = keyNameOf(header);
  if (keys.lack(keyName) && keys.isKnownToBeMissing(keyName)) {
    return unknownKey(header).withDetails(() => details(header, parsePart(token.payload, 'PAYLOAD_MALFORMED')));
  }
  const payload = parsePart(token.payload, 'PAYLOAD_MALFORMED');
  const verified = whenFailed(
    () => (payload instanceof AccessTokenError ? payload : verifyParts(token, { header, payload, from }, settings)),
    (error) => (error instanceof SigningKeysUnavailableError ? error.withDetails(details(header, payload)) : error),
  );
  return whenKnown(verified, (outcome) => {
    if (!(outcome instanceof AccessTokenError)) return outcome;
    // Which of its other faults were looked at depends on what others had us look for in the last minute.
    const refusal = keys.lack(keyName) ? refuseUnknownKey(header, payload) : outcome;
    if (refusal.code === 'TOKEN_EXPIRED' && !(payload instanceof AccessTokenError)) {
      refusal.withGenuineness(() => wasAccepted(token, { header, payload }, settings));
    }
    return refusal.withDetails(() => details(header, payload));
  });
}

/**
 * Returns whether an expired token would have been accepted a second before its end, by a key that is known now. Undefined:
 * its key is not known.
 */
function wasAccepted(
  token: CompactForm,
  { header, payload }: TokenParts,
  settings: VerifierSettings,
): boolean | undefined {
  const beforeItsEnd = { ...settings, now: () => (Number(payload.exp) - 1) * 1000 };
  const claims = checkClaims(payload, settings.required, nowSecondsOf(beforeItsEnd));
  if (claims instanceof AccessTokenError) return false;
  if (!settings.keys.of[claims.version].find(keyNameOf(header))) return undefined;
  return 'verified' in verifyParts(token, { header, payload, from: {} }, beforeItsEnd);
}

function verifyParts(
  token: CompactForm,
  { header, payload, from }: TokenParts & { readonly from: TokenSource },
  settings: VerifierSettings,
): MaybePromise<Verification | AccessTokenError> {
  const unverified = checkClaims(payload, settings.required, nowSecondsOf(settings));
  if (unverified instanceof AccessTokenError) return unverified;
  const signature = decodePart(token.signature);
  if (signature instanceof AccessTokenError) return signature;
  const { version, tenantId, audience } = unverified;
  const keys = settings.keys.of[version];
  return whenKnown(keys.knownIssuer ?? keys.issuer(), (issuerTemplate) => {
    const issuer = checkIssuer(payload, issuerTemplate, tenantId);
    if (issuer instanceof AccessTokenError) return issuer;
    const tenant = { tenantId, issuer };
    return whenKnown(settings.keys.find(version, keyNameOf(header), { tenant, source: from.source }), (key) => {
      if (!key) return unknownKey(header);
      const unfit = checkKeyFits(key, { header, tenant, signature });
      if (unfit) return unfit;
      if (from.mayCheckSignature?.() === false) throw new SignatureNotCheckedError();
      const signed = checkSignature(token.accessToken, signature, key, settings.forgeries, {
        issuer: spellingsOf(issuer),
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

/** jsonwebtoken alone accepts a signature. While many are forged, one that is gets refused before it is asked. */
function checkSignature(
  accessToken: string,
  signature: Buffer,
  key: SigningKey,
  forgeries: Forgeries,
  expectations: SignatureExpectations,
): JsonObject | AccessTokenError {
  const outcome =
    forgeries.areFrequent && !isSignedBy(key, accessToken, signature)
      ? new AccessTokenError('SIGNATURE_INVALID')
      : verifySignature(accessToken, key, expectations);
  forgeries.add(outcome instanceof AccessTokenError && outcome.code === 'SIGNATURE_INVALID');
  return outcome;
}

/** What cannot be a token of Entra ID is named for that: its key is unknown for the same reason. */
function refuseUnknownKey(header: UnverifiedHeader, payload: JsonObject | AccessTokenError): AccessTokenError {
  const foreign = payload instanceof AccessTokenError ? undefined : checkOrigin(payload);
  return foreign ?? unknownKey(header);
}

/** Refuses a token whose header names a key that no key set has. */
export function unknownKey({ kid }: UnverifiedHeader): AccessTokenError {
  return new AccessTokenError('SIGNING_KEY_UNKNOWN', { claim: kid === undefined ? 'x5t' : 'kid' });
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
    tokenId: tokenIdIn(payload),
  });
  return { verified, claims, key, keys, tenant: { tenantId: claims.tenantId, issuer } };
}

function nowSecondsOf({ now }: VerifierSettings): number {
  return Math.floor(now() / 1000);
}
