import { createHash } from 'node:crypto';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { createOpaqueId } from '../opaque-id.js';
import { requireParameter } from '../requests/parameters.js';
import type { IssuedCode, SignIn } from './sign-in.js';
import type { TokenRequest } from './token-request.js';

/** Creates a code for a sign-in. It is good for one redemption within ten minutes. */
export function issueCode(state: EmulatorState, issued: IssuedCode): string {
  const code = createOpaqueId();
  state.codes.set(code, issued);
  return code;
}

/**
 * Redeems a code (grant `authorization_code`). Any attempt uses the code up, so a stolen one cannot be tried twice.
 *
 * @throws EntraError `codeNotUsable`, `grantNotUsable`, `codeRedirectUri`, `wrongVerifier`
 */
export function redeemCode(state: EmulatorState, request: TokenRequest): SignIn {
  const code = requireParameter(request.parameters, 'code');
  const issued = state.codes.get(code);
  state.codes.delete(code);
  if (!issued) throw new EntraError('codeNotUsable');
  if (issued.signIn.clientId !== request.client.clientId) throw new EntraError('grantNotUsable');
  if (issued.redirectUri !== request.parameters.redirect_uri) throw new EntraError('codeRedirectUri');
  if (!isVerifiedBy(issued.codeChallenge, request.parameters.code_verifier)) throw new EntraError('wrongVerifier');
  return issued.signIn;
}

/**
 * Returns whether the verifier fits the challenge. A verifier without a challenge is refused too, because its client
 * believes the code was bound to it.
 */
function isVerifiedBy(codeChallenge: string | undefined, codeVerifier: string | undefined): boolean {
  if (codeChallenge === undefined || codeVerifier === undefined) return codeChallenge === codeVerifier;
  return createHash('sha256').update(codeVerifier).digest('base64url') === codeChallenge;
}
