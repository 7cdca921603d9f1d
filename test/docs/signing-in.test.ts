import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepTlsCertificate } from '../../src/development/emulator/kept-certificate.js';
import { addPersonasOf } from '../../src/development/emulator/personas-file.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { post, requestIdOf } from '../emulator/emulator-fixture.js';
import { startApi, type TestApi } from '../support/api.js';
import { project } from '../support/built-project.js';
import { outputOf, until } from '../support/command.js';

let folder: string;
let emulator: Emulator;
let api: TestApi;
let page: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-signing-in-'));
  emulator = await startEmulator({ ...emulatorSettings, https: await keepTlsCertificate(folder) });
  api = await startApi({ ENTRA_INSTANCE: emulator.httpInstance });
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  page = (await readFile(join(project, 'docs', 'signing-in.md'), 'utf8'))
    .replaceAll('127.0.0.1:4001', new URL(emulator.instance).host)
    .replaceAll('http://127.0.0.1:4000', address);
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  for (const [, name = '', text = ''] of page.matchAll(/```\w+ file=(\S+)\n(.*?)```/gs)) {
    await writeFile(join(folder, name), text);
  }
});
afterAll(async () => {
  await api?.close();
  await emulator?.close();
  await rm(folder, { recursive: true, force: true });
});

/**
 * Runs the command of the page that contains this text, in the folder with the page's files. With `printsToken`, because the page says
 * so, its output takes no part in the scan of logs.
 */
function run(part: string, { printsToken = false } = {}) {
  const commands = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, command = '']) => command);
  const command = commands.find((candidate) => candidate.includes(part));
  if (command === undefined) throw new Error(`no command on the page contains ${part}`);
  const child = spawn('sh', ['-c', command], { cwd: folder });
  const output = outputOf(child, { isServer: !printsToken });
  return { output, ended: once(child, 'close').then(output) };
}

describe('the page on signing in', () => {
  it('has a daemon that calls the API', async () => {
    const { data } = JSON.parse(await run('node daemon.mjs').ended);
    expect(data.expenseReports.totalCount).toBeGreaterThan(1000);
  });

  it('has a call that gets a token with nothing installed', async () => {
    const { access_token: accessToken } = JSON.parse(
      await run('grant_type=client_credentials', { printsToken: true }).ended,
    );
    expect(decodeJwt(accessToken)).toMatchObject({ idtyp: 'app', roles: ['Expenses.Read.All'] });
  });

  it('has a device that signs in with a code', async () => {
    const { output, ended } = run('node device.mjs', { printsToken: true });
    await until(() => output().includes('enter the code'), output);
    const [, address = '', code = ''] = /open the page (\S+) and enter the code (\w+)/.exec(output()) ?? [];
    const http = address.replace('https:', 'http:');
    const form = await post(http, { user_code: code });
    await post(`${http}/signin`, { request: requestIdOf(form), persona: 'ada' });
    const [accessToken = ''] = (await ended).trim().split('\n').slice(-1);
    expect(decodeJwt(accessToken)).toMatchObject({ scp: 'Expenses.Read', name: 'Ada Adeyemi' });
  });

  it('has a file of personas that can be used', async () => {
    const { personas } = await addPersonasOf(join(folder, 'personas.json'), emulatorSettings);
    expect(personas.map(({ name }) => name)).toEqual(expect.arrayContaining(['nora', 'sync']));
  });
});
