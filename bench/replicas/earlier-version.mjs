import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Builds the version before the last two commits that added migrations, in a folder of its own.
 *
 * @param {string} folder
 * @returns path of its `main.js`
 */
export function buildEarlierVersion(folder) {
  const git = (...args) => execFileSync('git', ['-C', PROJECT, ...args], { maxBuffer: 2 ** 30 });
  const added = String(git('log', '--diff-filter=A', '--format=%H', '--', 'src/**/migrations/*.sql'))
    .trim()
    .split('\n');
  const before = added[1];
  if (!before)
    throw new Error('The upgrade needs the history of this repository, with two commits that add migrations.');
  mkdirSync(folder);
  execFileSync('tar', ['-x', '-C', folder], { input: git('archive', `${before}^`) });
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  // The packages are those of today, and a type may be missing among them.
  const build =
    'node_modules/.bin/tsc --project tsconfig.build.json --noEmitOnError false; node scripts/copy-assets.mjs';
  execFileSync('sh', ['-c', build], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(folder, 'dist', 'main.js');
}
