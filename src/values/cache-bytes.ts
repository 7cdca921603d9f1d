import { getHeapStatistics } from 'node:v8';

/** V8's limit of the heap in this process, in bytes. `--max-old-space-size` sets it. */
export const HEAP_BYTES = getHeapStatistics().heap_size_limit;

/** With less heap than this, in bytes, caches are smaller. All together may take 35 % of it. */
const HEAP_OF_FULL_CACHES = 512 * 1024 * 1024;

/** Returns the bytes of a cache that has so many in a process with a usual heap. With less heap it has the same share of it. */
export function cacheBytes(usual: number): number {
  return Math.floor(usual * Math.min(1, HEAP_BYTES / HEAP_OF_FULL_CACHES));
}
