import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';

/**
 * Last look at every error that leaves: what a resolver threw without meaning it for the client (no GraphQLError) says
 * "Internal server error" and is logged with all it has.
 */
export function createErrorFormatter(log: { error(fields: object, message: string): void }) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    if (formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') return formatted;
    log.error({ err: unwrapResolverError(error), path: formatted.path }, 'a resolver failed');
    return { ...formatted, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}
