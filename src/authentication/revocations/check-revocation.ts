import { AccessTokenError, RevocationsUnknownError } from '../refusals/access-token-error.js';
import {
  issuedAtOf,
  type RevocableToken,
  type RevocationSource,
  type UnknownRevocations,
} from './revocation-source.js';

/**
 * Refuses a revoked token: one whose `iat` is before the time of the revocation.
 *
 * Entra dates `iat` back by some minutes. A token that was issued within these minutes after the revocation is therefore
 * refused too. If a margin were allowed for it, a token that was issued shortly before could pass.
 *
 * @throws AccessTokenError TOKEN_REVOKED; RevocationsUnknownError
 */
export function checkRevocation(token: RevocableToken, source: RevocationSource, unknown: UnknownRevocations): void {
  const before = source.revokedBefore(token);
  if (before === undefined || (before === 'unknown' && unknown === 'served')) return;
  if (before === 'unknown') throw new RevocationsUnknownError();
  if (issuedAtOf(token) >= before) return;
  const { caller } = token;
  const canSignInAgain = caller.kind === 'delegated' && caller.canStepUp;
  throw new AccessTokenError(
    'TOKEN_REVOKED',
    canSignInAgain ? { claimsChallenge: challengeOf(before), authority: caller.authority } : {},
  );
}

/** Returns Entra's challenge for a token that is not older than this (continuous access evaluation: claims challenge). */
function challengeOf(beforeSeconds: number): string {
  const claims = { access_token: { nbf: { essential: true, value: String(Math.ceil(beforeSeconds)) } } };
  return Buffer.from(JSON.stringify(claims)).toString('base64');
}
