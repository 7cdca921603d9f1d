/** Runs one piece of work after the other, in the order in which they were handed in. */
export type Mutex = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Creates a mutex. Work that fails does not keep the next from running. */
export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
