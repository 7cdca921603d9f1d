import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/**
 * Last look at every error that leaves: what a resolver threw without meaning it for the client (no GraphQLError) says
 * "Internal server error" and is logged with all it has.
 */
export function createErrorFormatter(log: { error(fields: object, message: string): void }) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    if (formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') return formatted;
    if (isBadRequest(error)) return { ...formatted, extensions: { code: 'BAD_REQUEST' } };
    log.error({ err: unwrapResolverError(error), path: formatted.path }, 'a resolver failed');
    return { ...formatted, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}

/** Apollo Server gives some faults of the client a status and no code: a persisted query that does not match its hash. */
function isBadRequest(error: unknown): boolean {
  if (!(error instanceof GraphQLError) || error.path || error.originalError) return false;
  return Object(error.extensions.http).status === 400;
}
