import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { createOpaqueId } from '../opaque-id.js';
import { requireParameter } from '../requests/parameters.js';
import type { SignIn } from './sign-in.js';
import type { TokenRequest } from './token-request.js';

/** Issues a refresh token for 24 hours, as for a single-page application in Entra. */
export function issueRefreshToken(state: EmulatorState, signIn: SignIn): string {
  const refreshToken = createOpaqueId();
  state.refreshTokens.set(refreshToken, signIn);
  return refreshToken;
}

/**
 * Redeems a refresh token (grant `refresh_token`). Every use gives a new one. The old one stays good until it expires as in
 * Entra ("Refresh tokens: token lifetime"), because a client may refresh for two requests at once.
 *
 * @throws EntraError `grantNotUsable`
 */
export function redeemRefreshToken(state: EmulatorState, request: TokenRequest): SignIn {
  const signIn = state.refreshTokens.get(requireParameter(request.parameters, 'refresh_token'));
  if (signIn?.clientId !== request.client.clientId) throw new EntraError('grantNotUsable');
  return signIn;
}
