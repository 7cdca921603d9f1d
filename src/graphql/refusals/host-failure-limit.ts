import type { TokenSource } from '../../authentication/authentication.js';
import type { DescribeLimit } from '../../config/limit-error.js';
import { FAILURES_PER_MINUTE, type Limits } from '../../config/limits.js';
import { createFailureLimit, type FailureAnswer } from '../../http/failure-limit.js';

/** Counts the refused tokens of a server that is not ours, by the client address that this server gives. */
export interface HostFailureLimit {
  begin(address: string | undefined): TokenSource;
  /** Returns the answer 429 to a refused token. Undefined: the answer names the fault of the token. */
  refuse(address: string | undefined, error: unknown): FailureAnswer | undefined;
}

/**
 * Creates the limit. Clients without a known address share one budget of signatures, so that forged tokens cost a bounded
 * part of the CPU. Their failures are counted separately, because one client could otherwise keep all others from learning
 * that their token has expired.
 */
export function createHostFailureLimit(options: {
  readonly failuresPerMinute?: number | undefined;
  readonly limits: Limits;
  readonly describeLimit: DescribeLimit;
}): HostFailureLimit {
  const { failuresPerMinute = FAILURES_PER_MINUTE.default } = options;
  const limit = createFailureLimit({ ...options, failuresPerMinute });
  return {
    begin: (address) => ({ ...limit.begin(address ?? ''), source: address }),
    refuse(address, error) {
      const answer = limit.refuse(address ?? '', error);
      const isRefused = answer.secondsToWait > 0 && (address !== undefined || answer.error !== undefined);
      return isRefused ? answer : undefined;
    },
  };
}
