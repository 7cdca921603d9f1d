import { type DatabaseFailure, toDatabaseFailure } from '../database-errors.js';

/** Takes what the database's room has to tell the operator. */
export interface DatabaseLogger {
  warn(details: object, message: string): void;
}

/** Tells the operator that the database fails. */
export interface FailureReport {
  /**
   * Counts a failure, and writes the first one of each minute.
   *
   * @param url of the address that failed. Default: that of the pool
   */
  note(error: unknown, url?: string): void;
}

const QUIET_MS = 60_000;

/**
 * One line a minute with host and cause, however many requests fail: an outage is seen and does not fill the log.
 *
 * @param options.count called for each failure, with its code: one of PostgreSQL or of the system, or `OTHER`
 * @param options.now clock in milliseconds. Default: the process's
 */
export function createFailureReport(options: {
  readonly url: string;
  readonly logger?: DatabaseLogger | undefined;
  readonly count?: ((code: string) => void) | undefined;
  readonly now?: () => number;
}): FailureReport {
  const { logger, count, now = () => performance.now() } = options;
  let writtenAt = Number.NEGATIVE_INFINITY;
  let unwritten = 0;
  return {
    note(error, url = options.url) {
      const host = hostOf(url);
      const failure: DatabaseFailure = toDatabaseFailure(error);
      count?.(failure.code ?? 'OTHER');
      if (now() - writtenAt < QUIET_MS) {
        unwritten += 1;
        return;
      }
      const { code, message: cause } = failure;
      const since = unwritten > 0 ? { since: unwritten } : {};
      logger?.warn({ host, cause, ...(code !== undefined && { code }), ...since }, 'the database is unavailable');
      writtenAt = now();
      unwritten = 0;
    },
  };
}

/** Host, port and database of an address, without login and password. */
export function hostOf(url: string): string {
  if (!URL.canParse(url)) return 'unknown';
  const { host, pathname, searchParams } = new URL(url);
  return `${host || searchParams.get('host') || 'local socket'}${pathname}`;
}
