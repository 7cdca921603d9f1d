import type { AuthenticationLogger } from '../authentication-logger.js';
import { createReportCount } from './report-count.js';

export interface FailureWords {
  readonly message: string;
  readonly hint: string;
}

export const GROUP_FAILURE: FailureWords = {
  message: 'groups of a caller could not be looked up',
  hint: 'Fields that depend on groups answer SERVICE_UNAVAILABLE. Check ENTRA_GROUP_LOOKUP and the permissions of this API at Microsoft Graph.',
};

export const TENANT_FAILURE: FailureWords = {
  message: 'isTenantAllowed failed, so the tenant is refused',
  hint: 'Its callers get 401. The function has to answer within five seconds, and must not throw or reject.',
};

/** Creates a function that logs failures of a kind, at most one a minute. */
export function createFailureReport(
  logger: AuthenticationLogger,
  elapsedMs: () => number,
  { message, hint }: FailureWords,
): (error: unknown) => void {
  const mayReport = createReportCount(elapsedMs);
  return (error) => {
    if (!mayReport(message)) return;
    const { message: reason = 'an unknown reason', code } = Object(error);
    logger.warn({ reason: String(reason), ...(code !== undefined && { code: String(code) }), hint }, message);
  };
}
