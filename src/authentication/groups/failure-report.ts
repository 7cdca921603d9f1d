import type { AuthenticationLogger } from '../authentication-logger.js';

const PAUSE_MS = 60_000;

/** Creates a function that logs why groups could not be looked up, at most once a minute. */
export function createFailureReport(logger: AuthenticationLogger, elapsedMs: () => number): (error: unknown) => void {
  let nextMs = 0;
  return (error) => {
    if (elapsedMs() < nextMs) return;
    nextMs = elapsedMs() + PAUSE_MS;
    const { message: reason = 'an unknown reason', code } = Object(error);
    const hint =
      'Fields that hang on groups answer SERVICE_UNAVAILABLE. Check ENTRA_GROUP_LOOKUP and the permissions of this API at Microsoft Graph.';
    logger.warn(
      { reason: String(reason), ...(code !== undefined && { code: String(code) }), hint },
      'groups of a caller could not be looked up',
    );
  };
}
