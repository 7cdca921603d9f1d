import type { FastifyBaseLogger } from 'fastify';
import { AccessTokenError, SigningKeysUnavailableError } from '../authentication/access-token-error.js';
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

/** By what code a refused token is counted: one of the catalogue's, or why it could not be judged. */
export function codeOfRefusedToken(error: unknown): string {
  const isKnown = error instanceof AccessTokenError || error instanceof SigningKeysUnavailableError;
  return isKnown ? error.code : 'INTERNAL_SERVER_ERROR';
}
