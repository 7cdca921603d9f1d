// Finds out of an answer why fields are null.
import { CombinedGraphQLErrors } from '@apollo/client';

/** A field that the user may not use. */
export interface Denial {
  /** The reason in words. */
  readonly message: string;
  /** A claims challenge. The user may use the field after a second factor. */
  readonly claims?: string;
}

/**
 * Returns the denials of an answer by their place in the query, such as `expenseReports.nodes.riskScore`. A field that is
 * denied in a list has one error, which stands for all items.
 */
export function denialsOf(error: unknown): ReadonlyMap<string, Denial> {
  const errors = CombinedGraphQLErrors.is(error) ? error.errors : [];
  return new Map(
    errors
      .filter(({ extensions }) => extensions?.authorization)
      .map(({ path = [], message, extensions }) => {
        const place = path.filter((key) => typeof key === 'string').join('.');
        const claims = extensions?.claims;
        return [place, { message, ...(typeof claims === 'string' && { claims: atob(claims) }) }];
      }),
  );
}

/** Tells whether an error says more than that fields were denied. */
export function isFailure(error: unknown): error is Error {
  if (CombinedGraphQLErrors.is(error)) return error.errors.some(({ extensions }) => !extensions?.authorization);
  return error instanceof Error;
}
