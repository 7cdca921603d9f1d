/** Runs work as soon as there is a place for it, in the order in which it was handed in. */
export type Semaphore = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Creates a semaphore with `count` places. Work that fails gives its place back. */
export function createSemaphore(count: number): Semaphore {
  const waiting: (() => void)[] = [];
  let free = count;
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
