import { AUTHORIZATION_LIMITS } from '../limits.js';

/** An error of a response, as `GraphQLError` and as its formatted shape have it. */
export interface ResponseError {
  /** Only a `GraphQLError` has them. graphql-js makes one list for each place of an execution. */
  readonly nodes?: readonly unknown[] | undefined;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** The errors of a response, and the number of denials without an error. */
export interface LimitedErrors<TError> {
  readonly errors: readonly TError[];
  /** Denials that are left out: nulls of the answer without an error of their own. */
  readonly omitted: number;
}

/**
 * Limits the denials among the errors of a response. A denial is reported once for each place in the *query*. A denied field
 * of a thousand list items is one error at the first item and the other 999 are counted. Other errors stay unchanged. The
 * order is kept.
 *
 * @param maxDenials how many denials are kept at most.
 */
export function limitErrors<TError extends ResponseError>(
  errors: readonly TError[],
  maxDenials: number = AUTHORIZATION_LIMITS.denials.default,
): LimitedErrors<TError> {
  const places = new Set<string>();
  const codesByNodes = new Map<unknown, Set<unknown>>();
  const kept = errors.filter((error) => {
    if (error.extensions?.authorization === undefined) return true;
    if (isRepeated(error, codesByNodes)) return false;
    const place = placeOfDenial(error);
    if (places.has(place)) return false;
    places.add(place);
    return places.size <= maxDenials;
  });
  return { errors: kept, omitted: errors.length - kept.length };
}

/** Returns the errors of `limitErrors` alone. */
export function limitDenials<TError extends ResponseError>(
  errors: readonly TError[],
  maxDenials: number = AUTHORIZATION_LIMITS.denials.default,
): readonly TError[] {
  return limitErrors(errors, maxDenials).errors;
}

/** Adds the number of denials that were left out of an answer to its extensions, if there are any. */
export function withOmitted(
  extensions: Readonly<Record<string, unknown>> | undefined,
  omitted: number,
): Record<string, unknown> | undefined {
  if (omitted === 0) return extensions;
  return { ...extensions, authorization: { ...Object(extensions?.authorization), omitted } };
}

/** Returns whether an error has the nodes and the code of an earlier one. Its place need not be written again. */
function isRepeated({ nodes, extensions }: ResponseError, codesByNodes: Map<unknown, Set<unknown>>): boolean {
  if (nodes === undefined) return false;
  const codes = codesByNodes.get(nodes) ?? new Set();
  if (codes.has(extensions?.code)) return true;
  codesByNodes.set(nodes, codes.add(extensions?.code));
  return false;
}

/** Returns the response keys without list positions and the code. */
function placeOfDenial({ path = [], extensions }: ResponseError): string {
  return `${placeInQuery(path)} ${String(extensions?.code)}`;
}

/** Returns the response keys of a path without its list positions, as a text. Names in GraphQL have no dots. */
export function placeInQuery(path: readonly (string | number)[]): string {
  let place = '';
  for (const key of path) if (typeof key === 'string') place += `.${key}`;
  return place;
}
