import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { JsonObject } from '../json-object.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';

/** Form of a key id that is looked up at all. Entra's are base64url thumbprints. */
export const KEY_ID = /^[\w.@-]{1,128}$/;

const THUMBPRINT = 'x5t:';

/**
 * Returns the name of the key whose certificate has this thumbprint. No kid can be equal to it, because none has a colon.
 */
export function thumbprintName(x5t: string): string {
  return `${THUMBPRINT}${x5t}`;
}

/** Returns the thumbprint in a name made by {@link thumbprintName}; undefined when the name is a kid. */
export function thumbprintIn(keyName: string): string | undefined {
  return keyName.startsWith(THUMBPRINT) ? keyName.slice(THUMBPRINT.length) : undefined;
}

/** A key of the authority that passed every check and may verify RS256 signatures. */
export interface SigningKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly signatureBytes: number;
  /** SHA-1 of the certificate in base64url. Undefined if the key set shows neither. */
  readonly x5t: string | undefined;
  /** Issuer for which alone the key may be used; `{tenantid}` stands for the tenant. Absent in v1.0 key sets. */
  readonly issuer: string | undefined;
}

/** The tenant that a token names, and the issuer that the authority has for it. */
export interface TenantIssuer {
  readonly tenantId: string;
  readonly issuer: string;
}

/** The tenant of personal accounts, a directory apart from all others. Entra's keys for it name it. */
export const PERSONAL_ACCOUNTS = '9188040d-6c67-4c5b-b112-36a304b66dad';

/**
 * Returns whether a key may sign for a tenant. Its issuer must be the tenant's, literally or by `{tenantid}`. The
 * placeholder stands for every tenant but that of personal accounts. The key sets of `common` and `organizations` hold keys
 * of personal accounts and of other clouds beside those of work accounts. Without this check one stolen key could forge
 * tokens of them all (Microsoft identity platform: access tokens, validate the signing key issuer). A key without an issuer,
 * as in v1.0 key sets, is for every tenant of its authority.
 */
export function isKeyOf({ issuer }: SigningKey, tenant: TenantIssuer): boolean {
  if (issuer === undefined || issuer === tenant.issuer) return true;
  return tenant.tenantId !== PERSONAL_ACCOUNTS && issuer.replace('{tenantid}', tenant.tenantId) === tenant.issuer;
}

/** Why a JWK is not used, for the log. */
export class UnusableKeyError extends Error {
  override readonly name = 'UnusableKeyError';
  /** Whether Entra publishes such keys where all is well. */
  readonly isExpected: boolean = false;
}

/** Entra publishes the keys of its other clouds in some key sets. They verify nothing here, and nothing is wrong. */
class KeyOfAnotherCloudError extends UnusableKeyError {
  override readonly isExpected = true;
}

/** RSA private members (RFC 7518 s.6.3.2) and `k`: a key set that shows them has given its secret away. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;
const MIN_MODULUS_BITS = 2048;
const MAX_MODULUS_BITS = AUTHENTICATION_LIMITS.signingKeyBits.default;
const MAX_EXPONENT = 0xff_ff_ff_ffn;

/**
 * Checks one entry of a key set (RFC 7517 s.4) and makes a key of it. The validity dates of the certificate do not count,
 * because the key set vouches for a key.
 *
 * @throws UnusableKeyError
 */
export function parseSigningKey(jwk: JsonObject, cloudInstanceName: string | undefined): SigningKey {
  const { kid, issuer } = jwk;
  if (typeof kid !== 'string' || !KEY_ID.test(kid)) throw new UnusableKeyError('no usable kid');
  checkPurpose(jwk);
  if (issuer !== undefined && typeof issuer !== 'string') throw new UnusableKeyError('issuer is not a string');
  checkCloud(jwk, cloudInstanceName);
  const certificate = readCertificate(jwk);
  const publicKey = readPublicKey(jwk, certificate);
  return {
    kid,
    publicKey,
    signatureBytes: checkStrength(publicKey) / 8,
    x5t: typeof jwk.x5t === 'string' ? jwk.x5t : certificate && thumbprintOf(certificate),
    issuer,
  };
}

/** Returns whether two entries with one kid are the same key for the same tenants. */
export function isSameKey(one: SigningKey, other: SigningKey): boolean {
  return one.issuer === other.issuer && one.x5t === other.x5t && one.publicKey.equals(other.publicKey);
}

function checkPurpose(jwk: JsonObject): void {
  const { kty, use, alg, key_ops: operations } = jwk;
  if (kty !== 'RSA') throw new UnusableKeyError('not an RSA key');
  if (use !== undefined && use !== 'sig') throw new UnusableKeyError('use is not "sig"');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    throw new UnusableKeyError('key_ops has no "verify"');
  }
  if (alg !== undefined && alg !== 'RS256') throw new UnusableKeyError('alg is not "RS256"');
  const isPrivate = PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member));
  if (isPrivate) throw new UnusableKeyError('private key in the open');
}

/** Refuses a key of another cloud. v1.0 key sets name no issuer. Newer ones say at least which cloud a key is for. */
function checkCloud({ cloud_instance_name: cloud }: JsonObject, expected: string | undefined): void {
  if (cloud === undefined || expected === undefined || cloud === expected) return;
  throw new (typeof cloud === 'string' ? KeyOfAnotherCloudError : UnusableKeyError)('of another cloud');
}

function readCertificate({ x5c }: JsonObject): X509Certificate | undefined {
  if (x5c === undefined) return undefined;
  const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
  if (typeof first !== 'string') throw new UnusableKeyError('x5c is malformed');
  return attempt('x5c is malformed', () => new X509Certificate(Buffer.from(first, 'base64')));
}

/**
 * Returns the key of n and e or of the certificate. If both are present they must agree, because one kid must not name two
 * keys.
 */
function readPublicKey({ n, e }: JsonObject, certificate: X509Certificate | undefined): KeyObject {
  if (n === undefined && e === undefined && certificate) return certificate.publicKey;
  if (typeof n !== 'string' || typeof e !== 'string') throw new UnusableKeyError('n or e is missing');
  const publicKey = attempt('n or e is malformed', () => createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' }));
  const agrees = !certificate || certificate.publicKey.equals(publicKey);
  if (!agrees) throw new UnusableKeyError('x5c is another key than n and e');
  return publicKey;
}

/** Bits of the modulus, once it is known to be a strong RSA key. */
function checkStrength(publicKey: KeyObject): number {
  if (publicKey.asymmetricKeyType !== 'rsa') throw new UnusableKeyError('not an RSA key');
  const unknown = { modulusLength: 0, publicExponent: 0n };
  const { modulusLength, publicExponent } = { ...unknown, ...publicKey.asymmetricKeyDetails };
  if (modulusLength < MIN_MODULUS_BITS || modulusLength > MAX_MODULUS_BITS || modulusLength % 8 !== 0) {
    throw new UnusableKeyError('modulus too short or too long');
  }
  if (publicExponent < 3n || publicExponent > MAX_EXPONENT || publicExponent % 2n === 0n) {
    throw new UnusableKeyError('weak exponent');
  }
  return modulusLength;
}

function thumbprintOf(certificate: X509Certificate): string {
  return createHash('sha1').update(certificate.raw).digest('base64url');
}

function attempt<T>(problem: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new UnusableKeyError(problem, { cause });
  }
}
