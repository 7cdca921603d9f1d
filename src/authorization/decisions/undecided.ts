import { type ASTNode, GraphQLError } from 'graphql';
import type { Denial } from './denial.js';

/** Codes of errors that say nothing about the caller's rights: the server could not look. */
const UNDECIDED_CODES: ReadonlySet<unknown> = new Set(['SERVICE_UNAVAILABLE', 'RATE_LIMITED', 'LIMIT_EXCEEDED']);

const RETRY_AFTER_SECONDS = 5;

/**
 * Returns the error for a policy that could not be decided. An outage is not a denial: a client that receives FORBIDDEN
 * would not try again. Returns undefined when the denial is a real one.
 */
export function undecidedError({ cause, path }: Denial, nodes: readonly ASTNode[]): GraphQLError | undefined {
  const { name, message, extensions } = Object(cause);
  if (name === 'PolicyTimeoutError') {
    return new GraphQLError('The server could not decide this in time. Try again later.', {
      nodes,
      path,
      extensions: { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: RETRY_AFTER_SECONDS },
    });
  }
  if (!UNDECIDED_CODES.has(Object(extensions).code)) return undefined;
  return new GraphQLError(String(message), { nodes, path, extensions });
}
