import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { describeError } from '../../authentication/authentication-logger.js';
import { refusalHint } from '../../authentication/explanation/refusal-hint.js';
import {
  AccessTokenError,
  isOutage,
  type RevocationsUnknownError,
  SigningKeysUnavailableError,
} from '../../authentication/refusals/access-token-error.js';
import { isFoundAfterSignature } from '../../authentication/refusals/failure-catalogue.js';
import { createReportCount } from '../../authentication/refusals/report-count.js';
import { clientAddress } from '../../http/client-address.js';
import type { FailureAnswer } from '../../http/failure-limit.js';
import type { RefusalLines } from '../../http/log/refusal-lines.js';

type RefusalLog = Pick<FastifyBaseLogger, 'warn' | 'error'>;

/** Logs that an access token was refused or could not be judged. Nothing of the token's text. */
export type LogRefusedToken = (
  request: Pick<FastifyRequest, 'ip' | 'ips'> & { readonly log: RefusalLog },
  error: unknown,
) => void;

/**
 * Creates the log of refused tokens. Each line has a hint for the operator. Outages have one line a minute for each code. A
 * token that names an unknown key cannot be judged while no key may be fetched, and clients send any number of those.
 *
 * @param refusalLines bounds the lines about bad tokens
 */
export function createRefusedTokenLog(
  refusalLines: Pick<RefusalLines, 'take'>,
  elapsedMs: () => number = () => performance.now(),
): LogRefusedToken {
  const mayReport = createReportCount(elapsedMs);
  return (request, error) => {
    const { log } = request;
    if (error instanceof AccessTokenError) {
      const { code, details } = error;
      if (!refusalLines.take({ source: clientAddress(request), code, isSigned: isFoundAfterSignature(code) })) return;
      log.warn({ code, hint: refusalHint({ code, details }), ...details }, 'access token refused');
      return;
    }
    // For an outage the address of the keys says more than a stack.
    const counted = isOutage(error) ? mayReport(error.code) : {};
    if (!counted) return;
    const known = isOutage(error) ? describeOutage(error) : { err: error };
    log.error({ ...known, ...counted }, 'access token could not be verified');
  };
}

function describeOutage(error: SigningKeysUnavailableError | RevocationsUnknownError): object {
  if (!(error instanceof SigningKeysUnavailableError)) return { code: error.code };
  return { code: error.code, ...describeError(error.cause), ...error.details };
}

const RATE_LIMITED_HINT =
  'For retryAfterSeconds, bad tokens from this address get 429. Good ones are still verified, up to a number of signatures a second. Find the client that keeps sending a bad token. If a proxy or load balancer is in front of the server, set TRUST_PROXY: without it all clients share one address.';

/**
 * Writes one line when the address of a refused token has used up its failures, with what is known of that token. Bad tokens
 * that follow are not logged: a flood of them must not flood the log.
 */
export function logUsedUpFailures(log: RefusalLog, { usedUpForSeconds }: FailureAnswer, error: unknown): void {
  if (usedUpForSeconds === 0 || !(error instanceof AccessTokenError)) return;
  const line = { code: 'RATE_LIMITED', hint: RATE_LIMITED_HINT, retryAfterSeconds: usedUpForSeconds, ...error.details };
  log.warn(line, 'too many access tokens from one address were refused');
}

/**
 * Returns the code under which a refused token is counted: one of the catalogue, or the reason for which it could not be
 * verified.
 */
export function codeOfRefusedToken(error: unknown): string {
  return error instanceof AccessTokenError || isOutage(error) ? error.code : 'INTERNAL_SERVER_ERROR';
}
