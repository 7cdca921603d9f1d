import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const MEASURE = 'test/availability/measure-caches.ts';

it('every cache estimates what it keeps within a quarter', { timeout: 600_000 }, async () => {
  const { stdout } = await run(process.execPath, ['--expose-gc', '--import', 'tsx', MEASURE], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const measured: { ratio: number }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(measured.length).toBeGreaterThan(30);
  expect(measured.filter(({ ratio }) => ratio < 0.75 || ratio > 1.25)).toEqual([]);
});
