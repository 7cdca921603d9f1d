import jsonwebtoken from 'jsonwebtoken';
import { isJsonObject } from '../../values/is-object.js';
import type { JsonObject } from '../json-object.js';
import type { SigningKey } from '../keys/signing-key.js';
import { AccessTokenError } from '../refusals/access-token-error.js';
import { withoutStack } from '../refusals/without-stack.js';

/**
 * Expectations for jsonwebtoken beside the signature. It skips a check that has no expectation, so a caller is accepted only
 * with all of the first four. The others are for explaining a token that is refused anyway.
 */
export type SignatureExpectations = Pick<
  jsonwebtoken.VerifyOptions,
  'audience' | 'issuer' | 'clockTimestamp' | 'clockTolerance' | 'ignoreExpiration' | 'ignoreNotBefore'
>;

/**
 * Returns the claims that the key signed with RS256 (RFC 7518 s.3.3). No other code verifies a signature.
 *
 * @param accessToken in canonical compact form
 * @throws AccessTokenError SIGNATURE_INVALID; TOKEN_EXPIRED and TOKEN_NOT_YET_VALID unless time is ignored;
 * PAYLOAD_MALFORMED if the signed payload is not a JSON object
 */
export function verifySignature(
  accessToken: string,
  { publicKey }: SigningKey,
  expectations: SignatureExpectations,
): JsonObject {
  const payload: unknown = throwRefusal(() =>
    jsonwebtoken.verify(accessToken, publicKey, { ...expectations, algorithms: ['RS256'] }),
  );
  if (!isJsonObject(payload)) throw new AccessTokenError('PAYLOAD_MALFORMED');
  return payload;
}

/**
 * Replaces errors of jsonwebtoken. A token that was in time when its claims were read may have expired after a wait for
 * keys.
 */
function throwRefusal(verify: () => unknown): unknown {
  try {
    return withoutStack(verify);
  } catch (cause) {
    if (cause instanceof jsonwebtoken.TokenExpiredError) {
      throw new AccessTokenError('TOKEN_EXPIRED', { claim: 'exp', cause });
    }
    if (cause instanceof jsonwebtoken.NotBeforeError) {
      throw new AccessTokenError('TOKEN_NOT_YET_VALID', { claim: 'nbf', cause });
    }
    throw new AccessTokenError('SIGNATURE_INVALID', { cause });
  }
}
