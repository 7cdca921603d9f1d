import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { project } from '../../support/built-project.js';
import { runCommand } from '../../support/command.js';

let folder: string;
const api = () => join(folder, 'my-api');
/** Runs the program of the package, as npx does. */
const run = async (words: readonly string[], at = api()) => runCommand(words, at, {}).exited;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-own-'));
  await run(['init', 'my-api', '--resource', 'invoice', '--without-database'], folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the program of the package, in a project that init has written', () => {
  it('is for the sample as long as the package is not installed there', async () => {
    expect((await run(['permissions'])).output).toContain('| erin |');
  });

  it('is for the API of the project, with its people and its exit code', async () => {
    const modules = join(api(), 'node_modules');
    await mkdir(modules);
    await symlink(inject('builtProject'), join(modules, 'entra-graphql'));
    await symlink(join(project, 'node_modules', 'tsx'), join(modules, 'tsx'));
    const { code, output } = await run(['permissions']);
    expect([code, output.split('\n').find((line) => line.includes('| nina |'))]).toEqual([0, expect.any(String)]);
    expect(output).not.toContain('erin');
    await writeFile(join(api(), 'schema', 'PERMISSIONS.md'), 'Nobody may.');
    expect(await run(['permissions', '--check'])).toMatchObject({ code: 1 });
  });

  it('is its built program where tsx is not installed', async () => {
    await rm(join(api(), 'node_modules', 'tsx'));
    await mkdir(join(api(), 'dist'));
    await writeFile(
      join(api(), 'dist', 'main.js'),
      "import 'entra-graphql/run';\nconsole.log('own', process.argv[2]);\n",
    );
    expect(await run(['start'])).toEqual({ code: 0, output: 'own start\n' });
  });
});
