import type { AuthenticationLogger } from './authentication-logger.js';
import type { Fetch } from './fetch/bounded-fetch.js';
import { parseGuid } from './guid.js';
import { isExternalIdHost } from './keys/clouds.js';
import type { Schedule } from './keys/schedule.js';
import { checkOptionTypes } from './option-types.js';
import { microsoftServiceOf } from './token/microsoft-audiences.js';
import type { TokenRequirements } from './token/token-requirements.js';
import type { TokenVersion } from './token-version.js';

/**
 * Which access tokens are accepted, and from where their keys come. GUIDs may be in any case. An option that is missing,
 * empty, malformed, of another type (null included: only undefined means the default) or unknown makes
 * `createAuthentication` throw a TypeError. (Microsoft identity platform: access tokens, validate tokens.)
 */
export interface AuthenticationOptions {
  /** GUID of the tenant; or `organizations` or `common`, which need `allowedTenants`. */
  readonly tenantId: string;
  /** Application (client) id of the API's app registration, a GUID. */
  readonly clientId: string;
  /**
   * Accepted `aud`: the identifiers of this API, compared ordinally (RFC 7519 s.4.1.3). Those of Microsoft's own services are
   * refused. Default: the client id and `api://<client id>`.
   */
  readonly audiences?: readonly string[] | undefined;
  /**
   * Origin of the cloud (Microsoft Entra: national clouds), such as `https://login.microsoftonline.us` or, for External ID,
   * `https://<name>.ciamlogin.com`. Default `https://login.microsoftonline.com`; http for loopback only.
   */
  readonly instance?: string | undefined;
  /** GUIDs of the tenants whose tokens are accepted, when `tenantId` is `organizations` or `common`. */
  readonly allowedTenants?: readonly string[] | undefined;
  /**
   * Client ids, GUIDs, of the applications that may call, for users or for themselves: claim `azp`, in v1.0 tokens
   * `appid` (Entra access token claims reference). Others are refused as CLIENT_NOT_ALLOWED. Not empty. Default: any
   * client that can get a token for this API.
   */
  readonly allowedClients?: readonly string[] | undefined;
  /**
   * Whether v1.0 tokens are accepted beside v2.0 ones. Default true: Entra issues them for an API unless its manifest says
   * otherwise (`requestedAccessTokenVersion`). External ID issues none, so they are never accepted there.
   */
  readonly acceptV1Tokens?: boolean | undefined;
  /**
   * By how much the clocks of this server and of Entra may differ, in whole seconds, 0 to 300. `exp` counts as so much
   * later, `nbf` and `iat` as so much earlier (RFC 7519 s.4.1.4, s.4.1.5: "some small leeway, usually no more than a few
   * minutes"). Default 60.
   */
  readonly clockToleranceSeconds?: number | undefined;
  /**
   * Client ids, GUIDs, of the applications whose own tokens may hold no permission in `roles`: authenticated, nothing more.
   * A token of a user always needs a scope.
   * Those of others are refused as NO_PERMISSIONS, because any application of the tenant can get such a token for this
   * API unless it requires assignment (Microsoft identity platform: protected web API, verify scopes and app roles). With
   * `allowedClients` it has to be in both. May be empty. Default: none.
   */
  readonly clientsWithoutPermissions?: readonly string[] | undefined;
  /**
   * The app has signing keys of its own (claims mapping, SAML): asks for them with `?appid=<client id>` (Microsoft identity
   * platform: signing key rollover). Default false.
   */
  readonly appSpecificSigningKeys?: boolean | undefined;
  /** Verified tokens remembered, 0 to 1 000 000, default 10 000 (about 1.5 kB each). */
  readonly verifiedTokenCacheSize?: number | undefined;
  /** Bytes that they may take, as estimated, 1 MiB to 512 MiB. Those not used for longest are forgotten. Default 32 MiB. */
  readonly verifiedTokenCacheBytes?: number | undefined;
  /**
   * For reading the keys for one version of tokens, that is metadata and key set together to the last byte, in
   * milliseconds, 1 to 60 000. Default 5000.
   */
  readonly requestTimeoutMs?: number | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /**
   * Reads the documents of the identity provider, and nothing else. It is given an absolute address of the configured
   * cloud and must answer as the `fetch` of the Fetch standard does. Redirects: it must not follow one (`redirect` is
   * `manual`), because only the first address has been checked; any status but 200 counts as a failure. Errors: it
   * rejects when there is no answer, and when `signal` ends (after `requestTimeoutMs`, and on `close()`), which goes for
   * reading the body as well; what is wrong is logged by the `message` of the error or of its `cause`. Body: decoded
   * (`content-encoding`), in chunks of bytes, of which it need not bound the size (1 MiB is read), or null. It may be
   * called several times at once. Default: Node's own client, which takes no notice of a proxy; see `createProxiedFetch`.
   */
  readonly fetch?: Fetch | undefined;
  /** Calls `run` once after a delay in milliseconds; the answer cancels it. Default: a timer that keeps no process alive. */
  readonly schedule?: Schedule | undefined;
  /** From 0 to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Default: warnings and errors on the console, with `entra-graphql` before them. `silentLogger` drops everything. */
  readonly logger?: AuthenticationLogger | undefined;
  /**
   * Whether `authenticate` and `verify` log why a token is refused, at most once a minute for each code. Default: if there
   * is no `logger`, because a server with a logger can log the errors that it gets.
   */
  readonly logRefusals?: boolean | undefined;
}

