/**
 * A value, or a promise of one where something has to be waited for. Most tokens need no waiting, and a promise for each
 * would cost more than most checks.
 */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with `value`: at once if it is there. */
export function whenKnown<T, R>(value: MaybePromise<T>, goOn: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}

/** What `run` gives, throws or rejects with; of an error, what `replace` makes of it. */
export function whenFailed<T>(run: () => MaybePromise<T>, replace: (error: unknown) => unknown): MaybePromise<T> {
  const fail = (error: unknown): never => {
    throw replace(error);
  };
  try {
    const value = run();
    return value instanceof Promise ? value.catch(fail) : value;
  } catch (error) {
    return fail(error);
  }
}
