import type { FastifyBaseLogger } from 'fastify';
import { AccessTokenError } from '../authentication/access-token-error.js';
import { describeFailure } from '../authentication/failure-catalogue.js';

/**
 * One line for a request or connection whose access token was refused or could not be judged, with what to do about it.
 * Nothing of the token's text.
 */
export function logRefusedToken(log: Pick<FastifyBaseLogger, 'warn' | 'error'>, error: unknown): void {
  if (!(error instanceof AccessTokenError)) {
    log.error({ err: error }, 'access token could not be verified');
    return;
  }
  const { code, details } = error;
  log.warn({ code, hint: describeFailure(code).hint, ...details }, 'access token refused');
}
