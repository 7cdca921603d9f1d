import { type ExecutionResult, type FormattedExecutionResult, GraphQLError } from 'graphql';
import { limitErrors, withOmitted } from '../../authorization/decisions/limit-denials.js';
import type { createErrorFormatter } from './error-format.js';

/** What a client is sent of a result that Apollo Server did not make: the same to the byte as if it had. */
export function formatResult(
  { errors, extensions, ...rest }: ExecutionResult,
  formatError: ReturnType<typeof createErrorFormatter>,
): FormattedExecutionResult {
  if (!errors) return { ...rest, ...(extensions && { extensions }) };
  const limited = limitErrors(errors);
  const told = withOmitted(extensions, limited.omitted);
  const formatted = limited.errors.map((error) => formatError(withCode(toGraphQLError(error)), error));
  return { errors: formatted, ...rest, ...(told && { extensions: told }) };
}

/** graphql-js takes any error that has a list as its `path` for one of its own. */
function toGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });
}

/** Apollo Server gives an error without a code this one; a field's error never speaks of HTTP. */
function withCode(error: GraphQLError) {
  const { http: _ofRequestsOnly, ...extensions } = error.extensions;
  return { ...error.toJSON(), extensions: { ...extensions, code: extensions.code ?? 'INTERNAL_SERVER_ERROR' } };
}
