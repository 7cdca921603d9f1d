/** How many causes are looked at, should they go round in a circle. */
const MAX_CAUSES = 10;

/**
 * What went wrong in the end: `fetch failed` and `Request was cancelled.` say nothing, and each is the wrapping of another
 * error.
 *
 * @param isPlain an error that says all there is to say: its causes are not looked at
 */
export function innermostError(error: unknown, isPlain: (error: Error) => boolean = () => false): unknown {
  let inner = error;
  for (let depth = 0; depth < MAX_CAUSES && inner instanceof Error && !isPlain(inner); depth += 1) {
    if (!(inner.cause instanceof Error)) return inner;
    inner = inner.cause;
  }
  return inner;
}

/** The message in one line. A host with several addresses fails at each of them, in one error that has no message. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (error instanceof AggregateError) return error.errors.map((one) => messageOf(one)).join(', ');
  return error.message.trim();
}
