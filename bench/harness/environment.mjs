import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { canPin } from './child-process.mjs';

/** Returns everything that a figure depends on: commit, machine, Node and the version of each program. */
export function describeEnvironment() {
  const root = readJson('../../package.json');
  const bench = readJson('../package.json');
  return {
    commit: currentCommit(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryGigabytes: Math.round(totalmem() / 2 ** 30),
      system: `${type()} ${release()}`,
      node: process.version,
      openssl: process.versions.openssl,
      isPinned: canPin,
    },
    versions: {
      [root.name]: root.version,
      ...Object.fromEntries(
        [...Object.keys(bench.dependencies), 'graphql-jit'].map((name) => [
          name,
          readJson(`../node_modules/${name}/package.json`).version,
        ]),
      ),
    },
  };
}

/** Returns undefined outside a repository. A change that is not committed is marked. */
function currentCommit() {
  try {
    const words = ['describe', '--always', '--dirty', '--exclude', '*'];
    const options = { cwd: new URL('.', import.meta.url), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('git', words, options).trim();
  } catch {
    return undefined;
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}
