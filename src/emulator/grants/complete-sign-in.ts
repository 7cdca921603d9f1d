import { usersOf } from '../directory.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { grantedScopes } from '../requests/scope-request.js';
import type { SignInRequest } from '../requests/sign-in-request.js';
import type { SignIn } from './sign-in.js';

/**
 * Signs a persona in without a password. It cannot grant scopes or authentication contexts that it does not hold.
 *
 * @param signedInSeconds when the session of a silent sign-in began. Default: now
 * @throws EntraError `malformedRequest` (no such user at this authority), `consentRequired`, `blockedByPolicy`
 */
export function completeSignIn(
  state: EmulatorState,
  request: SignInRequest,
  personaName: string | undefined,
  signedInSeconds = Math.floor(state.now() / 1000),
): SignIn {
  const { clientId, scope, claims, nonce } = request;
  const persona = usersOf(state.directory, request.authority).find(({ name }) => name === personaName);
  if (!persona) throw new EntraError('malformedRequest', 'No such persona can sign in here.');
  const { api } = state.directory;
  if (scope.resource !== undefined && grantedScopes(scope, persona, api).length === 0) {
    throw new EntraError('consentRequired');
  }
  if (!claims.authContexts.every((context) => persona.authContexts.includes(context))) {
    throw new EntraError('blockedByPolicy');
  }
  const { authContexts, capabilities, notBeforeSeconds } = claims;
  return { persona, clientId, scope, authContexts, signedInSeconds, capabilities, notBeforeSeconds, nonce };
}
