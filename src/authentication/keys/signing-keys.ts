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
 * Delays before the next refresh, in milliseconds. Each is spread by a tenth. `Cache-Control` is ignored, so a header can
 * neither make refreshes more frequent nor keys live longer.
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
 * The signing keys of the authority for one token version. A refresh fetches the metadata and the key set, at once or in the
 * background. A refresh that fails changes nothing, and the next one follows soon.
 *
 * A key set without any usable key fails too, even if it has known kids. An authority never withdraws all keys at once, but
 * a broken proxy or publisher can spoil the whole document. Accepting it would refuse every caller.
 */
export class SigningKeys {
  readonly #source: SigningKeysSource;
  readonly #held: HeldKeys;
  #issuer: string | undefined;
  #inFlight: Promise<void> | undefined;
  #failuresInRow = 0;
  #lastProblem: unknown;
  #refreshedAtMs: number | undefined;
  #nextRefreshAtMs = Number.NEGATIVE_INFINITY;
  #cancelScheduled = () => {};
  #closed = false;

  constructor(source: SigningKeysSource) {
    this.#source = source;
    this.#held = new HeldKeys(source.elapsedMs);
  }

  /**
   * Returns a trusted key with this name. If there are several, returns the one for this tenant. Never refreshes. The key may
   * be for another issuer, which the caller has to check.
   *
   * @param keyName as in {@link HeldKeys.find}
   */
  find(keyName: string, tenant?: TenantIssuer): SigningKey | undefined {
    return this.#held.find(keyName, tenant);
  }

  /**
   * Like `find`, but throws instead of returning undefined when the last refresh failed.
   *
   * @throws SigningKeysUnavailableError because the key may be missing only for that reason
   */
  findOrThrowWhenStale(keyName: string, tenant: TenantIssuer): SigningKey | undefined {
    const key = this.find(keyName, tenant);
    if (!key && this.isFailing) throw this.#unavailable();
    return key;
  }

  /** Whether the last refresh failed. */
  get isFailing(): boolean {
    return this.#failuresInRow > 0;
  }

  /**
   * Whether the authority has no keys for this version: it answers with a status that is not temporary. For example, External
   * ID has no metadata for v1.0 tokens.
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

  /** Issuer of the metadata. `{tenantid}` may stand for the tenant in it. Undefined before the first successful refresh. */
  get knownIssuer(): string | undefined {
    return this.#issuer;
  }

  /**
   * Returns `knownIssuer`, if need be after a refresh that is running or due.
   *
   * @throws SigningKeysUnavailableError when there is still none
   */
  async issuer(): Promise<string> {
    const isDue = this.#inFlight !== undefined || this.#source.elapsedMs() >= this.#nextRefreshAtMs;
    if (this.#issuer === undefined && isDue) await this.refresh();
    if (this.#issuer === undefined) throw this.#unavailable();
    return this.#issuer;
  }

  /** Refreshes now, and from then on in the background. Joins a refresh that is under way. Never rejects. */
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

  /** Seconds since the last successful refresh. Undefined before the first one. */
  get ageSeconds(): number | undefined {
    return this.#refreshedAtMs === undefined ? undefined : (this.#source.elapsedMs() - this.#refreshedAtMs) / 1000;
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
      this.#refreshedAtMs = this.#source.elapsedMs();
      logger.info({ version, keys: keySet.keys.length, unusable: alarming.length }, 'signing keys refreshed');
    } catch (error) {
      const isKnown = this.isAbsent && isSameProblem(error, this.#lastProblem);
      this.#failuresInRow += 1;
      this.#lastProblem = error;
      // A refresh that ends with the server is not a failure. A document that is absent for good is reported once.
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
