import type { DescribeLimit, LimitErrorCode } from '../config/limit-error.js';
import type { LimitName } from '../config/limits.js';
import { CapacityError } from './database-errors.js';

const RETRY_AFTER_SECONDS = 2;

const STATUS: Readonly<Record<LimitErrorCode, CapacityError['status']>> = {
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503,
  LIMIT_EXCEEDED: 504,
};

/** Returns the error of a bound of the database as a resolver throws it. */
export function toLimitError(describe: DescribeLimit, name: LimitName, code: LimitErrorCode): CapacityError {
  const { message, extensions } = describe(name, undefined, code);
  return new CapacityError(message, STATUS[code], { ...extensions, retryAfterSeconds: RETRY_AFTER_SECONDS });
}
