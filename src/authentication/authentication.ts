import { silentLogger } from './authentication-logger.js';
import { type AuthenticationOptions, tokenRequirements } from './authentication-options.js';
import { type RequestCredentials, readBearerToken } from './bearer-token.js';
import { type AccessTokenExplanation, explainAccessToken } from './explanation/explain-access-token.js';
import { createAuthority } from './keys/authority.js';
import { createBoundedFetch, type FetchJsonObject } from './keys/bounded-fetch.js';
import { readKeySet } from './keys/key-set.js';
import { readMetadata } from './keys/metadata.js';
import { createSigningKeys, type SigningKeys } from './keys/signing-keys.js';
import { checkSize } from './token/token-form.js';
import { createHeaderReader } from './token/token-header.js';
import type { TokenVersion } from './token/token-requirements.js';
import { createVerifiedTokenCache, digestOf } from './token/verified-token-cache.js';
import { type VerifiedAccessToken, type VerifierSettings, verifyAccessToken } from './token/verify-access-token.js';

export type { AuthenticationLogger } from './authentication-logger.js';
export type { AuthenticationOptions } from './authentication-options.js';
export type { VerifiedAccessToken } from './token/verify-access-token.js';

const PUBLIC_CLOUD = 'https://login.microsoftonline.com';
const MAX_DOCUMENT_BYTES = 1024 * 1024;

/** Answers one question: is this access token genuine and meant for us, and if so, who calls? */
export interface Authentication {
  /**
   * Who sent a request; undefined when it has no Authorization header.
   *
   * Rejects with AccessTokenError when its credentials are refused, with SigningKeysUnavailableError when they cannot be
   * judged.
   */
  authenticate(request: RequestCredentials): Promise<VerifiedAccessToken | undefined>;
  /** The same for an access token that came another way, such as in a WebSocket's `connection_init`. */
  verify(accessToken: string): Promise<VerifiedAccessToken>;
  /** Runs every check on a token, also after the first that fails, and says what to change. */
  explain(accessToken: string): Promise<AccessTokenExplanation>;
  /** Fetches the signing keys in the background, and tries again alone if that fails. Never throws. */
  start(): void;
  /** Whether there are keys for every accepted token version. */
  readiness(): { readonly ready: boolean; readonly detail: string };
  /** Stops the background work. */
  close(): void;
}

/**
 * Builds the authentication of one API. Nothing is fetched before `start()` or the first token.
 *
 * @throws TypeError when an option is missing, empty or malformed
 */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const required = tokenRequirements(options);
  const now = options.now ?? Date.now;
  const closing = new AbortController();
  const keysByVersion = createKeysByVersion(options, closing.signal);
  const acceptedKeys = [...required.versions].map((version) => keysByVersion[version]);
  const settings: VerifierSettings = {
    required,
    now,
    readHeader: createHeaderReader(),
    keysOf: (version) => keysByVersion[version],
  };
  const cache = createVerifiedTokenCache({
    maxEntries: cacheSize(options.verifiedTokenCacheSize),
    clockToleranceSeconds: required.clockToleranceSeconds,
    now,
  });

  async function verify(accessToken: string): Promise<VerifiedAccessToken> {
    checkSize(accessToken);
    const digest = digestOf(accessToken);
    const known = cache.find(digest);
    if (known) return known;
    const verification = await verifyAccessToken(accessToken, settings);
    cache.remember(digest, verification);
    return verification.verified;
  }

  return {
    verify,
    async authenticate(request) {
      const accessToken = readBearerToken(request);
      return accessToken === undefined ? undefined : await verify(accessToken);
    },
    explain: (accessToken) => explainAccessToken(accessToken, settings),
    start() {
      for (const keys of acceptedKeys) void keys.refresh();
    },
    readiness() {
      const each = acceptedKeys.map((keys) => keys.readiness());
      return { ready: each.every(({ ready }) => ready), detail: each.map(({ detail }) => detail).join('; ') };
    },
    close() {
      for (const keys of acceptedKeys) keys.close();
      closing.abort();
    },
  };
}

function createKeysByVersion(options: AuthenticationOptions, signal: AbortSignal): Record<TokenVersion, SigningKeys> {
  const fetchJsonObject = createBoundedFetch(options.fetch ?? fetch, {
    timeoutMs: options.requestTimeoutMs ?? 5000,
    maxBytes: MAX_DOCUMENT_BYTES,
    signal,
  });
  return {
    '1.0': createKeysOf('1.0', options, fetchJsonObject),
    '2.0': createKeysOf('2.0', options, fetchJsonObject),
  };
}

function createKeysOf(
  version: TokenVersion,
  options: AuthenticationOptions,
  fetchJsonObject: FetchJsonObject,
): SigningKeys {
  const appId = options.appSpecificSigningKeys ? options.clientId.toLowerCase() : undefined;
  const authority = createAuthority(options.instance ?? PUBLIC_CLOUD, options.tenantId.toLowerCase(), appId);
  return createSigningKeys({
    version,
    async read() {
      const metadata = await readMetadata(authority, version, fetchJsonObject);
      return { metadata, keySet: await readKeySet(metadata, fetchJsonObject) };
    },
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    schedule: options.schedule ?? scheduleUnreferenced,
    logger: options.logger ?? silentLogger,
  });
}

function scheduleUnreferenced(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs).unref();
  return () => clearTimeout(timer);
}

function cacheSize(given = 10_000): number {
  if (Number.isInteger(given) && given >= 0 && given <= 1_000_000) return given;
  throw new TypeError('verifiedTokenCacheSize must be a whole number from 0 to 1000000');
}
