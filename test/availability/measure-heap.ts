import { setImmediate } from 'node:timers/promises';

const { gc } = globalThis;
if (!gc) throw new TypeError('Run with --expose-gc.');
const collect = gc;

/** Whatever is measured has to stay until then. */
const kept: { cache?: unknown } = {};

/**
 * Returns the estimate of a cache by the heap that is free again without it: the median of three measurements, as V8 may
 * free or keep something else meanwhile.
 */
export async function ratio<Cache extends { readonly size: number }>(
  create: () => Cache,
  fill: (cache: Cache) => Promise<void> | void,
): Promise<number> {
  const measured = [];
  for (let time = 0; time < 3; time += 1) measured.push(await measureOnce(create, fill));
  return measured.sort((a, b) => a - b)[1] ?? Number.NaN;
}

async function measureOnce<Cache extends { readonly size: number }>(
  create: () => Cache,
  fill: (cache: Cache) => Promise<void> | void,
): Promise<number> {
  const estimate = await fillAndEstimate(create, fill);
  const full = await heap();
  delete kept.cache;
  return estimate / (full - (await heap()));
}

/** A function of its own, so that nothing but `kept` refers to the cache when it returns. */
async function fillAndEstimate<Cache extends { readonly size: number }>(
  create: () => Cache,
  fill: (cache: Cache) => Promise<void> | void,
): Promise<number> {
  const cache = create();
  kept.cache = cache;
  await fill(cache);
  return cache.size;
}

/** In a turn of its own: what was used in a turn is kept until it ends. */
async function heap(): Promise<number> {
  await setImmediate();
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
