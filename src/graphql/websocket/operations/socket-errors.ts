import { type ExecutionResult, type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';

/**
 * Returns the result in the form of graphql-ws, which sends the `toJSON` of each `GraphQLError`: here the formatted error
 * without a change.
 */
export function unformatted({ errors, ...rest }: FormattedExecutionResult): ExecutionResult {
  return errors ? { ...rest, errors: errors.map(toSocketError) } : rest;
}

/** Makes an error of the protocol's library that is sent exactly as it was formatted. */
export function toSocketError(formatted: GraphQLFormattedError): GraphQLError {
  const { message, extensions } = formatted;
  return Object.assign(new GraphQLError(message, { ...(extensions && { extensions }) }), { toJSON: () => formatted });
}

/** The status of an error is for HTTP alone. */
export function withoutHttp({ message, extensions: { http: _status, ...extensions } }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { extensions });
}
