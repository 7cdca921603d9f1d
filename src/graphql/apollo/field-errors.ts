import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import type { ResponseError } from '../../authorization/decisions/limit-denials.js';
import type { Limits } from '../../config/limits.js';
import { isSpent } from '../execution/answer-budget.js';
import { isLeftOut } from '../execution/left-out-errors.js';

/** The errors of an execution that are sent, and how many are not. */
export interface LimitedFieldErrors<TError> {
  readonly errors: readonly TError[];
  readonly omitted: number;
}

/**
 * Limits the errors of the fields of an answer, since aliases repeat a field that fails in a few bytes. Denials have a bound
 * of their own. An answer that is too large has only the error that says so.
 */
export function limitFieldErrors<TError extends ResponseError>(
  errors: readonly TError[],
  { fieldErrors: most }: Pick<Limits, 'fieldErrors'>,
): LimitedFieldErrors<TError> {
  const spent = errors.find(isSpent);
  if (spent) return { errors: [spent], omitted: 0 };
  let found = 0;
  const kept = errors.filter((error) => {
    const { path, extensions } = error;
    if (isLeftOut(error)) return false;
    if (path === undefined || extensions?.authorization !== undefined) return true;
    found += 1;
    return found <= most;
  });
  return { errors: kept, omitted: errors.length - kept.length };
}

/** Adds the number of errors that were left out of an answer to its extensions. Without any they stay as they are. */
export function withOmittedErrors(
  extensions: Readonly<Record<string, unknown>> | undefined,
  omitted: number,
): Record<string, unknown> | undefined {
  return omitted === 0 ? extensions : { ...extensions, omittedErrors: omitted };
}

/**
 * Bounds the errors of fields, and keeps them from deciding about the response. Apollo Server takes `extensions.http` of any
 * error for the status, even when data is in it. A response with data is 200 (GraphQL over HTTP), whatever a resolver threw.
 *
 * @param options.logFailures writes what failed in an operation to the log, before any of it is left out
 */
export function fieldErrorPlugin(options: {
  readonly limits: Pick<Limits, 'fieldErrors'>;
  readonly logFailures?: (errors: readonly Error[]) => void;
}): ApolloServerPlugin<BaseContext> {
  const { limits, logFailures } = options;
  return {
    async requestDidStart() {
      let omitted = 0;
      return {
        async didEncounterErrors({ errors }) {
          logFailures?.(errors);
          const limited = limitFieldErrors(errors, limits);
          omitted += limited.omitted;
          if (limited.errors.length < errors.length) keepOnly(errors, limited.errors);
          for (const error of errors) {
            if (!error.path || !error.extensions?.http) continue;
            const { http: _ofRequestsOnly, ...extensions } = error.extensions;
            // It replaces the error of the resolver, which may be frozen or used elsewhere.
            Object.assign(error, { extensions });
          }
        },
        async willSendResponse({ response: { body } }) {
          if (body.kind !== 'single') return;
          const extensions = withOmittedErrors(body.singleResult.extensions, omitted);
          if (extensions) body.singleResult.extensions = extensions;
        },
      };
    },
  };
}

/** Removes all but these errors from a list, in its place: Apollo Server goes on with the very list that plugins get. */
export function keepOnly(errors: readonly unknown[], kept: readonly unknown[]): void {
  Array.prototype.splice.call(errors, 0, errors.length);
  for (const error of kept) Array.prototype.push.call(errors, error);
}