/**
 * Turns options into the requirements that tokens are checked against.
 *
 * @throws TypeError when an option is missing, empty, malformed, of another type or unknown. A check that has nothing to
 * compare with would pass every token, so the server must not start with one.
 */
export function tokenRequirements(options: AuthenticationOptions): TokenRequirements {
  checkOptionTypes(options);
  const clientId = guid('clientId', options.clientId);
  return {
    versions: acceptedVersions(options),
    audiences: audiences(options.audiences ?? [clientId, `api://${clientId}`]),
    tenants: tenants(options),
    clients: options.allowedClients && nonEmptyGuids('allowedClients', options.allowedClients),
    clientsWithoutPermissions: guids('clientsWithoutPermissions', options.clientsWithoutPermissions ?? []),
    clockToleranceSeconds: options.clockToleranceSeconds ?? 60,
  };
}

/** Returns the token versions that are accepted. External ID issues v2.0 tokens only, and has no metadata for others. */
export function acceptedVersions({
  acceptV1Tokens = true,
  instance = '',
}: Pick<AuthenticationOptions, 'acceptV1Tokens' | 'instance'>): ReadonlySet<TokenVersion> {
  const isExternalId = URL.canParse(instance) && isExternalIdHost(new URL(instance).hostname);
  return new Set(acceptV1Tokens && !isExternalId ? ['1.0', '2.0'] : ['2.0']);
}

function audiences(given: readonly string[]): ReadonlySet<string> {
  demand(given.length > 0, 'audiences must not be empty');
  demand(
    given.every((audience) => audience.trim() === audience),
    'audiences must be texts without surrounding spaces',
  );
  for (const audience of given) {
    const service = microsoftServiceOf(audience);
    demand(service === undefined, `audiences must not name ${service}: its tokens are never for this API`);
  }
  return new Set(given);
}

function tenants({ tenantId, allowedTenants }: AuthenticationOptions): ReadonlySet<string> {
  if (tenantId === 'organizations' || tenantId === 'common') {
    demand(allowedTenants !== undefined, `allowedTenants is required when tenantId is ${tenantId}`);
    return nonEmptyGuids('allowedTenants', allowedTenants);
  }
  const own = guid('tenantId', tenantId);
  const others = guids('allowedTenants', allowedTenants ?? [own]);
  demand(others.size === 1 && others.has(own), 'allowedTenants needs tenantId to be organizations or common');
  return others;
}

function nonEmptyGuids(name: string, values: readonly string[]): ReadonlySet<string> {
  demand(values.length > 0, `${name} must not be empty`);
  return guids(name, values);
}

function guids(name: string, values: readonly string[]): ReadonlySet<string> {
  return new Set(values.map((value) => guid(name, value)));
}

function guid(name: string, value: unknown): string {
  const parsed = parseGuid(value);
  demand(parsed !== undefined, `${name} must be a GUID`);
  return parsed;
}

function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TypeError(message);
}
