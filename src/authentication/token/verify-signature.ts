import { type KeyObject, verify } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { AccessTokenError } from '../access-token-error.js';
import { isJsonObject, type JsonObject } from '../json-object.js';
import type { SigningKey } from '../keys/signing-key.js';

/**
 * What jsonwebtoken is told to check beside the signature. It skips what it is not told, so whoever lets a caller in
 * says all of the first four; the others are for explaining a token that is refused anyway.
 */
export type SignatureExpectations = Pick<
  jsonwebtoken.VerifyOptions,
  'audience' | 'issuer' | 'clockTimestamp' | 'clockTolerance' | 'ignoreExpiration' | 'ignoreNotBefore'
>;

/**
 * The claims that the key signed with RS256 (RFC 7518 s.3.3).
 *
 * @param accessToken in canonical compact form
 * @returns or a refusal: SIGNATURE_INVALID; TOKEN_EXPIRED and TOKEN_NOT_YET_VALID if time is to be looked at;
 * PAYLOAD_MALFORMED when what was signed is no JSON object
 */
export function verifySignature(
  accessToken: string,
  { publicKey }: SigningKey,
  expectations: SignatureExpectations,
): JsonObject | AccessTokenError {
  const payload = attemptToVerify(accessToken, publicKey, expectations);
  if (payload instanceof AccessTokenError) return payload;
  return isJsonObject(payload) ? payload : new AccessTokenError('PAYLOAD_MALFORMED');
}

function attemptToVerify(accessToken: string, publicKey: KeyObject, expectations: SignatureExpectations): unknown {
  try {
    return jsonwebtoken.verify(accessToken, publicKey, { ...expectations, algorithms: ['RS256'] });
  } catch (cause) {
    return refusalOf(cause);
  }
}

/** What was in time when its claims were read may no longer be after a wait for keys. */
function refusalOf(cause: unknown): AccessTokenError {
  if (cause instanceof jsonwebtoken.TokenExpiredError) {
    return new AccessTokenError('TOKEN_EXPIRED', { claim: 'exp', cause });
  }
  if (cause instanceof jsonwebtoken.NotBeforeError) {
    return new AccessTokenError('TOKEN_NOT_YET_VALID', { claim: 'nbf', cause });
  }
  return new AccessTokenError('SIGNATURE_INVALID', { cause });
}

/**
 * Whether RS256 with this key makes this signature. To refuse forged tokens quickly, never to accept one: that is for
 * {@link verifySignature} to do.
 *
 * @param accessToken in canonical compact form
 * @param signature its third part
 */
export function isSignedBy({ publicKey }: SigningKey, accessToken: string, signature: Buffer): boolean {
  const signed = accessToken.slice(0, accessToken.lastIndexOf('.'));
  return verify('sha256', Buffer.from(signed), publicKey, signature);
}
