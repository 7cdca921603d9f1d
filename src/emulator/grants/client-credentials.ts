import { belongsTo } from '../directory.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { parseClaimsRequest } from '../requests/claims-request.js';
import { isDefault, parseScopeRequest } from '../requests/scope-request.js';
import { audienceOf, issueAccessToken } from '../tokens/issue-access-token.js';
import type { TokenRequest } from './token-request.js';

/**
 * Grants an app-only access token with all application permissions of the client's persona (grant `client_credentials`).
 *
 * @throws EntraError `tenantRequired`, `secretRequired`, `defaultScopeRequired`, `noServicePrincipal` and those of scopes
 */
export async function grantClientCredentials(state: EmulatorState, request: TokenRequest) {
  const { client } = request;
  const { api } = state.directory;
  if (request.authority.tenantId === undefined) throw new EntraError('tenantRequired');
  if (client.kind === 'public') throw new EntraError('secretRequired');
  const scope = parseScopeRequest(request.parameters.scope, api);
  if (!isDefault(scope)) throw new EntraError('defaultScopeRequired');
  const persona = state.directory.personas.find(({ name }) => name === client.persona);
  if (!persona || !belongsTo(persona, request.authority)) throw new EntraError('noServicePrincipal');
  return {
    token_type: 'Bearer',
    expires_in: state.accessTokenLifetimeSeconds,
    ext_expires_in: state.accessTokenLifetimeSeconds,
    access_token: await issueAccessToken(state, {
      instance: request.authority.instance,
      persona,
      apiClientId: api.clientId,
      clientId: client.clientId,
      clientProof: request.clientProof,
      version: api.accessTokenVersion,
      audience: audienceOf(api, api.accessTokenVersion, scope.resource),
      scopes: [],
      ...parseClaimsRequest(request.parameters.claims),
      authContexts: [],
      lifetimeSeconds: state.accessTokenLifetimeSeconds,
    }),
  };
}
