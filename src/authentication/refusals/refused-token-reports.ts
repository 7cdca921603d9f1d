import type { AuthenticationLogger } from '../authentication-logger.js';
import { refusalHint } from '../explanation/refusal-hint.js';
import { AccessTokenError, SigningKeysUnavailableError } from './access-token-error.js';
import { createReportCount } from './report-count.js';

/** Logs why a token was refused or could not be judged. Any other error is not about a token, and not logged here. */
export type ReportRefusal = (error: unknown) => void;

/**
 * Creates the log of refused tokens: at most one line a minute for each code, since clients decide how often a token is
 * refused. The line has nothing of the token but what `AccessTokenDetails` allows.
 */
export function createRefusalReports(
  logger: Pick<AuthenticationLogger, 'warn'>,
  elapsedMs: () => number,
): ReportRefusal {
  const mayReport = createReportCount(elapsedMs);
  return (error) => {
    if (error instanceof AccessTokenError) {
      const { code } = error;
      const counted = mayReport(code);
      if (!counted) return;
      const { details } = error;
      logger.warn({ code, hint: refusalHint({ code, details }), ...details, ...counted }, 'access token refused');
    }
    if (error instanceof SigningKeysUnavailableError) {
      const { code, details } = error;
      const counted = mayReport(code);
      if (counted) logger.warn({ code, ...details, ...counted }, 'access token could not be verified');
    }
  };
}
