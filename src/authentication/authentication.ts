import type { Authentication, CredentialsLookup } from './authentication-interface.js';
import { type AuthenticationLogger, consoleLogger, withAuthority } from './authentication-logger.js';
import { explainAccessToken } from './explanation/explain-access-token.js';
import { createBoundedReading } from './fetch/bounded-fetch.js';
import { createDefaultFetch } from './fetch/default-fetch.js';
import { createCallerDecisions } from './groups/caller-decisions.js';
import { textOf } from './json-object.js';
import { type Authority, createAuthority, PUBLIC_CLOUD } from './keys/authority.js';
import { AuthorityKeys } from './keys/authority-keys.js';
import { createElapsedTime } from './keys/elapsed-time.js';
import { readKeySet } from './keys/key-set.js';
import { readMetadata } from './keys/metadata.js';
import { scheduleUnreferenced } from './keys/schedule.js';
import { SigningKeys } from './keys/signing-keys.js';
import { AUTHENTICATION_LIMITS } from './limits.js';
import type { AuthenticationOptions } from './options/authentication-options.js';
import { DEFAULT_AUTHORITY, optionsOfAuthorities } from './options/further-authorities.js';
import { OPTION_RANGES } from './options/option-ranges.js';
import { checkOptionTypes } from './options/option-types.js';
import { type TokenRequirements, tokenRequirements } from './options/token-requirements.js';
import { AccessTokenError } from './refusals/access-token-error.js';
import { createFailureReport, GROUP_FAILURE, TENANT_FAILURE } from './refusals/failure-report.js';
import { createRefusalReports } from './refusals/refused-token-reports.js';
import { bearerTokenIn } from './request/bearer-token.js';
import { type ReceivedCredentials, readCredentials } from './request/request-credentials.js';
import { checkRevocation } from './revocations/check-revocation.js';
import { type AuthorityAuthentication, joinAuthorities } from './several-authorities.js';
import { createTenantDecisions } from './tenants/tenant-decisions.js';
import { issuerOfTenant, spellingsOf } from './token/claim-checks.js';
import { detailsOf } from './token/token-details.js';
import { parseCompactForm } from './token/token-form.js';
import { VerifiedTokenCache } from './token/verified-token-cache.js';
import {
  type TokenSource,
  type VerifiedAccessToken,
  type VerifierSettings,
  verifyToken,
} from './token/verify-access-token.js';
import type { TokenVersion } from './token-version.js';

export type { Authentication, CredentialsLookup } from './authentication-interface.js';
export type { AuthenticationLogger } from './authentication-logger.js';
export type { AuthenticationOptions } from './options/authentication-options.js';
export type { TokenSource, VerifiedAccessToken } from './token/verify-access-token.js';

/**
 * Builds the authentication of one API. Nothing is fetched before `start()` or the first token.
 *
 * @throws TypeError when an option is missing, empty, malformed, of another type or unknown
 */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  if (options?.authorities === undefined) return createForAuthority(options);
  checkOptionTypes(options);
  const [main, ...further] = optionsOfAuthorities(options);
  const share = cacheShare(options);
  const first = createForAuthority({ ...main.options, ...share }, main.name);
  const others = further.map(({ name, options: own }, at) =>
    namingAuthority(at, name, () => createForAuthority({ ...own, ...share }, name)),
  );
  return joinAuthorities(first, others);
}

/** Returns the part of the cache that each of several authorities has. */
function cacheShare({ authorities = [], verifiedTokenCacheSize, verifiedTokenCacheBytes }: AuthenticationOptions) {
  const { verifiedTokens, verifiedTokenCacheBytes: bytes } = AUTHENTICATION_LIMITS;
  const count = authorities.length + 1;
  const [least] = OPTION_RANGES.verifiedTokenCacheBytes;
  return {
    verifiedTokenCacheSize: Math.floor((verifiedTokenCacheSize ?? verifiedTokens.default) / count),
    verifiedTokenCacheBytes: Math.max(least, Math.floor((verifiedTokenCacheBytes ?? bytes.default) / count)),
  };
}

