import { type ExecutionResult, type FormattedExecutionResult, GraphQLError } from 'graphql';
import { limitErrors, type ResponseError, withOmitted } from '../../authorization/decisions/limit-denials.js';
import type { ErrorFormatter } from './error-format.js';
import { limitFieldErrors, withOmittedErrors } from './field-errors.js';

/** Formats a result that Apollo Server did not make, to the same bytes as if it had. */
export function formatResult(
  { errors, extensions, ...rest }: ExecutionResult,
  formatError: ErrorFormatter,
): FormattedExecutionResult {
  if (!errors) return { ...rest, ...(extensions && { extensions }) };
  formatError.logFailures(errors);
  const denials = limitErrors<Error & ResponseError>(errors);
  const limited = limitFieldErrors(denials.errors, formatError.limits);
  const told = withOmittedErrors(withOmitted(extensions, denials.omitted), limited.omitted);
  const formatted = limited.errors.map((error) => formatError(withCode(asGraphQLError(error)), error));
  return { errors: formatted, ...rest, ...(told && { extensions: told }) };
}

/** graphql-js takes any error that has a list as its `path` for one of its own. */
function asGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });
}

/** Apollo Server gives an error without a code this one; a field's error never speaks of HTTP. */
function withCode(error: GraphQLError) {
  const { http: _ofRequestsOnly, ...extensions } = error.extensions;
  return { ...error.toJSON(), extensions: { ...extensions, code: extensions.code ?? 'INTERNAL_SERVER_ERROR' } };
}
