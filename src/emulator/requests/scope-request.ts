import type { Directory, DirectoryApi } from '../directory.js';
import { EntraError } from '../entra-error.js';
import type { Persona } from '../persona.js';

/** The parsed parameter `scope`. */
export interface ScopeRequest {
  /**
   * The API as the client called it (`api://…` or its client id). Undefined if only OpenID Connect scopes were asked for.
   */
  readonly resource: string | undefined;
  /** Names after the resource. They are scopes of the API or `.default` alone. */
  readonly names: readonly string[];
  /** The requested scopes among `openid`, `profile`, `email` and `offline_access`. */
  readonly openIdScopes: readonly string[];
}

const OPEN_ID_SCOPES: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

/**
 * Reads a space-separated `scope` such as `openid api://…/Expenses.Read`.
 *
 * @throws EntraError `invalidScope`, `severalResources`, `unknownResource`, `unknownScope`
 */
export function parseScopeRequest(scope: string | undefined, api: DirectoryApi): ScopeRequest {
  const words = [...new Set((scope ?? '').split(' ').filter(Boolean))];
  if (words.length === 0) throw new EntraError('missingParameter', 'The request lacks scope.');
  const openIdScopes = words.filter((word) => OPEN_ID_SCOPES.includes(word));
  const apiScopes = words.filter((word) => !OPEN_ID_SCOPES.includes(word)).map(splitAtLastSlash);
  const resources = new Set(apiScopes.map(({ resource }) => resource));
  if (resources.size > 1) throw new EntraError('severalResources');
  const [resource] = resources;
  const names = apiScopes.map(({ name }) => name);
  if (resource !== undefined) checkScopes(resource, names, api);
  return { resource, names, openIdScopes };
}

/** Returns the API that a scope belongs to. It is the API itself unless the scope names a downstream one. */
export function apiOfScope({ api, downstreamApis }: Directory, scope: string | undefined): DirectoryApi {
  const resources = (scope ?? '').split(' ').map((word) => splitAtLastSlash(word).resource);
  return downstreamApis.find((other) => identifiersOf(other).some((name) => resources.includes(name))) ?? api;
}

/** Returns the requested scopes of a downstream API that are among those consented to. */
export function consentedScopes(
  request: ScopeRequest,
  consents: readonly string[],
  api: DirectoryApi,
): readonly string[] {
  const asked = isDefault(request) ? api.scopes : request.names;
  return asked.filter((scope) => identifiersOf(api).some((name) => consents.includes(`${name}/${scope}`)));
}

/** Returns the requested scopes that the user holds, in the order of the request. `.default` asks for all of the API's. */
export function grantedScopes(request: ScopeRequest, persona: Persona, api: DirectoryApi): readonly string[] {
  const asked = isDefault(request) ? api.scopes : request.names;
  return asked.filter((name) => persona.scopes.includes(name));
}

/** Returns whether the client asked for everything it may have (`<resource>/.default`). */
export function isDefault(request: ScopeRequest): boolean {
  return request.names.includes('.default');
}

function checkScopes(resource: string, names: readonly string[], api: DirectoryApi): void {
  if (resource === '')
    throw new EntraError('invalidScope', `The scope lacks its resource: ask for ${api.appIdUri}/<scope>.`);
  if (!identifiersOf(api).includes(resource)) throw new EntraError('unknownResource');
  if (names.includes('.default')) {
    if (names.length > 1) throw new EntraError('invalidScope', '".default" cannot be combined with other scopes.');
    return;
  }
  if (!names.every((name) => api.scopes.includes(name))) throw new EntraError('unknownScope');
}

/** Returns the names under which clients may ask for the API. */
export function identifiersOf(api: DirectoryApi): readonly string[] {
  return [api.appIdUri, api.clientId, `api://${api.clientId}`];
}

function splitAtLastSlash(scope: string): { readonly resource: string; readonly name: string } {
  const slash = scope.lastIndexOf('/');
  return { resource: scope.slice(0, Math.max(slash, 0)), name: scope.slice(slash + 1) };
}
