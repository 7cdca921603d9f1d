import { LOAD_CORE, startChildProcess } from '../harness/child-process.mjs';

/**
 * Measures what a cache of verified tokens weighs: when it is empty, when it is full, and when ten times as many tokens
 * as it holds have gone through it.
 *
 * @returns {Promise<{ cacheSize: number, bytesOfEntry: number, residentMegabytes: { empty: number, full: number, after: number } }>}
 */
export async function measureMemory({ tenant, issue, options }) {
  const { cacheSize, tokensAtOnce } = options;
  const verifying = await startChildProcess({
    file: 'growth/memory-process.mjs',
    parameters: { settings: tenant.settings, cacheSize },
    core: LOAD_CORE,
  });
  const verifyMany = async ({ count, isRemembered }) => {
    let answer;
    for (let done = 0; done < count; done += tokensAtOnce) {
      const tokens = Array.from({ length: Math.min(tokensAtOnce, count - done) }, (_, index) => issue(done + index));
      answer = await verifying.ask({ tokens, isRemembered });
    }
    return answer;
  };
  try {
    // A batch beforehand that is not remembered: keys are fetched, code is loaded and compiled.
    const empty = await verifyMany({ count: tokensAtOnce, isRemembered: false });
    // Not one more than the cache holds: it would forget its older half.
    const full = await verifyMany({ count: cacheSize, isRemembered: true });
    const after = await verifyMany({ count: 9 * cacheSize, isRemembered: true });
    const megabytes = ({ residentBytes }) => Math.round(residentBytes / 1e6);
    return {
      cacheSize,
      bytesOfEntry: (full.heapBytes - empty.heapBytes) / cacheSize,
      residentMegabytes: { empty: megabytes(empty), full: megabytes(full), after: megabytes(after) },
    };
  } finally {
    await verifying.stop();
  }
}
