import { type ASTNode, GraphQLError } from 'graphql';
import { type Denial, RETRY_AFTER_SECONDS } from './denial.js';

/** Codes of errors that say nothing about the caller's rights: the server could not look. */
const UNDECIDED_CODES: ReadonlySet<unknown> = new Set(['SERVICE_UNAVAILABLE', 'RATE_LIMITED', 'LIMIT_EXCEEDED']);

/** Cause of a denial if some roles of the caller are not known. A policy would decide as if the caller lacked them. */
export class UndecidedRolesError extends Error {
  override readonly name = 'UndecidedRolesError';
}

/**
 * Returns the error for a policy that could not be decided. An outage is not a denial: a client that receives FORBIDDEN
 * would not try again. Returns undefined when the denial is a real one.
 */
export function undecidedError({ cause, path }: Denial, nodes: readonly ASTNode[]): GraphQLError | undefined {
  const { name, message, extensions } = Object(cause);
  if (name === 'PolicyTimeoutError' || name === 'UndecidedRolesError') {
    return new GraphQLError('The server could not decide this now. Try again later.', {
      nodes,
      path,
      extensions: { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: RETRY_AFTER_SECONDS },
    });
  }
  if (!UNDECIDED_CODES.has(Object(extensions).code)) return undefined;
  return new GraphQLError(String(message), { nodes, path, extensions });
}
