import { createPublicKey } from 'node:crypto';
import type { EmulatorState } from '../emulator-state.js';
import { EntraError } from '../entra-error.js';
import type { Persona } from '../persona.js';
import { requireParameter } from '../requests/parameters.js';
import { apiOfScope, identifiersOf, parseScopeRequest } from '../requests/scope-request.js';
import { isInTime, isSignedBy, readToken, type UnverifiedToken } from '../tokens/read-token.js';
import type { SignIn } from './sign-in.js';
import type { TokenRequest } from './token-request.js';

/**
 * Redeems a user's access token (grant `urn:ietf:params:oauth:grant-type:jwt-bearer`, "On-Behalf-Of flow"). The API that
 * received the token gets one of another API for the same user. The token must be for the client that presents it.
 *
 * @throws EntraError `secretRequired`, `assertionMalformed`, those of user assertions, `consentRequired` (by the response)
 */
export async function redeemUserAssertion(state: EmulatorState, request: TokenRequest): Promise<SignIn> {
  const { client, parameters } = request;
  if (client.kind === 'public') throw new EntraError('secretRequired');
  if (requireParameter(parameters, 'requested_token_use') !== 'on_behalf_of') {
    throw new EntraError('malformedRequest', 'requested_token_use must be "on_behalf_of".');
  }
  const token = await verifiedAssertion(state, requireParameter(parameters, 'assertion'));
  checkAudience(state, token, client.clientId);
  const scope = requireParameter(parameters, 'scope');
  const { acrs, xms_cc: capabilities, auth_time: signedInSeconds } = token.claims;
  return {
    persona: userOf(state, token),
    clientId: client.clientId,
    scope: parseScopeRequest(scope, apiOfScope(state.directory, scope)),
    authContexts: texts(acrs),
    signedInSeconds: Number(signedInSeconds),
    capabilities: texts(capabilities),
    nonce: undefined,
  };
}

async function verifiedAssertion(state: EmulatorState, assertion: string): Promise<UnverifiedToken> {
  const token = readToken(assertion);
  if (!token) throw new EntraError('assertionMalformed');
  const key = (await state.keys.published()).find(({ kid }) => kid === token.header.kid);
  if (!key || token.header.alg !== 'RS256' || !isSignedBy(createPublicKey(key.privateKey), token)) {
    throw new EntraError('userAssertionSignature');
  }
  if (!isInTime(token, state.now())) throw new EntraError('userAssertionTime');
  return token;
}

function checkAudience({ directory }: EmulatorState, { claims }: UnverifiedToken, clientId: string): void {
  const own = directory.api.clientId === clientId ? identifiersOf(directory.api) : [clientId];
  if (typeof claims.aud !== 'string' || !own.includes(claims.aud)) throw new EntraError('userAssertionAudience');
}

/**
 * Returns the user of an access token. Refuses an ID token because it has no scopes, and an application's token because it
 * has no user.
 */
function userOf({ directory }: EmulatorState, { claims }: UnverifiedToken): Persona {
  const user = directory.personas.find(({ objectId, tenantId }) => objectId === claims.oid && tenantId === claims.tid);
  if (user?.kind !== 'delegated' || typeof claims.scp !== 'string') {
    throw new EntraError('userAssertionWithoutUser');
  }
  return user;
}

function texts(claim: unknown): readonly string[] {
  return Array.isArray(claim) ? claim.filter((value) => typeof value === 'string') : [];
}
