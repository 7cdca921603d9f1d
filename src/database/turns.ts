/** Runs one piece of work after the other, in the order in which they were handed in. */
export type TakeTurn = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** A new queue. Work that fails does not keep the next from running. */
export function createTurns(): TakeTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
