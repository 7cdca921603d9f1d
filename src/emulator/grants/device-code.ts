import { randomInt } from 'node:crypto';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { createOpaqueId } from '../opaque-id.js';
import { parseClaimsRequest } from '../requests/claims-request.js';
import { requireParameter } from '../requests/parameters.js';
import { parseScopeRequest } from '../requests/scope-request.js';
import type { DeviceRequest, SignIn } from './sign-in.js';
import type { TokenRequest } from './token-request.js';

/** Letters without vowels and without any that look alike (RFC 8628 s.6.1). */
const USER_CODE_ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const LIFETIME_SECONDS = 900;
/** Entra says 5. Tests of a device flow should not wait that long. */
const INTERVAL_SECONDS = 1;

/** Answers a device authorization request (RFC 8628 s.3.2). */
export function startDeviceRequest(state: EmulatorState, request: Omit<TokenRequest, 'clientProof'>) {
  const { authority, client, parameters } = request;
  const device: DeviceRequest = {
    deviceCode: createOpaqueId(),
    userCode: Array.from({ length: 9 }, () => USER_CODE_ALPHABET[randomInt(USER_CODE_ALPHABET.length)]).join(''),
    authority,
    clientId: client.clientId,
    scope: parseScopeRequest(parameters.scope, state.directory.api),
    claims: parseClaimsRequest(parameters.claims),
    nonce: undefined,
    decision: undefined,
  };
  state.deviceRequests.set(device.deviceCode, device);
  state.userCodes.set(device.userCode, device);
  const verificationUri = `${authority.instance}/devicelogin`;
  return {
    user_code: device.userCode,
    device_code: device.deviceCode,
    verification_uri: verificationUri,
    expires_in: LIFETIME_SECONDS,
    interval: INTERVAL_SECONDS,
    message: `To sign in, open the page ${verificationUri} and enter the code ${device.userCode}.`,
  };
}

/**
 * Redeems a device code (grant `urn:ietf:params:oauth:grant-type:device_code`). The code is used up once the user has
 * decided.
 *
 * @throws EntraError `authorizationPending`, `authorizationDeclined`, `deviceCodeExpired`, `grantNotUsable`
 */
export function redeemDeviceCode(state: EmulatorState, request: TokenRequest): SignIn {
  const deviceCode = requireParameter(request.parameters, 'device_code');
  const device = state.deviceRequests.get(deviceCode);
  if (!device) throw new EntraError('deviceCodeExpired');
  if (device.clientId !== request.client.clientId) throw new EntraError('grantNotUsable');
  if (device.decision === undefined) throw new EntraError('authorizationPending');
  state.deviceRequests.delete(deviceCode);
  if (device.decision === 'declined') throw new EntraError('authorizationDeclined');
  return device.decision;
}
