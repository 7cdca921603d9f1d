import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { canPin } from './child-process.mjs';

/** What a figure depends on: machine, Node and the version of everything that is compared. */
export function describeEnvironment() {
  const root = readJson('../../package.json');
  const bench = readJson('../package.json');
  return {
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

function readJson(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}
