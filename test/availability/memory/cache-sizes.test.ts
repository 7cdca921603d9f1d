import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

/**
 * V8 would compile hot code in other threads and forget code that is not used. On a busy machine it does both at any
 * time, also between two measurements, and the memory of code would count as that of a cache.
 */
const V8_KEEPS_CODE = ['--no-flush-bytecode', '--no-opt', '--single-threaded'];

it.each([
  ['of documents', 'measure-caches.ts', 30],
  ['of tokens', 'measure-token-caches.ts', 10],
  ['of database statements', 'measure-statement-caches.ts', 8],
])('every cache %s estimates what it keeps within a quarter', { timeout: 600_000 }, async (_of, program, atLeast) => {
  const { stdout } = await run(
    process.execPath,
    [...V8_KEEPS_CODE, '--expose-gc', '--import', 'tsx', `test/availability/memory/${program}`],
    {
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  const measured: { kind: string; ratio: number; bytes: number }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(measured.length).toBeGreaterThan(atLeast);
  expect(measured.filter(({ ratio }) => ratio < 0.75 || ratio > 1.25)).toEqual([]);
  // Each of the 1 000 tokens takes less than 3 kB of the heap, its claims included.
  for (const { bytes } of measured.filter(({ kind }) => kind === 'a token of 1.5 kB')) {
    expect(bytes).toBeLessThan(3_000_000);
    expect(bytes).toBeGreaterThan(1_500_000);
  }
});
