const { gc } = globalThis;
if (!gc) throw new TypeError('Run with --expose-gc.');
const collect = gc;

/** Whatever is measured has to stay until then. */
const kept: { cache?: unknown } = {};

/** Returns the estimate of a cache by the heap that is free again without it. */
export async function ratio<Cache extends { readonly size: number }>(
  create: () => Cache,
  fill: (cache: Cache) => Promise<void> | void,
): Promise<number> {
  const estimate = await fillAndEstimate(create, fill);
  const full = heap();
  delete kept.cache;
  return estimate / (full - heap());
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

function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
