import { createReportCount } from '../authentication/refusals/report-count.js';

/** Log for the operator about other APIs. */
export interface DownstreamLogger {
  /**
   * `another API is unavailable` has `cause` and, after a quiet minute, `leftOut`: the number of failures without a line.
   * `another API denies access to this API itself` has `host` or `permissions`, and a `hint`.
   */
  warn(fields: object, message: string): void;
}

/**
 * Creates a report that writes one line a minute, however many fields fail. An outage is visible and does not fill the log.
 */
export function createOutageReport(logger: DownstreamLogger | undefined, now: () => number): (cause: Error) => void {
  const mayReport = createReportCount(now);
  return ({ message: cause }) => {
    const counted = mayReport('outage');
    if (counted) logger?.warn({ cause, ...counted }, 'another API is unavailable');
  };
}

const DENIAL_HINT =
  'Grant the application permission under API permissions of the app registration, and have an administrator consent.';

/** Creates a report that writes one line a minute about what another API denies to this API itself. */
export function createDenialReport(
  logger: DownstreamLogger | undefined,
  now: () => number,
): (fields: { readonly host?: string; readonly permissions?: string }) => void {
  const mayReport = createReportCount(now);
  return (fields) => {
    if (!mayReport('denial')) return;
    logger?.warn({ ...fields, hint: DENIAL_HINT }, 'another API denies access to this API itself');
  };
}
