/** An error of a response, as `GraphQLError` and as its formatted shape have it. */
export interface ResponseError {
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The errors of a response with denials told once for each place in the *query*: a denied field of a thousand list items
 * is one denial, at the first item, and not a thousand. Other errors are left as they are, and all stay in their order.
 *
 * @param maxDenials how many denials are kept at most.
 */
export function limitDenials<TError extends ResponseError>(
  errors: readonly TError[],
  maxDenials = 20,
): readonly TError[] {
  const told = new Set<string>();
  return errors.filter((error) => {
    const place = placeOfDenial(error);
    if (place === undefined) return true;
    if (told.has(place) || told.size >= maxDenials) return false;
    told.add(place);
    return true;
  });
}

/** Response keys without list positions, and the code; undefined for an error that is no denial. */
function placeOfDenial({ path, extensions }: ResponseError): string | undefined {
  if (extensions?.authorization === undefined) return undefined;
  return JSON.stringify([extensions.code, path?.filter((key) => typeof key === 'string')]);
}
