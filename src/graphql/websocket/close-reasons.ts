import { AccessTokenError, isOutage } from '../../authentication/refusals/access-token-error.js';
import type { LimitError } from '../../config/limit-error.js';

/**
 * The reason to close a connection. `code` is one of graphql-transport-ws or of RFC 6455 s.7.4, and `reason` has up to 123
 * bytes.
 */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** The client may connect again after a while, and clients of graphql-ws do (RFC 6455's registry). */
export const TRY_AGAIN_LATER = 1013;
const INTERNAL_ERROR = 1011;
/** A private code (RFC 6455 s.7.4.2) that the protocol graphql-transport-ws does not use. */
const EXPIRED = 4440;

/**
 * Returns the code and reason that end a connection whose credentials were refused or could not be verified. 4400, 4401 and
 * 4403 correspond to the statuses of HTTP. Their texts come from the catalogue. They are ASCII and hold nothing of the
 * token.
 */
export function closeReasonOf(error: unknown): CloseReason {
  if (error instanceof AccessTokenError) return { code: 4000 + error.status, reason: error.wireMessage };
  if (isOutage(error)) {
    return { code: TRY_AGAIN_LATER, reason: 'The access token cannot be verified now' };
  }
  return { code: INTERNAL_ERROR, reason: 'Internal server error' };
}

/**
 * Returns the reason to close a connection whose credentials are no longer good. Clients of graphql-ws give up after 4401.
 * An expired token is not their fault, so its code makes them connect again with a new token.
 */
export function closeReasonOfEnd(error: unknown): CloseReason {
  const reason = closeReasonOf(error);
  return error instanceof AccessTokenError && error.code === 'TOKEN_EXPIRED' ? { ...reason, code: EXPIRED } : reason;
}

/**
 * Too many bad tokens came from the client's address. Not 4429: the protocol uses it for a repeated `connection_init`, and
 * its clients do not reconnect after it.
 */
export function closeReasonOfFailures(secondsToWait: number): CloseReason {
  const reason = `Too many access tokens from this address were refused. Try again in ${secondsToWait} s`;
  return { code: TRY_AGAIN_LATER, reason };
}

/** Returns the reason to close a connection whose caller has as many as one caller may have. */
export function closeReasonOfPlaces({ extensions: { limit } }: LimitError): CloseReason {
  const reason = `At most ${limit.maximum} connections of one caller are allowed. Close one and try again`;
  return { code: TRY_AGAIN_LATER, reason };
}
