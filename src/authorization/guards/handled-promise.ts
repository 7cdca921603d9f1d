/**
 * A promise whose rejection counts as handled, as does that of every promise made from it. graphql-js forgets the promises
 * of earlier list items if a later item throws, and Node ends the process if a forgotten promise rejects. The error is in
 * the answer already, so nothing is hidden.
 */
class HandledPromise<T> extends Promise<T> {
  // biome-ignore lint/suspicious/noThenProperty: a promise has one
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return markAsHandled(super.then(onFulfilled, onRejected));
  }
}

/** Returns the value as a promise. Its rejection and that of promises made from it do not end the process. */
export function toHandledPromise<T>(value: T | PromiseLike<T>): Promise<T> {
  return markAsHandled(HandledPromise.resolve(value) as Promise<T>);
}

/** Calls the `then` of Promise itself, since that of HandledPromise would mark its own promise without end. */
function markAsHandled<T>(promise: Promise<T>): Promise<T> {
  Promise.prototype.then.call(promise, undefined, ignore);
  return promise;
}

function ignore(): void {}

/** A value that is known at once or later. A promise for each item of a list costs more than most policies. */
export type MaybePromise<T> = T | Promise<T>;

/** Continues with a value as soon as it is known. */
export function whenKnown<T, R>(value: MaybePromise<T>, next: (known: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/**
 * Asks about one item after the other and returns the first answer that is not undefined.
 *
 * @param at place of the item with which it begins
 */
export function firstAnswer<T, R>(
  items: readonly T[],
  ask: (item: T) => MaybePromise<R | undefined>,
  at = 0,
): MaybePromise<R | undefined> {
  const item = items[at];
  if (item === undefined) return undefined;
  const answer = ask(item);
  if (at === items.length - 1) return answer;
  return whenKnown(answer, (known) => known ?? firstAnswer(items, ask, at + 1));
}