/** Names the authority in the error of its options. */
function namingAuthority<T>(at: number, name: string, create: () => T): T {
  try {
    return create();
  } catch (error) {
    throw new TypeError(`authorities[${at}] (${name}): ${Object(error).message}`, { cause: error });
  }
}

function createForAuthority(options: AuthenticationOptions, name?: string): AuthorityAuthentication {
  const required = { ...tokenRequirements(options), ...(name !== undefined && { authority: name }) };
  const now = options.now ?? Date.now;
  const closing = new AbortController();
  const authority = authorityOf(options);
  const logger = options.logger ?? consoleLogger;
  const elapsedMs = createElapsedTime(options.now);
  const settings = createSettings(options, { required, now, authority, logger, elapsedMs, signal: closing.signal });
  const { keys, tenants } = settings;
  const cache = new VerifiedTokenCache({
    maxEntries: options.verifiedTokenCacheSize ?? AUTHENTICATION_LIMITS.verifiedTokens.default,
    maxBytes: options.verifiedTokenCacheBytes ?? AUTHENTICATION_LIMITS.verifiedTokenCacheBytes.default,
    clockToleranceSeconds: required.clockToleranceSeconds,
    now,
  });
  const callers = createCallerDecisions({
    groupRoles: required.groupRoles,
    lookUp: options.lookUpGroups,
    now,
    onFailure: createFailureReport(logger, elapsedMs, GROUP_FAILURE),
  });
  const report = createRefusalReports(logger, elapsedMs);
  const logRefusals = options.logRefusals ?? options.logger === undefined;

  async function reported<T>(verification: () => Promise<T>): Promise<T> {
    try {
      return await verification();
    } catch (error) {
      if (logRefusals) report(error);
      throw error;
    }
  }

  const { revocations, unknownRevocations = 'served' } = options;

  /** @throws AccessTokenError TOKEN_REVOKED; RevocationsUnknownError */
  function requireUnrevoked(accessToken: string, verified: VerifiedAccessToken): VerifiedAccessToken {
    if (!revocations) return verified;
    try {
      checkRevocation(verified, revocations, unknownRevocations);
      return verified;
    } catch (error) {
      // An operator who revoked a leaked token looks in the log for its id.
      if (error instanceof AccessTokenError) {
        error.withDetails(() => detailsOf(parseCompactForm(accessToken), settings.isIssuerHost));
      }
      throw error;
    }
  }

  function isAllowedNow({ caller }: VerifiedAccessToken): boolean {
    return tenants === undefined || tenants.known(caller.tenantId) === true;
  }

  /** A revoked token is remembered too, so that it costs one signature. */
  async function verifyAndRemember(accessToken: string, from: TokenSource | undefined): Promise<VerifiedAccessToken> {
    const verification = await verifyToken(accessToken, settings, from);
    cache.remember(accessToken, verification);
    return requireUnrevoked(accessToken, verification.verified);
  }

  function lookup(credentials: ReceivedCredentials): CredentialsLookup {
    try {
      const accessToken = bearerTokenIn(credentials);
      if (accessToken === undefined) return { known: undefined };
      const known = cache.find(accessToken);
      return known && isAllowedNow(known)
        ? { known: requireUnrevoked(accessToken, known) }
        : { verify: (from) => verifyAndRemember(accessToken, from) };
    } catch (error) {
      return { verify: () => Promise.reject(error) };
    }
  }

  return {
    name: name ?? DEFAULT_AUTHORITY,
    ...issuersFor(authority, required),
    lookup,
    async verify(accessToken, from) {
      const text = textOf(accessToken);
      const known = cache.find(text);
      return reported(async () =>
        known && isAllowedNow(known) ? requireUnrevoked(text, known) : verifyAndRemember(text, from),
      );
    },
    async authenticate(request, from) {
      const { known, verify } = lookup(readCredentials(request));
      return verify ? reported(() => verify(from)) : known;
    },
    explain: (accessToken, { offline } = {}) =>
      explainAccessToken(textOf(accessToken), offline ? { ...settings, offlineIssuers: authority.issuers } : settings),
    onRevocation: (listener) => revocations?.subscribe?.(listener) ?? (() => undefined),
    knownCaller: callers.known,
    decideCaller: callers.decide,
    start: () => keys.refresh(),
    readiness: () => keys.readiness(),
    isWithoutKeys: () => keys.isWithoutKeys(),
    measures: () => ({ keySetAgeSeconds: keys.ages(), rememberedTokenBytes: cache.size, tokenLookups: cache.lookups }),
    close() {
      keys.close();
      closing.abort();
    },
  };
}

