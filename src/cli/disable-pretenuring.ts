import { setFlagsFromString } from 'node:v8';

/**
 * Disables V8's allocation-site pretenuring. V8 may decide by the first collections to allocate objects of answers in the old
 * generation for the life of the process. In every other process an answer with 200 items then cost half as much again, and
 * memory came to 210 MB instead of 126 (docs/performance.md).
 */
export function disablePretenuring(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
