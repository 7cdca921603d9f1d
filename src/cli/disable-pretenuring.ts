import { setFlagsFromString } from 'node:v8';

/** Keeps V8 from allocating objects of answers in the old generation, which takes time (docs/performance.md). */
export function disablePretenuring(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
