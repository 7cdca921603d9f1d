/**
 * A promise whose rejection counts as handled, and so does that of every promise made from it with `then`, `catch` or
 * `finally`. graphql-js forgets the promises of a list's earlier items when a later item throws, and Node ends the process
 * when a forgotten promise rejects. The error is in the answer already, so nothing is hidden.
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
