import { createHook } from 'node:async_hooks';
import { promiseHooks } from 'node:v8';

/**
 * How often the work is done: what else happens in the process may add promises to some of the counts, never take any away.
 */
const TIMES = 20;

/**
 * Counts the promises that come to be between the start of some work and its end, V8's own for each `await` among them.
 * The work itself must not use promises: it calls `done` once.
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
      count += 1;
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
