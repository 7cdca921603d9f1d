import { createReportCount } from '../../authentication/refusals/report-count.js';
import { type DatabaseFailure, toDatabaseFailure } from '../database-errors.js';

/** Log for the operator about the database. */
export interface DatabaseLogger {
  warn(details: object, message: string): void;
}

/** Reports failures of the database to the operator. */
export interface DatabaseFailureReport {
  /**
   * Counts a failure, and writes the first one of each minute.
   *
   * @param url of the address that failed. Default: that of the pool
   */
  note(error: unknown, url?: string): void;
}

/** PostgreSQL's codes for a time limit of a statement, a lock or a transaction, for a deadlock and for a conflict. */
const GIVEN_UP: ReadonlySet<string> = new Set(['57014', '55P03', '25P03', '25P04', '40P01', '40001']);
/** For `GIVEN_UP`: the database can be reached, so the cause is inside it. */
const HINT =
  'The database answers and ended this work: it was slow, waited for a lock of another session or was in conflict with it. Look into pg_stat_activity and pg_locks.';

/**
 * Creates a report that writes one line a minute with host and cause, however many requests fail. An outage is visible and
 * does not fill the log.
 *
 * @param options.count called for each failure with its code, which is one of PostgreSQL or of the system or `OTHER`
 * @param options.now clock in milliseconds. Default: the process's
 */
export function createDatabaseFailureReport(options: {
  readonly url: string;
  readonly logger?: DatabaseLogger | undefined;
  readonly count?: ((code: string) => void) | undefined;
  readonly now?: () => number;
}): DatabaseFailureReport {
  const { logger, count, now = () => performance.now() } = options;
  const mayReport = createReportCount(now);
  return {
    note(error, url = options.url) {
      const host = hostOf(url);
      const failure: DatabaseFailure = toDatabaseFailure(error);
      count?.(failure.code ?? 'OTHER');
      const counted = mayReport('outage');
      if (!counted) return;
      const { code, message: cause } = failure;
      const isAnswering = code !== undefined && GIVEN_UP.has(code);
      logger?.warn(
        { host, cause, ...(code !== undefined && { code }), ...(isAnswering && { hint: HINT }), ...counted },
        isAnswering ? 'the database gave up work' : 'the database is unavailable',
      );
    },
  };
}

/** Returns host, port and database of an address without login and password. */
export function hostOf(url: string): string {
  if (!URL.canParse(url)) return 'unknown';
  const { host, pathname, searchParams } = new URL(url);
  return `${host || searchParams.get('host') || 'local socket'}${pathname}`;
}
