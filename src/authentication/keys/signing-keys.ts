import { SigningKeysUnavailableError } from '../access-token-error.js';
import { type AuthenticationLogger, describeError } from '../authentication-logger.js';
import type { TokenVersion } from '../token/token-requirements.js';
import type { KeySet } from './key-set.js';
import type { Metadata } from './metadata.js';
import { isSameKey, type SigningKey } from './signing-key.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * How long keys live, in milliseconds. Entra's key sets flap: keys vanish for hours and come back, so a set that
 * replaced the one before would refuse good tokens (Microsoft identity platform: signing key rollover).
 */
export const KEY_LIFE = {
  refreshEveryMs: HOUR_MS,
  trustedForMs: 24 * HOUR_MS,
  unknownKeyCoolDownMs: MINUTE_MS,
  firstRetryMs: 1000,
  maxRetryMs: MINUTE_MS,
} as const;

const MAX_KEYS_HELD = 1000;

/** What a store of signing keys needs from outside. */
export interface SigningKeysSource {
  readonly version: TokenVersion;
  /** Reads metadata and key set, or rejects. */
  read(): Promise<{ readonly metadata: Metadata; readonly keySet: KeySet }>;
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 to 1, to spread the refreshes of many servers. */
  random(): number;
  /** Calls `run` once after a delay; the answer cancels it. */
  schedule(run: () => void, delayMs: number): () => void;
  readonly logger: AuthenticationLogger;
}

/** The signing keys of the authority for one token version. */
export interface SigningKeys {
  /** A key that is trusted now, or undefined. Never fetches. */
  find(kid: string): SigningKey | undefined;
  /**
   * The key after looking for news, at most once a minute whatever is asked for. To be asked only for tokens in which
   * everything else is right, or strangers decide when we fetch.
   *
   * @throws SigningKeysUnavailableError when there is no news to be had, so that nothing can be said about the key
   */
  findAfterRefresh(kid: string): Promise<SigningKey | undefined>;
  /**
   * Issuer of the metadata, in which `{tenantid}` may stand for the tenant. Waits for the first fetch.
   *
   * @throws SigningKeysUnavailableError
   */
  issuer(): Promise<string>;
  /** The same if it is known already. */
  knownIssuer(): string | undefined;
  /** Fetches now and from then on in the background. Never rejects. */
  refresh(): Promise<void>;
  /** Whether there is a trusted key, and a sentence about it. */
  readiness(): { readonly ready: boolean; readonly detail: string };
  /** Stops the background refresh. */
  close(): void;
}

/**
 * Keeps the keys of one authority and version: fetched in the background, merged by kid, each trusted for 24 hours
 * after it was last seen. A document that cannot be read or makes no sense changes nothing; the next attempt follows
 * soon. `Cache-Control` is not looked at, so no header can make keys live longer or fetches more frequent.
 */
export function createSigningKeys(source: SigningKeysSource): SigningKeys {
  const held = new Map<string, { readonly key: SigningKey; readonly lastSeenAtMs: number }>();
  let issuer: string | undefined;
  let inFlight: Promise<void> | undefined;
  let failuresInRow = 0;
  let lastProblem: unknown;
  let nextRefreshAtMs = Number.NEGATIVE_INFINITY;
  let unknownKeyRefreshAtMs = Number.NEGATIVE_INFINITY;
  let cancelScheduled = () => {};
  let closed = false;

  function find(kid: string): SigningKey | undefined {
    const entry = held.get(kid);
    return entry && isFresh(entry) ? entry.key : undefined;
  }

  function isFresh(entry: { readonly lastSeenAtMs: number }): boolean {
    return source.now() - entry.lastSeenAtMs < KEY_LIFE.trustedForMs;
  }

  function refresh(): Promise<void> {
    inFlight ??= attempt().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  }

  async function attempt(): Promise<void> {
    cancelScheduled();
    try {
      const { metadata, keySet } = await source.read();
      merge(keySet);
      issuer = metadata.issuer;
      failuresInRow = 0;
      source.logger.info({ version: source.version, keys: keySet.keys.length }, 'signing keys refreshed');
    } catch (error) {
      failuresInRow += 1;
      lastProblem = error;
      source.logger.warn({ version: source.version, ...describeError(error) }, 'signing keys could not be fetched');
    }
    scheduleNext();
  }

  function merge(keySet: KeySet): void {
    for (const { kid, reason } of keySet.unusable) source.logger.warn({ kid, reason }, 'signing key not used');
    const lastSeenAtMs = source.now();
    for (const key of keySet.keys) {
      const known = held.get(key.kid)?.key;
      held.delete(key.kid);
      held.set(key.kid, { key: known && isSameKey(known, key) ? known : key, lastSeenAtMs });
    }
    for (const [kid, entry] of held) {
      if (!isFresh(entry) || held.size > MAX_KEYS_HELD) held.delete(kid);
    }
  }

  function scheduleNext(): void {
    if (closed) return;
    const baseMs =
      failuresInRow === 0
        ? KEY_LIFE.refreshEveryMs
        : Math.min(KEY_LIFE.maxRetryMs, KEY_LIFE.firstRetryMs * 2 ** (failuresInRow - 1));
    const delayMs = Math.round(baseMs * (0.9 + 0.2 * source.random()));
    nextRefreshAtMs = source.now() + delayMs;
    cancelScheduled = source.schedule(() => void refresh(), delayMs);
  }

  /** A clock that was set back must not stretch the cool-down. */
  function mayRefreshForUnknownKey(): boolean {
    const elapsedMs = source.now() - unknownKeyRefreshAtMs;
    return elapsedMs < 0 || elapsedMs >= KEY_LIFE.unknownKeyCoolDownMs;
  }

  function unavailable(): SigningKeysUnavailableError {
    const waitMs = nextRefreshAtMs - source.now();
    return new SigningKeysUnavailableError(Math.min(60, Math.max(1, Math.ceil(waitMs / 1000))), lastProblem);
  }

  return {
    find,
    refresh,
    knownIssuer: () => issuer,
    async findAfterRefresh(kid) {
      if (inFlight) await inFlight;
      const brought = find(kid);
      if (brought) return brought;
      if (mayRefreshForUnknownKey()) {
        unknownKeyRefreshAtMs = source.now();
        await refresh();
      }
      const key = find(kid);
      if (!key && failuresInRow > 0) throw unavailable();
      return key;
    },
    async issuer() {
      if (issuer === undefined && (inFlight || source.now() >= nextRefreshAtMs)) await refresh();
      if (issuer === undefined) throw unavailable();
      return issuer;
    },
    readiness() {
      const fresh = [...held.values()].filter(isFresh).length;
      if (fresh > 0) return { ready: true, detail: `v${source.version}: ${fresh} signing keys` };
      return { ready: false, detail: `v${source.version}: no signing keys (${describeError(lastProblem).reason})` };
    },
    close() {
      closed = true;
      cancelScheduled();
    },
  };
}
