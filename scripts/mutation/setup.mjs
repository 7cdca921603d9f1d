// What makes the tests quick enough to run for each of thousands of mutants, and the same for each of them: few random
// cases from one seed (which is in the names of tests), and the RSA keys that the tests make, made once for each thread.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import fc from 'fast-check';

fc.configureGlobal({ numRuns: 30, seed: 1 });

// What Stryker has counted in this thread is another file's.
delete globalThis.__stryker__?.mutantCoverage;

globalThis.mutationKeys ??= { generate: crypto.generateKeyPairSync, pairs: new Map() };
const { generate, pairs } = globalThis.mutationKeys;
const counts = new Map();

/** The first key of a kind that a test file makes is the first one that any file made, and so on: they stay distinct. */
crypto.generateKeyPairSync = (...kind) => {
  const name = JSON.stringify(kind);
  const count = counts.get(name) ?? 0;
  counts.set(name, count + 1);
  const pair = pairs.get(name + count) ?? generate(...kind);
  pairs.set(name + count, pair);
  return pair;
};
syncBuiltinESMExports();
