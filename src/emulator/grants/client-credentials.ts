import { belongsTo } from '../directory.js';
import type { ConfidentialClient } from '../emulator-options.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { GRAPH_API } from '../graph/graph-api.js';
import type { Persona } from '../persona.js';
import { parseClaimsRequest } from '../requests/claims-request.js';
import { apiOfScope, isDefault, parseScopeRequest } from '../requests/scope-request.js';
import { issueGraphToken } from '../tokens/graph-token.js';
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
  const isForGraph = apiOfScope(state.directory, request.parameters.scope).clientId === GRAPH_API.clientId;
  if (request.authority.tenantId === undefined) throw new EntraError('tenantRequired');
  if (client.kind === 'public') throw new EntraError('secretRequired');
  if (isForGraph) return grantGraphToken(state, request, client);
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

/** Grants a token of Microsoft Graph with the application permissions that the client holds there. */
async function grantGraphToken(state: EmulatorState, request: TokenRequest, client: ConfidentialClient) {
  const { authority, clientProof, parameters } = request;
  if (!isDefault(parseScopeRequest(parameters.scope, apiOfScope(state.directory, parameters.scope)))) {
    throw new EntraError('defaultScopeRequired');
  }
  const persona: Persona = {
    name: client.name,
    kind: 'app-only',
    tenantId: authority.tenantId ?? '',
    objectId: client.clientId,
    displayName: client.name,
    scopes: [],
    roles: [],
    permissions: client.graphPermissions ?? [],
    authContexts: [],
    isGuest: false,
  };
  return {
    token_type: 'Bearer',
    expires_in: state.accessTokenLifetimeSeconds,
    ext_expires_in: state.accessTokenLifetimeSeconds,
    access_token: await issueGraphToken(state, {
      instance: authority.instance,
      persona,
      clientId: client.clientId,
      clientProof,
      scopes: [],
      authContexts: [],
      capabilities: [],
      lifetimeSeconds: state.accessTokenLifetimeSeconds,
    }),
  };
}
