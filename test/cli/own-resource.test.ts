import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultServerFolder } from '../../src/development/postgres/server-folder.js';
import { findServerUser } from '../../src/development/postgres/server-user.js';
import { freePorts, runFromSources, until } from '../support/command.js';

const shell = promisify(execFile);
const project = fileURLToPath(new URL('../../', import.meta.url));
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'entra-graphql-own-'));
  const { stdout } = await shell('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: project });
  for (const name of stdout.trim().split('\n')) {
    await mkdir(dirname(join(copy, name)), { recursive: true });
    // A file that is deleted and not committed yet is listed too.
    await cp(join(project, name), join(copy, name)).catch(ignoreMissing);
  }
  await symlink(join(project, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(async () => {
  for (const made of [copy, defaultServerFolder(copy, findServerUser())]) {
    await rm(made, { recursive: true, force: true });
  }
});

it("the steps of docs/own-resource.md put another resource in the sample's place", { timeout: 600_000 }, async () => {
  for (const [path, text] of await filesOfPage()) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await writeFile(join(copy, path), text);
  }
  const path = `${join(project, 'node_modules/.bin')}:${process.env.PATH}`;
  const run = (command: string) => shell('sh', ['-c', command], { cwd: copy, env: { ...process.env, PATH: path } });
  const commands = await commandsOfPage();
  for (const command of commands) await run(command);
  // Biome asks git which files there are.
  await run('git init --quiet && git add --all');
  // The check of the project itself sees the same regular expressions, for half a minute.
  const { stdout } = await run('npm run check -- --without regular').catch((error: unknown) => Object(error));
  expect(stdout.split('\n').filter((line: string) => /^(ok|FAILED) /.test(line)).length).toBeGreaterThanOrEqual(9);
  expect(stdout).not.toContain('FAILED');

  const dev = runFromSources(['dev'], copy, { PORT: String(await freePorts()) }, copy);
  await until(() => dev.output().includes('a token for'), dev.output);
  const [call = ''] = dev.output().match(/^ {2}curl (?:.*\\\n)+.*$/m) ?? [];
  const { data, errors } = JSON.parse((await shell('sh', ['-c', call])).stdout);
  expect(data).toEqual({ notes: [{ text: 'Buy milk', secret: null }] });
  expect((await readPage()).replaceAll('\n', ' ')).toContain(errors[0].message);
  dev.signal('SIGINT');
  expect((await dev.exited).code).toBe(0);
});

/** Reads the page whose steps are tried. */
function readPage(): Promise<string> {
  return readFile(join(project, 'docs/own-resource.md'), 'utf8');
}

/** Path and text of each code block of the page that begins with a comment naming its file. */
async function filesOfPage(): Promise<[string, string][]> {
  const blocks = (await readPage()).matchAll(/ {3}```\w+\n {3}(?:\/\/|#) (\S+)\n([^`]*)```/g);
  const files = [...blocks].map(([, path = '', text = '']): [string, string] => [path, text.replace(/^ {3}/gm, '')]);
  expect(files).toHaveLength(4);
  return files;
}

/** The commands of the page, in order. */
async function commandsOfPage(): Promise<string[]> {
  const blocks = (await readPage()).matchAll(/ {3}```sh\n([^`]*)```/g);
  const commands = [...blocks].flatMap(([, text = '']) => text.trim().split(/\n\s*/));
  expect(commands).toHaveLength(5);
  return commands;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
