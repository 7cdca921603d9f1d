import { type Authority, belongsTo, userNameOf } from '../directory.js';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import { GRAPH_API } from '../graph/graph-api.js';
import { parseClaimsRequest } from '../requests/claims-request.js';
import {
  apiOfScope,
  consentedScopes,
  grantedScopes,
  isDefault,
  parseScopeRequest,
  type ScopeRequest,
} from '../requests/scope-request.js';
import { issueGraphToken } from '../tokens/graph-token.js';
import { idTokenClaims } from '../tokens/id-token.js';
import { audienceOf, issueAccessToken } from '../tokens/issue-access-token.js';
import { signToken } from '../tokens/sign-token.js';
import { clientInfo } from './client-info.js';
import { issueRefreshToken } from './refresh-token.js';
import type { SignIn } from './sign-in.js';
import type { TokenRequest } from './token-request.js';

/**
 * Turns a sign-in into tokens. There is always an access token. The scope `openid` adds an ID token and `offline_access` a
 * refresh token.
 *
 * @throws EntraError `consentRequired`, `stepUpRequired`, `grantNotUsable`
 */
export async function userTokenResponse(state: EmulatorState, request: TokenRequest, signIn: SignIn) {
  const { parameters, authority } = request;
  if (!belongsTo(signIn.persona, authority)) throw new EntraError('grantNotUsable');
  const asked = parameters.scope ? parseScope(state, parameters.scope) : signIn.scope;
  const current = mergeClaims(signIn, parameters.claims);
  const { accessToken, scope } = await accessTokenFor(state, request, { ...current, scope: asked });
  return {
    token_type: 'Bearer',
    scope,
    expires_in: state.accessTokenLifetimeSeconds,
    ext_expires_in: state.accessTokenLifetimeSeconds,
    access_token: accessToken,
    ...(asked.openIdScopes.includes('offline_access') && { refresh_token: issueRefreshToken(state, current) }),
    ...(asked.openIdScopes.includes('openid') && { id_token: await idTokenFor(state, current, { asked, authority }) }),
    ...(parameters.client_info === '1' && { client_info: clientInfo(signIn.persona) }),
  };
}

function parseScope({ directory }: EmulatorState, scope: string): ScopeRequest {
  return parseScopeRequest(scope, apiOfScope(directory, scope));
}

/**
 * Merges the capabilities of a claims request at the token endpoint into the sign-in. A missing auth context is refused
 * because it needs the user.
 */
function mergeClaims(signIn: SignIn, claims: string | undefined): SignIn {
  const asked = parseClaimsRequest(claims);
  if (!asked.authContexts.every((context) => signIn.authContexts.includes(context))) {
    throw new EntraError('stepUpRequired');
  }
  const { notBeforeSeconds = signIn.notBeforeSeconds } = asked;
  return { ...signIn, notBeforeSeconds, capabilities: [...new Set([...signIn.capabilities, ...asked.capabilities])] };
}

async function accessTokenFor(state: EmulatorState, request: TokenRequest, signIn: SignIn) {
  const { authority, clientProof } = request;
  const { persona, clientId, scope, authContexts, signedInSeconds, capabilities, notBeforeSeconds } = signIn;
  const common = {
    instance: authority.instance,
    persona,
    clientId,
    clientProof,
    authContexts,
    signedInSeconds,
    capabilities,
    notBeforeSeconds,
    lifetimeSeconds: state.accessTokenLifetimeSeconds,
  };
  if (scope.resource === undefined) {
    const accessToken = await issueGraphToken(state, { ...common, scopes: scope.openIdScopes });
    return { accessToken, scope: scope.openIdScopes.join(' ') };
  }
  const api = apiOfScope(state.directory, `${scope.resource}/`);
  const isDownstream = api !== state.directory.api;
  const consents = state.consents.get(request.client.clientId) ?? [];
  const scopes = isDownstream ? consentedScopes(scope, consents, api) : grantedScopes(scope, persona, api);
  if (scopes.length === 0) throw new EntraError('consentRequired');
  if (isDownstream && api.authContext !== undefined && !authContexts.includes(api.authContext)) {
    throw new EntraError('stepUpRequired', undefined, claimsChallenge(api.authContext));
  }
  const named = (isDefault(scope) ? [...scopes, '.default'] : scopes).map((name) => `${scope.resource}/${name}`);
  if (api.clientId === GRAPH_API.clientId) {
    return {
      accessToken: await issueGraphToken(state, { ...common, persona: { ...persona, roles: [] }, scopes }),
      scope: named.join(' '),
    };
  }
  const version = api.accessTokenVersion;
  const audience = audienceOf(api, version, scope.resource);
  const accessToken = await issueAccessToken(state, {
    ...common,
    // App roles are those of the API itself.
    persona: isDownstream ? { ...persona, roles: [] } : persona,
    apiClientId: api.clientId,
    scopes,
    version,
    audience,
    groupClaims: api.groupClaims,
  });
  return { accessToken, scope: named.join(' ') };
}

/** Returns the claims request that a client passes to the sign-in. */
function claimsChallenge(authContext: string): string {
  return JSON.stringify({ access_token: { acrs: { essential: true, value: authContext } } });
}

async function idTokenFor(
  state: EmulatorState,
  signIn: SignIn,
  { asked, authority }: { readonly asked: ScopeRequest; readonly authority: Authority },
): Promise<string> {
  const key = await state.keys.current();
  const userName = asked.openIdScopes.includes('profile') ? userNameOf(state.directory, signIn.persona) : undefined;
  const { persona, clientId, nonce } = signIn;
  return signToken(
    { typ: 'JWT', alg: 'RS256', kid: key.kid },
    idTokenClaims({ instance: authority.instance, persona, clientId, nonce, userName }, state.now()),
    key,
  );
}
