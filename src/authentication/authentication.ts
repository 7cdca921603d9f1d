import { consoleLogger } from './authentication-logger.js';
import { type AccessTokenExplanation, explainAccessToken } from './explanation/explain-access-token.js';
import { createBoundedReading } from './fetch/bounded-fetch.js';
import { createDefaultFetch } from './fetch/default-fetch.js';
import { type Authority, createAuthority } from './keys/authority.js';
import { AuthorityKeys } from './keys/authority-keys.js';
import { createElapsedTime } from './keys/elapsed-time.js';
import { readKeySet } from './keys/key-set.js';
import { readMetadata } from './keys/metadata.js';
import { scheduleUnreferenced } from './keys/schedule.js';
import { SigningKeys } from './keys/signing-keys.js';
import { AUTHENTICATION_LIMITS } from './limits.js';
import type { AuthenticationOptions } from './options/authentication-options.js';
import { tokenRequirements } from './options/token-requirements.js';
import { createRefusalReports } from './refusals/refused-token-reports.js';
import { bearerTokenIn } from './request/bearer-token.js';
import { type ReceivedCredentials, type RequestCredentials, readCredentials } from './request/request-credentials.js';
import { checkRevocation } from './revocations/check-revocation.js';
import { VerifiedTokenCache } from './token/verified-token-cache.js';
import {
  type TokenSource,
  type VerifiedAccessToken,
  type VerifierSettings,
  verifyToken,
} from './token/verify-access-token.js';
import type { TokenVersion } from './token-version.js';

export type { AuthenticationLogger } from './authentication-logger.js';
export type { AuthenticationOptions } from './options/authentication-options.js';
export type { TokenSource, VerifiedAccessToken } from './token/verify-access-token.js';

/** Result of a lookup. It is what is known of the credentials or a function that verifies them. */
export type CredentialsLookup =
  | {
      /** The remembered token. Undefined: the request is anonymous. */
      readonly known: VerifiedAccessToken | undefined;
      readonly verify?: undefined;
    }
  | {
      readonly known?: undefined;
      /** Rejects with AccessTokenError, SigningKeysUnavailableError, RevocationsUnknownError or SignatureNotCheckedError. */
      readonly verify: (from?: TokenSource) => Promise<VerifiedAccessToken>;
    };

const PUBLIC_CLOUD = 'https://login.microsoftonline.com';

/** Decides whether an access token is genuine and meant for this API, and who calls. */
export interface Authentication {
  /**
   * Returns the verified token of a request. Returns undefined if the request has no Authorization header.
   *
   * Rejects with AccessTokenError when its credentials are refused. Rejects with SigningKeysUnavailableError when they
   * cannot be judged. Rejects with TypeError when `request` has no headers that can be read.
   */
  authenticate(request: RequestCredentials, from?: TokenSource): Promise<VerifiedAccessToken | undefined>;
  /**
   * The same for an access token that came another way, such as in a WebSocket's `connection_init`. What is not a string is
   * refused as TOKEN_NOT_COMPACT.
   */
  verify(accessToken: string, from?: TokenSource): Promise<VerifiedAccessToken>;
  /**
   * Two-step variant of `authenticate`, for servers that count failures or microseconds. Returns the result immediately for
   * an anonymous request or a remembered token, and otherwise a function that verifies the credentials. Until it is called,
   * no signature is verified and nothing is fetched.
   *
   * @param credentials of a request, read by `readCredentials`
   */
  lookup(credentials: ReceivedCredentials): CredentialsLookup;
  /**
   * Runs every check on a token, also after the first that fails, and says what to change.
   *
   * With `offline` nothing is fetched, and key and signature are not looked at. A token with no other fault is then
   * neither accepted nor refused: `SIGNING_KEYS_UNAVAILABLE`.
   */
  explain(accessToken: string, options?: { readonly offline?: boolean | undefined }): Promise<AccessTokenExplanation>;
  /**
   * Calls the listener whenever more tokens may have been revoked, so that open connections verify theirs again. The answer
   * ends it.
   */
  onRevocation(listener: () => void): () => void;
  /** Fetches the signing keys in the background, and tries again alone if that fails. Never throws. */
  start(): void;
  /** Whether there are keys for every accepted token version. */
  readiness(): { readonly ready: boolean; readonly detail: string };
  /** Numbers for metrics: the age of the key set of each token version, and the memory of remembered tokens. */
  measures(): {
    readonly keySetAgeSeconds: readonly (readonly [version: TokenVersion, seconds: number])[];
    readonly rememberedTokenBytes: number;
  };
  /** Stops the background work. */
  close(): void;
}

