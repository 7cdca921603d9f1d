import type { DirectoryApi } from '../directory.js';
import type { EmulatorState } from '../emulator-state.js';
import { type AccessTokenRequest, accessTokenClaims } from './access-token.js';
import { signToken } from './sign-token.js';

/** Changes to an otherwise proper token. A claim or header member that is `undefined` is left out. */
export interface TokenOverrides {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** Makes an access token, signed with the current key. */
export async function issueAccessToken(
  state: EmulatorState,
  request: Omit<AccessTokenRequest, 'agent'>,
  overrides: TokenOverrides = {},
): Promise<string> {
  const key = await state.keys.current();
  const client = state.directory.clients.find(({ clientId }) => clientId === request.clientId);
  const agent = client?.kind === 'confidential' ? client.agent : undefined;
  const claims = accessTokenClaims({ ...request, agent }, state.now());
  const header = { typ: 'JWT', alg: 'RS256', ...(request.version === 1 && { x5t: key.kid }), kid: key.kid };
  return signToken({ ...header, ...overrides.header }, { ...claims, ...overrides.claims }, key);
}

/**
 * Returns the claim `aud`. v2.0 tokens always have the API's client id. v1.0 tokens have the name the client asked for.
 *
 * @param resource default: the App ID URI
 */
export function audienceOf(api: DirectoryApi, version: 1 | 2, resource: string = api.appIdUri): string {
  return version === 2 ? api.clientId : resource;
}
