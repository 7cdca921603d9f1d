import type { Caller } from '../caller.js';
import type { JsonObject } from '../json-object.js';
import type { AuthorityKeys } from '../keys/authority-keys.js';
import { isKeyOf, type SigningKey, type TenantIssuer } from '../keys/signing-key.js';
import type { SigningKeys } from '../keys/signing-keys.js';
import type { TokenRequirements } from '../options/token-requirements.js';
import {
  AccessTokenError,
  readable,
  SignatureNotCheckedError,
  SigningKeysUnavailableError,
} from '../refusals/access-token-error.js';
import type { TenantDecisions } from '../tenants/tenant-decisions.js';
import type { TokenVersion } from '../token-version.js';
import { callerFromClaims } from './caller-from-claims.js';
import {
  type CheckedClaims,
  checkClaims,
  checkIssuer,
  isForeign,
  issuerOfTenant,
  spellingsOf,
} from './claim-checks.js';
import { detailsOf, type IsIssuerHost, tokenIdIn } from './token-details.js';
import { type CompactForm, decodePart, parseCompactForm, parsePart } from './token-form.js';
import { readHeader } from './token-header.js';
import { keyNameOf, type UnverifiedHeader } from './unverified-header.js';
import { verifySignature } from './verify-signature.js';

/** Facts about an access token that passed every check. */
export interface VerifiedAccessToken {
  /**
   * The caller is a user through a client (`kind` is `delegated`) or an application for itself (`app-only`). It is frozen.
   * It is the same object each time this token is seen while it is remembered, so decisions about it can be cached with it.
   */
  readonly caller: Caller;
  /** Claim `exp` in seconds since 1970 without tolerance. */
  readonly expiresAtSeconds: number;
  /**
   * Claim `ver`: which of Entra's two forms the token has. It is `1.0` or `2.0`. The API's app registration decides it
   * (`requestedAccessTokenVersion`) and not the endpoint that the client used (Microsoft identity platform: access tokens,
   * token formats).
   */
  readonly version: TokenVersion;
  /** Claim `uti`: Entra's id of the token for logs. Undefined when it is missing or of another form. */
  readonly tokenId: string | undefined;
}

/** A verified token, and what is needed to check it again each time it is seen. */
export interface Verification {
  readonly verified: VerifiedAccessToken;
  readonly claims: CheckedClaims;
  readonly key: SigningKey;
  readonly keys: SigningKeys;
  readonly tenant: TenantIssuer;
}

export interface TokenSource {
  /**
   * A text that stands for the client, such as its address. It is only compared, and forgotten within a minute. Unknown keys
   * are looked for once a minute for each source and five times for all. Default: not known, so that one client can use up
   * all five.
   */
  readonly source?: string | undefined;
  /**
   * Called when a token passed all other checks. If it returns false, the signature is not checked and the verification
   * rejects with SignatureNotCheckedError. Default: it is checked.
   */
  readonly mayCheckSignature?: (() => boolean) | undefined;
  /**
   * Runs the part of the verification that waits for signing keys, and returns its result, so that a server can trace it.
   * Keys that are known are not waited for. Default: it is run as it is.
   */
  readonly whileFetching?: (<T>(fetching: () => Promise<T>) => Promise<T>) | undefined;
}

