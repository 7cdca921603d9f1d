import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultServerFolder } from '../../src/development/postgres/server-folder.js';
import { findServerUser } from '../../src/development/postgres/server-user.js';
import { freePorts, runCommand, until } from '../support/command.js';

const shell = promisify(execFile);
const project = fileURLToPath(new URL('../../', import.meta.url));
const NEEDED = ['src', 'schema', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'codegen.yml'];
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'entra-graphql-own-'));
  for (const name of NEEDED) await cp(join(project, name), join(copy, name), { recursive: true });
  await symlink(join(project, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(async () => {
  for (const made of [copy, defaultServerFolder(copy, findServerUser())]) {
    await rm(made, { recursive: true, force: true });
  }
});

it("the README's steps put another resource in the sample's place", { timeout: 90_000 }, async () => {
  for (const [path, text] of await filesOfReadme()) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await writeFile(join(copy, path), text);
  }
  for (const path of ['schema/expenses', 'src/expenses']) await rm(join(copy, path), { recursive: true });
  await rewrite('codegen.yml', (text) =>
    text
      .split('\n')
      .filter((line) => !line.includes('../expenses/') || line.includes('contextType'))
      .filter((line) => !/^ {8}(LocalDate|Currency|SafeInt):/.test(line))
      .join('\n')
      .replace('../expenses/context.js#ExpensesContext', '../graphql/resource.js#ResourceContext'),
  );
  const tool = (name: string, ...words: string[]) =>
    shell(join(project, 'node_modules/.bin', name), words, { cwd: copy });
  await tool('graphql-codegen', '--config', 'codegen.yml');
  await tool('tsc', '--project', 'tsconfig.build.json', '--noEmit');

  const dev = runCommand(['dev'], copy, { PORT: String(await freePorts()) }, { main: join(copy, 'src/main.ts') });
  await until(() => dev.output().includes('More tokens'), dev.output);
  const call =
    dev
      .output()
      .split('\n')
      .find((line) => line.startsWith('curl ')) ?? '';
  const { data, errors } = JSON.parse((await shell('sh', ['-c', call])).stdout);
  expect(data).toEqual({ notes: [{ text: 'Buy milk', secret: null }] });
  expect((await readFile(join(project, 'README.md'), 'utf8')).replaceAll('\n', ' ')).toContain(errors[0].message);
  dev.signal('SIGINT');
  expect((await dev.exited).code).toBe(0);
});

/** Path and text of each code block of the section that begins with a comment naming its file. */
async function filesOfReadme(): Promise<[string, string][]> {
  const readme = await readFile(join(project, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf('## Your own resource'));
  const blocks = section.matchAll(/ {3}```\w+\n {3}(?:\/\/|#) (\S+)\n([^`]*)```/g);
  const files = [...blocks].map(([, path = '', text = '']): [string, string] => [path, text.replace(/^ {3}/gm, '')]);
  expect(files).toHaveLength(4);
  return files;
}

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(join(copy, path), change(await readFile(join(copy, path), 'utf8')));
}
