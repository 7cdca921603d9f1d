import { type AuthenticationLogger, describeError } from '../authentication-logger.js';
import { DocumentError } from '../fetch/bounded-fetch.js';
import { AUTHENTICATION_LIMITS } from '../limits.js';
import { SigningKeysUnavailableError } from '../refusals/access-token-error.js';
import type { TokenVersion } from '../token-version.js';
import { HeldKeys } from './held-keys.js';
import { alarmingIn, type KeySet, MAX_UNUSABLE_TOLD } from './key-set.js';
import type { Metadata } from './metadata.js';
import type { Schedule } from './schedule.js';
import type { SigningKey, TenantIssuer } from './signing-key.js';

const MINUTE_MS = 60_000;
const MAX_RETRY_SECONDS = AUTHENTICATION_LIMITS.keyRetrySeconds.default;

/**
 * When keys are fetched, in milliseconds; each delay is spread by a tenth. `Cache-Control` is not looked at, so no
 * header can make fetches more frequent or keys live longer.
 */
const REFRESH = {
  everyMs: 60 * MINUTE_MS,
  firstRetryMs: 1000,
  maxRetryMs: AUTHENTICATION_LIMITS.keyRetrySeconds.default * 1000,
} as const;

export interface SigningKeysSource {
  readonly version: TokenVersion;
  read(): Promise<{ readonly metadata: Metadata; readonly keySet: KeySet }>;
  /** Milliseconds of a clock that never goes back. */
  elapsedMs(): number;
  /** From 0 to 1, to spread the refreshes of many servers. */
  random(): number;
  readonly schedule: Schedule;
  readonly logger: AuthenticationLogger;
}

/**
 * The signing keys of the authority for one token version, kept fresh in the background. A document that cannot be read or
 * makes no sense changes nothing; the next attempt follows soon. A key set without any usable key is a fault too, even if it
 * has known kids. An authority never withdraws all keys at once, but a broken proxy or publisher can spoil the whole
 * document. Accepting it would stop every caller. It counts as soon as one of its keys is usable.
 */
export class SigningKeys {
  readonly #source: SigningKeysSource;
  readonly #held: HeldKeys;
  #issuer: string | undefined;
  #inFlight: Promise<void> | undefined;
  #failuresInRow = 0;
  #lastProblem: unknown;
  #fetchedAtMs: number | undefined;
  #nextRefreshAtMs = Number.NEGATIVE_INFINITY;
  #cancelScheduled = () => {};
  #closed = false;

  constructor(source: SigningKeysSource) {
    this.#source = source;
    this.#held = new HeldKeys(source.elapsedMs);
  }

  /**
   * Returns a key that is trusted now. If several have this kid, returns the one for this tenant. Never fetches. The key may
   * be for another issuer, which the caller has to check.
   */
  find(kid: string, tenant?: TenantIssuer): SigningKey | undefined {
    return this.#held.find(kid, tenant);
  }

  /**
   * Like `find`, but throws instead of returning undefined when the last refresh failed.
   *
   * @throws SigningKeysUnavailableError because nothing can be said about the key then
   */
  findOrThrowWhenStale(kid: string, tenant: TenantIssuer): SigningKey | undefined {
    const key = this.find(kid, tenant);
    if (!key && this.isFailing) throw this.#unavailable();
    return key;
  }

  /** Whether the last refresh failed. */
  get isFailing(): boolean {
    return this.#failuresInRow > 0;
  }

  /**
   * Whether the authority has no such keys. It answers with a permanent status that says that the document does not exist.
   * For example, External ID has no metadata for v1.0 tokens.
   */
  get isAbsent(): boolean {
    return this.#held.count === 0 && isLastingRefusal(this.#lastProblem);
  }

  /** Whether no refresh is running and the last one did not fail. */
  get isUpToDate(): boolean {
    return !this.isFailing && this.#inFlight === undefined;
  }

  /** The refresh that is under way. Never rejects. */
  get refreshing(): Promise<void> | undefined {
    return this.#inFlight;
  }

