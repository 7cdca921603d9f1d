import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Limits } from '../../config/limits.js';
import { isAborted, shorten, withFewLocations } from './bounded-errors.js';

/**
 * Last look at every error that leaves: what a resolver threw without meaning it for the client (no GraphQLError) says
 * "Internal server error" and is logged with all it has.
 */
export function createErrorFormatter(
  log: { error(fields: object, message: string): void },
  { errorMessageLength, errorLocations }: Pick<Limits, 'errorMessageLength' | 'errorLocations'>,
) {
  return (whole: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const formatted = withFewLocations(whole, errorLocations);
    if (formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') return withShortMessage(formatted, errorMessageLength);
    if (isBadRequest(error)) return { ...formatted, extensions: { code: 'BAD_REQUEST' } };
    if (isAborted(formatted)) return { ...formatted, extensions: { code: 'BAD_USER_INPUT' } };
    log.error({ err: unwrapResolverError(error), path: formatted.path }, 'a resolver failed');
    return { ...formatted, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}

/** The text of a bad request is Apollo Server's own, which is long and holds nothing of the client. */
function withShortMessage(formatted: GraphQLFormattedError, length: number): GraphQLFormattedError {
  const { message, extensions, path } = formatted;
  if (extensions?.code === 'BAD_REQUEST' && !path) return formatted;
  const short = shorten(message, length);
  return short === message ? formatted : { ...formatted, message: short };
}

/** Apollo Server gives some faults of the client a status and no code: a persisted query that does not match its hash. */
function isBadRequest(error: unknown): boolean {
  if (!(error instanceof GraphQLError) || error.path || error.originalError) return false;
  return Object(error.extensions.http).status === 400;
}
