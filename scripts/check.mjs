// `npm run check`: everything that can be said of the code without running it. Each check runs, so that one call shows
// all that is wrong; the exit code is that of the worst. `npm run check -- --without regular` leaves out the checks with
// that word in their name.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

const CHECKS = {
  'format and lint': ['biome', 'ci', '--colors=off', '--error-on-warnings', '.'],
  types: ['tsc', '--project', '.'],
  'generated types are up to date': ['graphql-codegen', '--config', 'codegen.yml', '--check'],
  'permission matrix is up to date': ['tsx', 'src/main.ts', 'permissions', '--check'],
  'documentation of token errors is up to date': ['tsx', 'scripts/token-errors.mjs', '--check'],
  'documentation of errors is up to date': ['tsx', 'scripts/errors.mjs', '--check'],
  'documentation of settings is up to date': ['tsx', 'scripts/configuration.mjs', '--check'],
  'documentation of limits is up to date': ['npm', 'run', '--silent', 'limits', '--', '--check'],
  'regular expressions take linear time': ['node', 'scripts/check-regular-expressions.mjs'],
  'imports point one way': ['node', 'scripts/check-imports.mjs'],
  'licences of dependencies are known': ['node', 'scripts/check-licences.mjs'],
  'the bill of materials names every dependency': ['node', 'scripts/sbom.mjs', '--check'],
  'nothing is unused': ['knip'],
};

const { without } = parseArgs({ options: { without: { type: 'string', multiple: true, default: [] } } }).values;
const waiting = Object.entries(CHECKS).filter(([name]) => !without.some((word) => name.includes(word)));
const results = [];
await Promise.all(Array.from({ length: availableParallelism() }, work));

for (const { name, code, output } of results) {
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (code !== 0) console.log(output.replace(/^/gm, '       '));
}
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;

async function work() {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [name, command] = next;
    results.push({ name, ...(await run(command)) });
  }
}

function run([command, ...words]) {
  return new Promise((resolve) => {
    // npm puts node_modules/.bin on the PATH of its scripts.
    const child = spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part));
    child.on('error', (error) => resolve({ code: 1, output: String(error) }));
    child.on('close', (code) => resolve({ code, output }));
  });
}