  /** Issuer of the metadata. `{tenantid}` may stand for the tenant in it. Undefined before the first fetch. */
  get knownIssuer(): string | undefined {
    return this.#issuer;
  }

  /**
   * The same, after waiting for the first fetch.
   *
   * @throws SigningKeysUnavailableError
   */
  async issuer(): Promise<string> {
    const isDue = this.#inFlight !== undefined || this.#source.elapsedMs() >= this.#nextRefreshAtMs;
    if (this.#issuer === undefined && isDue) await this.refresh();
    if (this.#issuer === undefined) throw this.#unavailable();
    return this.#issuer;
  }

  /** Fetches now, and from then on in the background; joins a fetch that is under way. Never rejects. */
  refresh(): Promise<void> {
    this.#inFlight ??= this.#attempt().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  /** Whether there is a trusted key, and a few words about it. */
  readiness(): { readonly ready: boolean; readonly detail: string } {
    const { version } = this.#source;
    const { count } = this.#held;
    if (count > 0) return { ready: true, detail: `v${version}: signing keys ${count}` };
    return { ready: false, detail: `v${version}: no signing keys (${describeError(this.#lastProblem).reason})` };
  }

  /** Seconds since the key set was last fetched. Undefined before the first time. */
  get ageSeconds(): number | undefined {
    return this.#fetchedAtMs === undefined ? undefined : (this.#source.elapsedMs() - this.#fetchedAtMs) / 1000;
  }

  /** Stops the background refresh. */
  close(): void {
    this.#closed = true;
    this.#cancelScheduled();
  }

  async #attempt(): Promise<void> {
    const { version, logger } = this.#source;
    this.#cancelScheduled();
    try {
      const { metadata, keySet } = await this.#source.read();
      const alarming = alarmingIn(keySet);
      for (const { kid, reason } of alarming.slice(0, MAX_UNUSABLE_TOLD)) {
        logger.warn({ version, kid, reason }, 'signing key not used');
      }
      this.#held.merge(keySet);
      this.#issuer = metadata.issuer;
      this.#failuresInRow = 0;
      this.#fetchedAtMs = this.#source.elapsedMs();
      logger.info({ version, keys: keySet.keys.length, unusable: alarming.length }, 'signing keys refreshed');
    } catch (error) {
      const isKnown = this.isAbsent && isSameProblem(error, this.#lastProblem);
      this.#failuresInRow += 1;
      this.#lastProblem = error;
      // A fetch that ends with the server is not a failure. A document that is absent for good is reported once.
      if (!this.#closed && !isKnown)
        logger.warn({ version, ...describeError(error) }, 'signing keys could not be fetched');
    }
    this.#scheduleNext();
  }

  #scheduleNext(): void {
    if (this.#closed) return;
    const { elapsedMs, random, schedule } = this.#source;
    const retryMs = Math.min(REFRESH.maxRetryMs, REFRESH.firstRetryMs * 2 ** (this.#failuresInRow - 1));
    const baseMs = this.#failuresInRow === 0 ? REFRESH.everyMs : retryMs;
    const delayMs = Math.round(baseMs * (0.9 + 0.2 * random()));
    this.#nextRefreshAtMs = elapsedMs() + delayMs;
    this.#cancelScheduled = schedule(() => void this.refresh(), delayMs);
  }

  #unavailable(): SigningKeysUnavailableError {
    const waitSeconds = Math.ceil((this.#nextRefreshAtMs - this.#source.elapsedMs()) / 1000);
    return new SigningKeysUnavailableError(Math.min(MAX_RETRY_SECONDS, Math.max(1, waitSeconds)), this.#lastProblem);
  }
}

/** Statuses with which a proxy or a busy server refuses temporarily. */
const PASSING_STATUSES = [407, 408, 425, 429];

function isSameProblem(one: unknown, other: unknown): boolean {
  return JSON.stringify(describeError(one)) === JSON.stringify(describeError(other));
}

function isLastingRefusal(problem: unknown): boolean {
  if (!(problem instanceof DocumentError) || problem.status === undefined) return false;
  return problem.status >= 400 && problem.status < 500 && !PASSING_STATUSES.includes(problem.status);
}
