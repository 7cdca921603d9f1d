import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { promiseHooks } from 'node:v8';

/** How often the work is done: a timer of the server may add promises to one of the counts. */
const TIMES = 20;

/** Marks work on behalf of the counted server. Vitest's own messages come at any time and are not counted. */
const ofServer = new AsyncLocalStorage<boolean>();

/** Starts a server whose promises `countPromises` counts. */
export function startCounted<T>(start: () => Promise<T>): Promise<T> {
  return ofServer.run(true, start);
}

/**
 * Counts the promises of a server between the start of some work and its end, V8's own for each `await` among them. The work
 * calls `done` once.
 */
export async function countPromises(work: (done: () => void) => void): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY;
  for (let time = 0; time < TIMES; time += 1) fewest = Math.min(fewest, await countOnce(work));
  return fewest;
}

function countOnce(work: (done: () => void) => void): Promise<number> {
  return new Promise((resolve) => {
    let count = 0;
    const stop: unknown = promiseHooks.onInit(() => {
      if (ofServer.getStore()) count += 1;
    });
    work(() => {
      if (typeof stop === 'function') stop();
      resolve(count);
    });
  });
}

/** Counts the promises that JavaScript makes while `run` runs. The work may use promises. */
export async function countPromisesDuring(run: () => unknown): Promise<number> {
  let made = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') made += 1;
    },
  }).enable();
  await run();
  hook.disable();
  return made;
}