/** Settings of the verification. */
export interface VerifierSettings {
  readonly required: TokenRequirements;
  readonly keys: AuthorityKeys;
  /** Whether a host is one of the authority's issuers. The log names other hosts. */
  readonly isIssuerHost: IsIssuerHost;
  /** Decides about tenants where the API does not list them. */
  readonly tenants?: TenantDecisions | undefined;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Verifies a token with the cheapest checks first: form, header, whether the key is known, and the claims. Then it checks the
 * signature, and all claims again in the signed payload. At last it decides about the tenant.
 *
 * Rejects with AccessTokenError of the first check that fails, SigningKeysUnavailableError or SignatureNotCheckedError.
 */
export async function verifyToken(
  accessToken: string,
  settings: VerifierSettings,
  from: TokenSource = {},
): Promise<Verification> {
  const token = parseCompactForm(accessToken);
  let header: UnverifiedHeader | undefined;
  try {
    header = readHeader(token.header);
    const verification = await verifyPayload({ token, header }, settings, from);
    if (settings.tenants && (await settings.tenants.decide(verification.claims.tenantId)) === false) {
      throw new AccessTokenError('TENANT_NOT_ALLOWED', { claim: 'tid' });
    }
    return verification;
  } catch (error) {
    const refusal = header && error instanceof AccessTokenError ? refusalOf(error, { token, header }, settings) : error;
    if (refusal instanceof AccessTokenError || refusal instanceof SigningKeysUnavailableError) {
      refusal.withDetails(() => detailsOf(token, settings.isIssuerHost));
    }
    throw refusal;
  }
}

/** A token whose header was read. Nothing of it is verified. */
interface ReadToken {
  readonly token: CompactForm;
  readonly header: UnverifiedHeader;
}

/** Reports an unknown key first, so that the code does not depend on whether other tokens caused a refresh lately. */
function refusalOf(error: AccessTokenError, read: ReadToken, settings: VerifierSettings): AccessTokenError {
  if (settings.keys.isMissing(keyNameOf(read.header)) && !isForeign(error)) return unknownKey(read.header);
  return error.code === 'TOKEN_EXPIRED' ? error.withGenuineness(() => wasGenuine(read, settings)) : error;
}

async function verifyPayload(read: ReadToken, settings: VerifierSettings, from: TokenSource): Promise<Verification> {
  const keyName = keyNameOf(read.header);
  if (settings.keys.isMissing(keyName) && settings.keys.isKnownToBeMissing(keyName)) throw unknownKey(read.header);
  const payload = parsePart(read.token.payload, 'PAYLOAD_MALFORMED');
  const claims = checkClaims(payload, settings.required, nowSecondsOf(settings), ownIssuerFor(payload, settings));
  const signature = decodePart(read.token.signature);
  const { version, tenantId } = claims;
  const keys = settings.keys.byVersion[version];
  const { source, whileFetching = runAsItIs } = from;
  const issuerTemplate = keys.knownIssuer ?? (await whileFetching(() => keys.issuer()));
  const tenant = { tenantId, issuer: checkIssuer(payload, issuerTemplate, tenantId) };
  const key =
    keys.find(keyName, tenant) ??
    (await whileFetching(() => settings.keys.lookFor(version, keyName, { tenant, source })));
  if (!key) throw unknownKey(read.header);
  return verifyWithKey(read, { key, keys, issuerTemplate, claims, signature }, settings, from);
}

function runAsItIs<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

/** Returns the issuer of a token of the authority that names this version and tenant, if it is known. */
function ownIssuerFor({ ver, tid }: JsonObject, { keys, required }: VerifierSettings): string | undefined {
  if ((ver !== '1.0' && ver !== '2.0') || typeof tid !== 'string' || !required.tenants.has(tid)) return undefined;
  const { knownIssuer } = keys.byVersion[ver];
  return knownIssuer && issuerOfTenant(knownIssuer, tid);
}

/**
 * Returns whether an expired token would have been accepted a second before its end, by a key that is known now. Returns
 * undefined if its key is not known.
 */
function wasGenuine(read: ReadToken, settings: VerifierSettings): boolean | undefined {
  const found = readable(() => {
    const payload = parsePart(read.token.payload, 'PAYLOAD_MALFORMED');
    const beforeItsEnd = { ...settings, now: () => (Number(payload.exp) - 1) * 1000 };
    const claims = checkClaims(payload, settings.required, nowSecondsOf(beforeItsEnd));
    const keys = settings.keys.byVersion[claims.version];
    const key = keys.find(keyNameOf(read.header));
    const issuerTemplate = keys.knownIssuer;
    if (!key || issuerTemplate === undefined) return 'unknown';
    const signature = decodePart(read.token.signature);
    verifyWithKey(read, { key, keys, issuerTemplate, claims, signature }, beforeItsEnd, {});
    return 'genuine';
  });
  return found === 'unknown' ? undefined : found === 'genuine';
}

/** Inputs for the verification of a signature. */
interface Verifying {
  readonly key: SigningKey;
  readonly keys: SigningKeys;
  readonly issuerTemplate: string;
  /** Not verified. The expected values of the signed claims come from them. */
  readonly claims: CheckedClaims;
  readonly signature: Buffer;
}

function verifyWithKey(
  { token, header }: ReadToken,
  { key, keys, issuerTemplate, claims: { tenantId, audience }, signature }: Verifying,
  settings: VerifierSettings,
  from: TokenSource,
): Verification {
  const tenant = { tenantId, issuer: issuerOfTenant(issuerTemplate, tenantId) };
  checkKeyFits(key, { header, tenant, signature });
  if (from.mayCheckSignature?.() === false) throw new SignatureNotCheckedError();
  const signed = verifySignature(token.accessToken, key, {
    issuer: spellingsOf(tenant.issuer),
    audience,
    clockTimestamp: nowSecondsOf(settings),
    clockTolerance: settings.required.clockToleranceSeconds,
  });
  return acceptSigned(signed, { key, keys, issuerTemplate, tenant }, settings);
}

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
): void {
  if (!isKeyOf(key, token.tenant)) throw new AccessTokenError('SIGNING_KEY_OF_ANOTHER_ISSUER', { claim: 'iss' });
  if (token.header.x5t !== undefined && token.header.x5t !== key.x5t) {
    throw new AccessTokenError('KEY_THUMBPRINT_MISMATCH', { claim: 'x5t' });
  }
  if (token.signature.length !== key.signatureBytes) throw new AccessTokenError('SIGNATURE_INVALID');
}

/** Reads all claims again from the signed payload. Nothing that was found in the unverified claims is used. */
function acceptSigned(
  payload: JsonObject,
  {
    key,
    keys,
    issuerTemplate,
    tenant,
  }: Pick<Verification, 'key' | 'keys' | 'tenant'> & { readonly issuerTemplate: string },
  settings: VerifierSettings,
): Verification {
  const claims = checkClaims(payload, settings.required, nowSecondsOf(settings), tenant.issuer);
  const issuer = checkIssuer(payload, issuerTemplate, claims.tenantId);
  const caller = callerFromClaims(payload, claims.tenantId, settings.required);
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
