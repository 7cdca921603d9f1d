import type { FastifyInstance } from 'fastify';
import type { EmulatorClient } from '../emulator-options.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { redeemCode } from '../grants/authorization-code.js';
import { authenticateClient } from '../grants/client-authentication.js';
import { grantClientCredentials } from '../grants/client-credentials.js';
import { redeemDeviceCode } from '../grants/device-code.js';
import { redeemUserAssertion } from '../grants/on-behalf-of.js';
import { redeemRefreshToken } from '../grants/refresh-token.js';
import type { TokenRequest } from '../grants/token-request.js';
import { userTokenResponse } from '../grants/user-token-response.js';
import { requireParameter } from '../requests/parameters.js';
import { describeRedirectUris, isRedirectOrigin } from '../requests/redirect-uri.js';
import { authorityOf } from './request-authority.js';
import { requestParameters } from './request-parameters.js';

/** Adds the token endpoint of both versions. */
export function addTokenRoute(server: FastifyInstance, state: EmulatorState): void {
  for (const url of ['/:tenant/oauth2/v2.0/token', '/:tenant/oauth2/token']) {
    server.post<{ Params: { tenant: string } }>(url, async (request) => {
      const authority = authorityOf(state, request);
      const parameters = requestParameters(request);
      const proven = authenticateClient(state, {
        authority,
        parameters,
        authorizationHeader: request.headers.authorization,
      });
      checkOrigin(proven.client, request.headers.origin);
      return grantTokens(state, { authority, parameters, ...proven });
    });
  }
}

/**
 * Throws unless a page redeems grants of its own application. A confidential client has no page, because the page would
 * contain its secret.
 */
function checkOrigin(client: EmulatorClient, origin: string | undefined): void {
  if (origin === undefined) return;
  if (client.kind === 'public' && isRedirectOrigin([client], origin)) return;
  const registered = client.kind === 'public' ? describeRedirectUris(client).join(', ') : '';
  throw new EntraError(
    'foreignOrigin',
    `Pages of this origin get no tokens for ${client.name}. Its pages are at: ${registered || 'none'}.`,
  );
}

async function grantTokens(state: EmulatorState, request: TokenRequest) {
  switch (requireParameter(request.parameters, 'grant_type')) {
    case 'authorization_code':
      return userTokenResponse(state, request, redeemCode(state, request));
    case 'refresh_token':
      return userTokenResponse(state, request, redeemRefreshToken(state, request));
    case 'client_credentials':
      return grantClientCredentials(state, request);
    // Microsoft's client libraries send the short name.
    case 'device_code':
    case 'urn:ietf:params:oauth:grant-type:device_code':
      return userTokenResponse(state, request, redeemDeviceCode(state, request));
    case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
      return userTokenResponse(state, request, await redeemUserAssertion(state, request));
    default:
      throw new EntraError('unsupportedGrantType');
  }
}
