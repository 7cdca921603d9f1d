import { setImmediate } from 'node:timers/promises';

const { gc } = globalThis;
if (!gc) throw new TypeError('Run with --expose-gc.');
const collect = gc;

/** Makes a full cache. What it uses beside the cache stays, and so does not count. */
export type MakeFull = () => Promise<{ readonly size: number }> | { readonly size: number };

/** Whatever is measured has to stay until then. */
const kept: { cache?: unknown; make?: MakeFull } = {};

/** Ratios between these are far from the quarter that the tests allow. */
const CLEAR = { from: 0.85, to: 1.15 };

/**
 * Returns the estimate of a cache divided by the heap that is free again without it. A ratio that is not clear is the
 * median of three measurements, because V8 may free or keep something else meanwhile.
 */
async function measure(make: MakeFull): Promise<Measured> {
  kept.make = make;
  const first = await measureOnce(make);
  if (first.ratio > CLEAR.from && first.ratio < CLEAR.to) return first;
  const measured = [first, await measureOnce(make), await measureOnce(make)];
  return measured.sort((a, b) => a.ratio - b.ratio)[1] ?? first;
}

interface Measured {
  readonly ratio: number;
  /** The heap that the cache really takes. */
  readonly bytes: number;
}

/** Measures a cache and prints the result as a line of JSON. */
export async function printRatio(names: Readonly<Record<'cache' | 'kind', string>>, make: MakeFull): Promise<void> {
  const { ratio, bytes } = await measure(make);
  process.stdout.write(`${JSON.stringify({ ...names, ratio: Math.round(ratio * 100) / 100, bytes })}\n`);
}

async function measureOnce(make: MakeFull): Promise<Measured> {
  const estimate = await fillAndEstimate(make);
  const full = await heap();
  delete kept.cache;
  const bytes = full - (await heap());
  return { ratio: estimate / bytes, bytes };
}

/** A function of its own, so that nothing but `kept` refers to the cache when it returns. */
async function fillAndEstimate(make: MakeFull): Promise<number> {
  const cache = await make();
  kept.cache = cache;
  return cache.size;
}

/** In a turn of its own: what was used in a turn is kept until it ends. */
async function heap(): Promise<number> {
  await setImmediate();
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
