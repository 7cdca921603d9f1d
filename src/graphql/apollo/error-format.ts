import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Limits } from '../../config/limits.js';
import { isAborted, shorten, withFewLocations } from './bounded-errors.js';

/** Last look at the errors that leave. */
export interface ErrorFormatter {
  /** Returns what is sent of an error. One that is not meant for the client says "Internal server error". */
  (whole: GraphQLFormattedError, error: unknown): GraphQLFormattedError;
  /** The bounds by which answers are formatted. */
  readonly limits: Pick<Limits, 'errorMessageLength' | 'errorLocations' | 'fieldErrors'>;
  /**
   * Writes one line about all fields of an operation that failed, since aliases repeat a field that fails. Errors for the
   * client whose cause has a `hint` get a line of their own.
   */
  logFailures(errors: readonly Error[]): void;
}

/**
 * Creates the formatter. What a resolver threw without meaning it for the client (no GraphQLError) is logged with all it
 * has.
 */
export function createErrorFormatter(
  log: Record<'warn' | 'error', (fields: object, message: string) => void>,
  limits: ErrorFormatter['limits'],
): ErrorFormatter {
  const { errorMessageLength, errorLocations } = limits;
  const format = (whole: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const formatted = withFewLocations(whole, errorLocations);
    if (formatted.extensions?.code !== 'INTERNAL_SERVER_ERROR') return withShortMessage(formatted, errorMessageLength);
    if (isBadRequest(error)) return { ...formatted, extensions: { code: 'BAD_REQUEST' } };
    if (isAborted(formatted)) return { ...formatted, extensions: { code: 'BAD_USER_INPUT' } };
    if (!formatted.path) log.error({ err: unwrapResolverError(error) }, 'a resolver failed');
    return { ...formatted, message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
  const logFailures = (errors: readonly Error[]) => {
    const failures = errors.filter(isFailure);
    const [first] = failures;
    if (first) {
      log.error({ err: unwrapResolverError(first), path: first.path, count: failures.length }, 'a resolver failed');
    }
    // A denied field of many items has one error.
    for (const error of new Set(errors)) {
      const refusal = hintedCause(error);
      if (refusal) return log.warn(refusal, 'a field was refused');
    }
  };
  return Object.assign(format, { limits, logFailures });
}

/** Returns whether a field failed with an error that is not meant for the client. */
function isFailure(error: Error): error is GraphQLError {
  if (!(error instanceof GraphQLError) || !error.path) return false;
  const { code = 'INTERNAL_SERVER_ERROR' } = error.extensions;
  return code === 'INTERNAL_SERVER_ERROR';
}

/** Returns what the log says of an error for the client whose cause has a hint for the operator. */
function hintedCause(error: Error): object | undefined {
  const thrown = unwrapResolverError(error);
  if (!(error instanceof GraphQLError) || !(thrown instanceof GraphQLError)) return undefined;
  const { message: reason, hint } = Object(thrown.cause);
  return typeof hint === 'string' ? { path: error.path, reason, hint } : undefined;
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
