import { expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { connectionsWithin, readFileLimit } from '../../../src/http/connections/open-files.js';

const POOL = 10;
const { reservedFiles } = defaultLimits;
const limits = { connections: 100, reservedFiles };

it.each([
  ['leave files to the rest of the server', 99 + reservedFiles + POOL, 99],
  ['are as many as the setting allows where there are files enough', 101 + reservedFiles + POOL, 100],
  ['are as many as the setting allows where the number of files is not known', undefined, 100],
  ['are ten where there are fewer files than the reserve', reservedFiles, 10],
])('connections %s', (_title, files, expected) => {
  expect(connectionsWithin(files, POOL, limits)).toBe(expected);
});

it('finds no limit of files where the system does not say it', () => {
  expect([readFileLimit('/nowhere'), readFileLimit('package.json')]).toEqual([undefined, undefined]);
});

it.runIf(process.platform === 'linux')('finds the limit of files of this process', () => {
  expect(readFileLimit()).toBeGreaterThan(0);
});
