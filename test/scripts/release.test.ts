import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/release.mjs', import.meta.url));
const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n### Added\n\n- One thing.\n- Another one.\n\n## 1.2.3 - 2026-01-01\n\n- Old.\n';
const FILES = ['dist/main.js', 'dist/app.js', 'schema/a.graphql', 'README.md', 'LICENSE', 'CHANGELOG.md', 'src/app.ts'];
const SETTINGS = {
  name: 'released',
  version: '1.2.3',
  bin: { released: 'dist/main.js' },
  exports: { '.': { default: './dist/app.js' } },
  files: ['dist', 'schema', 'CHANGELOG.md'],
};

let origin: string;
let folder: string;
beforeAll(() => {
  origin = mkdtempSync(join(tmpdir(), 'entra-graphql-release-'));
  for (const path of FILES) write(path, path);
  write('package.json', JSON.stringify(SETTINGS));
  write('CHANGELOG.md', CHANGELOG);
  git(origin, 'init', '--quiet');
  git(origin, 'config', 'user.name', 'test');
  git(origin, 'config', 'user.email', 'test@example.com');
  git(origin, 'add', '.');
  git(origin, 'commit', '--quiet', '--message', 'begin');
});
beforeEach(() => {
  folder = `${origin}-copy`;
  rmSync(folder, { recursive: true, force: true });
  cpSync(origin, folder, { recursive: true });
});
afterAll(() => {
  for (const made of [origin, folder]) rmSync(made, { recursive: true, force: true });
});

describe('npm run release', () => {
  it.each([
    ['patch', '1.2.4'],
    ['major', '2.0.0'],
  ])('%s is planned as %s, and nothing is changed', (wanted, version) => {
    const { status, output } = release(wanted);
    expect(output).toContain(`version    1.2.3 -> ${version}\ntag        v${version}\nchangelog  2 entries\n`);
    expect(output).toContain('Nothing was changed.');
    expect(status).toBe(0);
    expect([git(folder, 'status', '--porcelain'), git(folder, 'tag')]).toEqual(['', '']);
    expect(git(folder, 'log', '--format=%s')).toBe('begin');
  });

  it('with --yes makes version, changelog, commit and tag', () => {
    expect(release('1.10.0', ['--yes']).status).toBe(0);
    expect(JSON.parse(read('package.json')).version).toBe('1.10.0');
    expect(read('CHANGELOG.md')).toMatch(
      /## Unreleased\n\n## 1\.10\.0 - \d{4}-\d\d-\d\d\n\n### Added\n\n- One thing\./,
    );
    expect(git(folder, 'log', '--format=%s')).toBe('release: 1.10.0\nbegin');
    expect([git(folder, 'tag'), git(folder, 'status', '--porcelain')]).toEqual(['v1.10.0', '']);
  });

  it.each([
    ['a lower version', '1.2.2', () => undefined, '1.2.2 is not above 1.2.3'],
    ['the same version', '1.2.3', () => undefined, '1.2.3 is not above 1.2.3'],
    ['no version', 'soon', () => undefined, 'Say major, minor, patch'],
    ['changes that are not committed', 'minor', () => write('README.md', 'changed', folder), 'not committed'],
    ['a tag that exists', 'minor', () => void git(folder, 'tag', 'v1.3.0'), 'v1.3.0 exists already'],
    ['a build that is missing', 'minor', () => rmSync(join(folder, 'dist/app.js')), 'has no dist/app.js'],
    ['a file too many', 'minor', () => change({ files: ['dist', 'schema', 'src'] }), 'has src/app.ts'],
    [
      'an empty changelog',
      'minor',
      () => write('CHANGELOG.md', '## Unreleased\n\n## 1.2.3\n\n- Old.\n', folder),
      'nothing',
    ],
  ])('refuses %s, also with --yes', (_title, wanted, prepare, message) => {
    prepare();
    const { status, output } = release(wanted, ['--yes']);
    expect(output).toContain(message);
    expect(status).toBe(1);
    expect(git(folder, 'log', '--format=%s')).toBe('begin');
  });
});

it('takes what the package of this repository has', () => {
  const { files }: { files: string[] } = JSON.parse(readFileSync(join(dirname(script), '../package.json'), 'utf8'));
  change({ files });
  for (const path of files) write(/[*.]/.test(path) ? path.replace('*', 'a') : `${path}/a.txt`, 'text', folder);
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '--message', 'files');
  write('CHANGELOG.md', CHANGELOG, folder);
  const { output } = release('minor');
  expect(output).toMatch(/^package {4}\d+ files/m);
  expect(output).not.toContain('should leave out');
});

function release(wanted: string, others: string[] = []) {
  const words = [script, wanted, ...others];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

function change(settings: object): void {
  write('package.json', JSON.stringify({ ...SETTINGS, ...settings }), folder);
}

function git(cwd: string, ...words: string[]): string {
  return execFileSync('git', words, { cwd, encoding: 'utf8' }).trim();
}

function write(path: string, text: string, into = origin): void {
  const file = join(into, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function read(path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}