/** Creates the settings of the verification, with the keys and the tenants of the authority. */
function createSettings(
  options: AuthenticationOptions,
  parts: {
    readonly required: TokenRequirements;
    readonly now: () => number;
    readonly authority: Authority;
    readonly logger: AuthenticationLogger;
    readonly elapsedMs: () => number;
    readonly signal: AbortSignal;
  },
): VerifierSettings {
  const { required, now, authority, logger, elapsedMs } = parts;
  const isIssuerHost = (host: string, version: TokenVersion) =>
    authority.issuers(version).some((issuer) => hostOf(issuer) === host);
  const tenants =
    options.isTenantAllowed &&
    createTenantDecisions({
      isTenantAllowed: options.isTenantAllowed,
      schedule: options.schedule ?? scheduleUnreferenced,
      elapsedMs,
      onFailure: createFailureReport(logger, elapsedMs, TENANT_FAILURE),
    });
  const keys = new AuthorityKeys(createKeysByVersion(options, parts), required.versions, elapsedMs);
  return { required, now, keys, isIssuerHost, tenants };
}

/** A tenant id that does not exist. It stands for every tenant where an API lists none. */
const ANY_TENANT = '00000000-0000-4000-8000-000000000000';

/** Returns which issuers tokens of the accepted versions and tenants may have, in every spelling. */
function issuersFor(authority: Authority, { versions, tenants }: TokenRequirements) {
  const templates = [...versions].flatMap((version) => authority.issuers(version));
  const issuersOf = (ids: readonly string[]) =>
    new Set(templates.flatMap((template) => ids.map((id) => issuerOfTenant(template, id))).flatMap(spellingsOf));
  const issuers = issuersOf(tenants.ids ?? [ANY_TENANT]);
  if (tenants.ids) return { issuers, ownsIssuer: (issuer: string) => issuers.has(issuer) };
  const ownsIssuer = (issuer: string) => {
    const [tenantId = ''] = GUID_IN_ISSUER.exec(issuer) ?? [];
    return tenants.has(tenantId) && issuersOf([tenantId]).has(issuer);
  };
  return { issuers, ownsIssuer };
}

const GUID_IN_ISSUER = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

function hostOf(issuer: string): string {
  return new URL(issuer).host;
}

function authorityOf({ appSpecificSigningKeys, clientId, instance = PUBLIC_CLOUD, tenantId }: AuthenticationOptions) {
  return createAuthority(instance, tenantId.toLowerCase(), appSpecificSigningKeys ? clientId.toLowerCase() : undefined);
}

function createKeysByVersion(
  options: AuthenticationOptions,
  {
    required,
    authority,
    elapsedMs,
    signal,
  }: { required: TokenRequirements; authority: Authority; elapsedMs(): number; signal: AbortSignal },
): Record<TokenVersion, SigningKeys> {
  const readBounded = createBoundedReading(options.fetch ?? createDefaultFetch(process.env), {
    timeoutMs: options.requestTimeoutMs ?? AUTHENTICATION_LIMITS.providerMilliseconds.default,
    maxBytes: AUTHENTICATION_LIMITS.providerDocumentBytes.default,
    signal,
    schedule: options.schedule,
  });
  const read = (version: TokenVersion) =>
    readBounded(async (fetchJsonObject) => {
      const metadata = await readMetadata(authority, version, fetchJsonObject);
      return { metadata, keySet: await readKeySet(metadata, fetchJsonObject) };
    });
  const logger = withAuthority(options.logger ?? consoleLogger, required.authority);
  const keysOf = (version: TokenVersion) =>
    new SigningKeys({
      version,
      read: () => read(version),
      elapsedMs,
      random: options.random ?? Math.random,
      schedule: options.schedule ?? scheduleUnreferenced,
      logger,
    });
  return { '1.0': keysOf('1.0'), '2.0': keysOf('2.0') };
}
