import type { KeyObject } from 'node:crypto';
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
 * @returns or a refusal: SIGNATURE_INVALID; PAYLOAD_MALFORMED when what was signed is no JSON object
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
  const { stackTraceLimit } = Error;
  try {
    // The error of a forged token is made as often as strangers like, and its stack is of no use.
    Error.stackTraceLimit = 0;
    return jsonwebtoken.verify(accessToken, publicKey, { ...expectations, algorithms: ['RS256'] });
  } catch (cause) {
    return new AccessTokenError('SIGNATURE_INVALID', { cause });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
