import type { AuthenticationLogger } from '../authentication-logger.js';
import type { Fetch } from '../fetch/bounded-fetch.js';
import type { LookUpGroups } from '../groups/caller-decisions.js';
import type { Schedule } from '../keys/schedule.js';
import type { RevocationSource, UnknownRevocations } from '../revocations/revocation-source.js';
import type { IsTenantAllowed } from '../tenants/tenant-decisions.js';

/**
 * Options for the accepted access tokens and the source of their keys. GUIDs may be in any case. `createAuthentication`
 * throws a TypeError for an option that is unknown, missing, empty or malformed. It also throws for another type, including
 * null: only undefined means the default. (Microsoft identity platform: access tokens, validate tokens.)
 */
export interface AuthenticationOptions {
  /** GUID of the tenant. `organizations` and `common` need `allowedTenants` or `isTenantAllowed`. */
  readonly tenantId: string;
  /** Application (client) id of the API's app registration, a GUID. */
  readonly clientId: string;
  /**
   * Accepted `aud`: the identifiers of this API, compared ordinally (RFC 7519 s.4.1.3). Those of Microsoft's own services
   * are refused. Default: the client id and `api://<client id>`.
   */
  readonly audiences?: readonly string[] | undefined;
  /**
   * Origin of the cloud (Microsoft Entra: national clouds), such as `https://login.microsoftonline.us`. For External ID it
   * is `https://<name>.ciamlogin.com`. Default `https://login.microsoftonline.com`. http is for loopback only.
   */
  readonly instance?: string | undefined;
  /**
   * GUIDs of the tenants whose tokens are accepted, when `tenantId` is `organizations` or `common`. `any`: those of every
   * tenant in the world. Personal accounts are let in by `common` alone.
   */
  readonly allowedTenants?: readonly string[] | 'any' | undefined;
  /**
   * Decides whether the tokens of a tenant are accepted if `tenantId` is `organizations` or `common`. It takes the place of
   * `allowedTenants`. It is given the lower-case GUID of a tenant whose token is good otherwise. Its answer is remembered
   * for five minutes. Only `true` means yes. For any other answer the tenant is refused as TENANT_NOT_ALLOWED. So it is if
   * the function throws, rejects or takes more than five seconds, which is logged.
   */
  readonly isTenantAllowed?: IsTenantAllowed | undefined;
  /**
   * Client ids (GUIDs) of the applications that may call, for users or for themselves. Claim `azp`, in v1.0 tokens `appid`
   * (Entra access token claims reference). Others are refused as CLIENT_NOT_ALLOWED. Not empty. Default: any client that can
   * get a token for this API.
   */
  readonly allowedClients?: readonly string[] | undefined;
  /**
   * Whether v1.0 tokens are accepted beside v2.0 ones. Default true: Entra issues them for an API unless its manifest says
   * otherwise (`requestedAccessTokenVersion`). External ID issues none, so they are never accepted there.
   */
  readonly acceptV1Tokens?: boolean | undefined;
  /**
   * Maximum difference between the clocks of this server and of Entra in whole seconds from 0 to 300. `exp` counts as so
   * much later. `nbf` and `iat` count as so much earlier (RFC 7519 s.4.1.4, s.4.1.5: "some small leeway, usually no more
   * than a few minutes"). Default 60.
   */
  readonly clockToleranceSeconds?: number | undefined;
  /**
   * Client ids (GUIDs) of the applications whose own tokens need no permission in `roles`. They are authenticated, nothing
   * more. A token of a user always needs a scope. Tokens of other applications without permission are refused as
   * NO_PERMISSIONS. Any application of the tenant can get such a token, unless the API requires assignment (Microsoft
   * identity platform: protected web API, verify scopes and app roles). With `allowedClients` it has to be in both. May be
   * empty. Default: none.
   */
  readonly clientsWithoutPermissions?: readonly string[] | undefined;
  /**
   * Claims that a token must have, each with its accepted values: `{ ctry: ['DE', 'AT'] }`. A list needs one of them, and
   * numbers and truth values are compared as text: `{ acct: ['0'] }`. Others are refused as REQUIRED_CLAIM_MISMATCH. At most
   * 20 claims. Default: only the claims that every token needs.
   */
  readonly requiredClaims?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Roles that users have by their groups, by the group's object id: `{ '<GUID>': ['Expenses.Finance'] }`. They are added to
   * those of the claim `roles`, for users alone. Needs the claim `groups` in the access tokens of the API. At most 100
   * groups with 20 roles each. Default: none. Groups then have no effect.
   */
  readonly groupRoles?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Looks the groups of a user up where the token leaves them out, or has no claim `groups`. It is given the ids of
   * `groupRoles` and answers with those that the user is in. It is called by `decideCaller` alone. Default: none. The roles
   * of such a user then stay undecided.
   */
  readonly lookUpGroups?: LookUpGroups | undefined;
  /**
   * The app has signing keys of its own (claims mapping, SAML): asks for them with `?appid=<client id>` (Microsoft identity
   * platform: signing key rollover). Default false.
   */
  readonly appSpecificSigningKeys?: boolean | undefined;
  /**
   * Further authorities whose tokens are accepted, such as External ID for customers beside Entra ID for employees. The
   * options above describe the first one. Each has rules and keys of its own, and `caller.authority` names it. At most 10.
   * Default: none.
   */
  readonly authorities?: readonly FurtherAuthority[] | undefined;
  /** Says which tokens are refused before they expire. Asked for each request. Default: none is. */
  readonly revocations?: RevocationSource | undefined;
  /**
   * Treatment of a token when `revocations` cannot say whether it is revoked. `refused`: RevocationsUnknownError, which is
   * 503. Default `served`.
   */
  readonly unknownRevocations?: UnknownRevocations | undefined;
  /** Number of verified tokens remembered, from 0 to 1 000 000. Default 10 000 (about 2 kB each). */
  readonly verifiedTokenCacheSize?: number | undefined;
  /** Bytes that they may take, as estimated, 1 MiB to 512 MiB. Those not used for longest are forgotten. Default 32 MiB. */
  readonly verifiedTokenCacheBytes?: number | undefined;
  /**
   * Time limit in milliseconds (1 to 60 000) for reading metadata and key set of one token version, to the last byte.
   * Default 5000.
   */
  readonly requestTimeoutMs?: number | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /**
   * Reads the documents of the identity provider and nothing else. It is given an absolute address of the configured cloud
   * and must answer as the `fetch` of the Fetch standard does. It may be called several times at once. Default: Node's own
   * client, which ignores proxies (see `createProxiedFetch`).
   *
   * Redirects: it must not follow one (`redirect` is `manual`) because only the first address has been checked. Any status
   * but 200 counts as a failure.
   *
   * Errors: it rejects when the provider does not answer. It rejects when `signal` ends (after `requestTimeoutMs` and on
   * `close()`), even while the body is read. The `message` of the error or of its `cause` is logged.
   *
   * Body: decoded (`content-encoding`) in chunks of bytes, or null. It need not bound the size (1 MiB is read).
   */
  readonly fetch?: Fetch | undefined;
  /** Timer. See {@link Schedule}. Default: one that keeps no process alive. */
  readonly schedule?: Schedule | undefined;
  /** From 0 to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Default: warnings and errors on the console, with `entra-graphql` before them. `silentLogger` drops everything. */
  readonly logger?: AuthenticationLogger | undefined;
  /**
   * Whether `authenticate` and `verify` log why a token is refused. They log at most once a minute for each code. Defaults
   * to true without a `logger`, because a server with a logger can log the errors that it gets.
   */
  readonly logRefusals?: boolean | undefined;
}

/** Options that depend on each other. A server has them as settings. */
export type IdentityOptions = Pick<
  AuthenticationOptions,
  | 'tenantId'
  | 'clientId'
  | 'audiences'
  | 'instance'
  | 'allowedTenants'
  | 'isTenantAllowed'
  | 'allowedClients'
  | 'acceptV1Tokens'
  | 'clientsWithoutPermissions'
>;

/** A further authority. What it leaves out has its usual default. */
export interface FurtherAuthority
  extends IdentityOptions,
    Pick<AuthenticationOptions, 'requiredClaims' | 'groupRoles' | 'lookUpGroups' | 'appSpecificSigningKeys'> {
  /** `caller.authority` of its callers: 1 to 40 of a-z, 0-9 and "-". Not `default`, which is that of the first authority. */
  readonly name: string;
}
