import { LRUCache } from 'lru-cache';
import type { TokenSource } from '../authentication/authentication.js';
import { AccessTokenError, SignatureNotCheckedError } from '../authentication/refusals/access-token-error.js';
import type { DescribeLimit, LimitError } from '../config/limit-error.js';
import type { Limits } from '../config/limits.js';

const MINUTE_MS = 60_000;

export interface FailureAnswer {
  /** Seconds after which the client may try again, for the answer 429. 0: the token gets the answer for its own fault. */
  readonly secondsToWait: number;
  /** Seconds until the minute of the address is over if this was its last allowed failure. Otherwise 0. */
  readonly usedUpForSeconds: number;
  /** The bound that kept the signature from being checked. */
  readonly error?: LimitError;
}

/** Counts refused tokens by the address of the client, and bounds the signatures that an address has checked. */
export interface FailureLimit {
  /** Whether too many tokens of this address were refused within its minute. */
  isOver(address: string): boolean;
  /** Returns how a new token of this address may be verified. Beyond the limit it has to stay within a budget. */
  begin(address: string): TokenSource;
  /**
   * Notes that a token of this address was refused, and returns how to answer.
   *
   * @param countsExpired whether an expired token that is genuine otherwise counts, where its refusal costs more
   */
  refuse(address: string, error: unknown, countsExpired?: boolean): FailureAnswer;
}

interface AddressRecord {
  failures: number;
  readonly sinceMs: number;
  /** Signatures that may be checked now; grows with time. */
  checksLeft: number;
  grownAtMs: number;
}

const NO_WAIT: FailureAnswer = { secondsToWait: 0, usedUpForSeconds: 0 };

/**
 * Creates the limit of refused tokens. An address has a number of them in a minute that begins with the first.
 *
 * A limit that stopped all tokens of an address would be a weapon: a few bad tokens would lock out a whole office. So beyond
 * the limit, tokens are still verified while few signatures have to be checked for the address. Only bad ones get 429. An
 * expired token that is genuine otherwise is not a failure: every client sends some.
 *
 * @param failuresPerMinute 0: no limit
 */
export function createFailureLimit(options: {
  readonly failuresPerMinute: number;
  readonly limits: Limits;
  readonly describeLimit: DescribeLimit;
  now?(): number;
}): FailureLimit {
  const { failuresPerMinute, limits, describeLimit, now = () => Date.now() } = options;
  const checksPerSecond = limits.signatureChecksPerSecond;
  const records = new LRUCache<string, AddressRecord>({ max: limits.failingAddresses });

  /** Begins a new minute when the last one is over, or seems to begin in the future because the clock was set back. */
  function recordOf(address: string): AddressRecord {
    const nowMs = now();
    const known = records.get(address);
    if (known && nowMs >= known.sinceMs && nowMs < known.sinceMs + MINUTE_MS) return known;
    const { checksLeft, grownAtMs } = known ?? { checksLeft: checksPerSecond, grownAtMs: nowMs };
    const record = { failures: 0, sinceMs: nowMs, checksLeft, grownAtMs };
    records.set(address, record);
    return record;
  }

  /** Takes a check from the budget of an address, which grows all the time up to that of one second. */
  function takeCheck(record: AddressRecord): boolean {
    const nowMs = now();
    const grown = (Math.max(0, nowMs - record.grownAtMs) / 1000) * checksPerSecond;
    record.checksLeft = Math.min(checksPerSecond, record.checksLeft + grown);
    record.grownAtMs = nowMs;
    if (record.checksLeft < 1) return false;
    record.checksLeft -= 1;
    return true;
  }

  function overBudget(): FailureAnswer {
    const error = describeLimit('signatureChecksPerSecond', undefined, 'RATE_LIMITED');
    return { secondsToWait: 1, usedUpForSeconds: 0, error };
  }

  /** Returns the answer to an expired token that does not count. It is otherwise genuine, or that cannot be checked now. */
  function excuse(record: AddressRecord, error: AccessTokenError): FailureAnswer | undefined {
    if (takeCheck(record)) return error.isOtherwiseGenuine() === false ? undefined : NO_WAIT;
    return record.failures >= failuresPerMinute ? overBudget() : NO_WAIT;
  }

  function countFailure(record: AddressRecord): FailureAnswer {
    const secondsLeft = Math.ceil((record.sinceMs + MINUTE_MS - now()) / 1000);
    if (record.failures >= failuresPerMinute) return { secondsToWait: secondsLeft, usedUpForSeconds: 0 };
    record.failures += 1;
    return { secondsToWait: 0, usedUpForSeconds: record.failures === failuresPerMinute ? secondsLeft : 0 };
  }

  function isOver(address: string): boolean {
    return failuresPerMinute > 0 && records.has(address) && recordOf(address).failures >= failuresPerMinute;
  }

  return {
    isOver,
    begin: (address) => ({
      source: address,
      ...(isOver(address) && { mayCheckSignature: () => takeCheck(recordOf(address)) }),
    }),
    refuse(address, error, countsExpired = false) {
      if (error instanceof SignatureNotCheckedError) return overBudget();
      if (failuresPerMinute === 0 || !(error instanceof AccessTokenError)) return NO_WAIT;
      const record = recordOf(address);
      const isExcusable = error.code === 'TOKEN_EXPIRED' && !countsExpired;
      return (isExcusable && excuse(record, error)) || countFailure(record);
    },
  };
}