/**
 * Builds the authentication of one API. Nothing is fetched before `start()` or the first token.
 *
 * @throws TypeError when an option is missing, empty, malformed, of another type or unknown
 */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const required = tokenRequirements(options);
  const now = options.now ?? Date.now;
  const closing = new AbortController();
  const authority = authorityOf(options);
  const elapsedMs = createElapsedTime(options.now);
  const parts = { authority, elapsedMs, signal: closing.signal };
  const keys = new AuthorityKeys(createKeysByVersion(options, parts), required.versions, elapsedMs);
  const isIssuerHost = (host: string, version: TokenVersion) =>
    authority.issuers(version).some((issuer) => hostOf(issuer) === host);
  const settings: VerifierSettings = { required, now, keys, isIssuerHost };
  const cache = new VerifiedTokenCache({
    maxEntries: options.verifiedTokenCacheSize ?? AUTHENTICATION_LIMITS.verifiedTokens.default,
    maxBytes: options.verifiedTokenCacheBytes ?? AUTHENTICATION_LIMITS.verifiedTokenCacheBytes.default,
    clockToleranceSeconds: required.clockToleranceSeconds,
    now,
  });

  const report = createRefusalReports(options.logger ?? consoleLogger, elapsedMs);
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
  function requireUnrevoked(verified: VerifiedAccessToken): VerifiedAccessToken {
    if (revocations) checkRevocation(verified, revocations, unknownRevocations);
    return verified;
  }

  /** A revoked token is remembered too, so that it costs one signature. */
  async function verifyAndRemember(accessToken: string, from: TokenSource | undefined): Promise<VerifiedAccessToken> {
    const verification = await verifyToken(accessToken, settings, from);
    cache.remember(accessToken, verification);
    return requireUnrevoked(verification.verified);
  }

  function lookup(credentials: ReceivedCredentials): CredentialsLookup {
    try {
      const accessToken = bearerTokenIn(credentials);
      if (accessToken === undefined) return { known: undefined };
      const known = cache.find(accessToken);
      return known ? { known: requireUnrevoked(known) } : { verify: (from) => verifyAndRemember(accessToken, from) };
    } catch (error) {
      return { verify: () => Promise.reject(error) };
    }
  }

  return {
    lookup,
    async verify(accessToken, from) {
      const text = textOf(accessToken);
      const known = cache.find(text);
      return reported(async () => (known ? requireUnrevoked(known) : verifyAndRemember(text, from)));
    },
    async authenticate(request, from) {
      const { known, verify } = lookup(readCredentials(request));
      return verify ? reported(() => verify(from)) : known;
    },
    explain: (accessToken, { offline } = {}) =>
      explainAccessToken(textOf(accessToken), offline ? { ...settings, offlineIssuers: authority.issuers } : settings),
    onRevocation: (listener) => revocations?.subscribe?.(listener) ?? (() => undefined),
    start: () => keys.refresh(),
    readiness: () => keys.readiness(),
    measures: () => ({ keySetAgeSeconds: keys.ages(), rememberedTokenBytes: cache.size }),
    close() {
      keys.close();
      closing.abort();
    },
  };
}

/**
 * Returns the value if it is a string and the empty text otherwise. A client can send any value in a message. One that is
 * not a text is refused like a text that is not a token.
 */
function textOf(accessToken: unknown): string {
  return typeof accessToken === 'string' ? accessToken : '';
}

function hostOf(issuer: string): string {
  return new URL(issuer).host;
}

function authorityOf({ appSpecificSigningKeys, clientId, instance = PUBLIC_CLOUD, tenantId }: AuthenticationOptions) {
  return createAuthority(instance, tenantId.toLowerCase(), appSpecificSigningKeys ? clientId.toLowerCase() : undefined);
}

function createKeysByVersion(
  options: AuthenticationOptions,
  { authority, elapsedMs, signal }: { authority: Authority; elapsedMs(): number; signal: AbortSignal },
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
  const keysOf = (version: TokenVersion) =>
    new SigningKeys({
      version,
      read: () => read(version),
      elapsedMs,
      random: options.random ?? Math.random,
      schedule: options.schedule ?? scheduleUnreferenced,
      logger: options.logger ?? consoleLogger,
    });
  return { '1.0': keysOf('1.0'), '2.0': keysOf('2.0') };
}
