// Which licences the packages have that run in the server. A new one stops the check until somebody has read it.
import { existsSync, readFileSync } from 'node:fs';

const KNOWN = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

/** Packages that name no licence in package.json, with the licence that a file of theirs has. */
const READ_BY_HAND = { 'node_modules/limiter': 'MIT' };

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const running = Object.entries(packages).filter(([path, { dev, devOptional }]) => path && !dev && !devOptional);
const problems = running.flatMap(([path, { license = READ_BY_HAND[path] }]) =>
  names(license).every((name) => KNOWN.has(name)) ? [] : [`${path} has the licence ${license ?? '(none)'}`],
);
const outdated = Object.keys(READ_BY_HAND).filter((path) => !existsSync(path) || packages[path].license);
problems.push(...outdated.map((path) => `${path} need no longer be listed in scripts/check-licences.mjs`));

for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** The licences of an SPDX expression. All of them have to be known, also where one could be chosen. */
function names(expression) {
  return expression?.split(/ AND | OR |[()]/).filter(Boolean) ?? ['(none)'];
}
