import { createHash, randomBytes } from 'node:crypto';
import type { EmulatorState } from '../emulator-state.js';
import { GRAPH_API } from '../graph/graph-api.js';
import type { AccessTokenRequest } from './access-token.js';
import { accessTokenClaims } from './access-token.js';
import { signToken } from './sign-token.js';

/**
 * Issues an access token for Microsoft Graph, which a client that asked for no API at all gets too, as from Entra. The
 * signature is made over the SHA-256 of the header's `nonce`, so that only Graph can verify it. A token sent to the API by
 * mistake fails there as it would in production.
 */
export async function issueGraphToken(
  state: EmulatorState,
  request: Omit<AccessTokenRequest, 'apiClientId' | 'version' | 'audience'>,
): Promise<string> {
  const key = await state.keys.current();
  const nonce = randomBytes(32).toString('base64url');
  const header = { typ: 'JWT', nonce, alg: 'RS256', x5t: key.kid, kid: key.kid };
  const claims = accessTokenClaims(
    { ...request, version: 1, audience: GRAPH_API.clientId, apiClientId: GRAPH_API.clientId },
    state.now(),
  );
  const signedNonce = createHash('sha256').update(nonce).digest('base64url');
  const signed = await signToken({ ...header, nonce: signedNonce }, claims, key);
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...signed.split('.').slice(1)].join('.');
}
