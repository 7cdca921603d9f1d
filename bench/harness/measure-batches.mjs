import { median } from '../report/statistics.mjs';
import { collectGarbage } from './collect-garbage.mjs';

/** Measured batches of one figure; one more comes beforehand, for code that is not compiled yet. */
const BATCHES = 3;

/**
 * Returns the median batch, in microseconds of CPU time for one run. `prepare` runs for all batches, and its garbage
 * is collected, before the first batch: a collection in between would make code cold again.
 *
 * @template T
 * @param {{ times: number, prepare: () => T, run: (prepared: T) => unknown }} what
 */
export async function measure({ times, prepare, run }) {
  const batches = Array.from({ length: 1 + BATCHES }, () => Array.from({ length: times }, prepare));
  collectGarbage();
  // Once more: it waits for the sweeping of the first, which would go on beside the first batches and be charged to them.
  collectGarbage();
  const figures = [];
  for (const batch of batches) {
    const before = process.cpuUsage();
    for (const prepared of batch) await run(prepared);
    const { user, system } = process.cpuUsage(before);
    figures.push((user + system) / times);
  }
  return median(figures.slice(1));
}
