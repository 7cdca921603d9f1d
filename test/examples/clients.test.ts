import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepTlsCertificate } from '../../src/development/emulator/kept-certificate.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { startApi, type TestApi } from '../support/api.js';
import { project } from '../support/built-project.js';

const shell = promisify(execFile);
const bin = (name: string) => join(project, 'node_modules', '.bin', name);
let folder: string;
let certificate: string;
let emulator: Emulator;
let api: TestApi;
let apiUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-clients-'));
  const kept = await keepTlsCertificate(folder);
  certificate = kept.file;
  emulator = await startEmulator({ ...emulatorSettings, https: kept });
  api = await startApi({ ENTRA_INSTANCE: emulator.httpInstance });
  apiUrl = `${await api.app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
});
afterAll(async () => {
  await api?.close();
  await emulator?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the example daemon', () => {
  const run = (settings: Record<string, string> = {}) =>
    shell(process.execPath, ['examples/daemon/export.mjs'], {
      cwd: project,
      env: {
        PATH: process.env.PATH,
        NODE_EXTRA_CA_CERTS: certificate,
        AUTHORITY: `${emulator.instance}/${emulatorSettings.tenants[0].id}`,
        API_URL: apiUrl,
        ...settings,
      },
      maxBuffer: 5_000_000,
    });

  it('reads every report, page by page', async () => {
    const authorization = `Bearer ${await emulator.issueAccessToken('export-job')}`;
    const count = await api.post(authorization, { query: '{ expenseReports(first: 1) { totalCount } }' });
    const { totalCount } = count.body.data.expenseReports;
    const { stdout, stderr } = await run();
    const ids = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(new Set(ids).size).toBe(totalCount);
    expect(stderr).toContain(`${totalCount} reports`);
  });

  it('fails with a secret that is not its own', async () => {
    const { code, stderr } = await run({ CLIENT_SECRET: 'another' }).catch((error) => error);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('AADSTS7000215') });
  });
});

describe('the example typed-client', () => {
  const example = () => join(folder, 'examples', 'typed-client');

  beforeAll(async () => {
    await mkdir(join(folder, 'examples'), { recursive: true });
    await cp(join(project, 'examples', 'typed-client'), example(), { recursive: true });
    for (const name of ['schema', 'package.json', 'tsconfig.json', 'node_modules']) {
      await symlink(join(project, name), join(folder, name));
    }
    await shell(bin('graphql-codegen'), ['--config', 'examples/typed-client/codegen.yml'], { cwd: folder });
  });

  const typesOf = () =>
    shell(bin('tsc'), ['--project', 'examples/typed-client'], { cwd: folder }).then(
      () => 'right',
      ({ stdout }) => stdout,
    );

  it('has types that follow from the schema and its queries', async () => {
    expect(await typesOf()).toBe('right');
    await writeFile(
      join(example(), 'wrong.ts'),
      "import type { ReportsQuery } from './gql/graphql.js';\nexport const wrong = (query: ReportsQuery): number => query.expenseReports?.nodes[0]?.riskScore;\n",
    );
    expect(await typesOf()).toContain('wrong.ts(2,');
    await rm(join(example(), 'wrong.ts'));
  });

  it('gets partial data, with the reasons', async () => {
    const TOKEN = await emulator.issueAccessToken('erin');
    const { stdout } = await shell(bin('tsx'), ['examples/typed-client/reports.ts'], {
      cwd: folder,
      env: { PATH: process.env.PATH, API_URL: apiUrl, TOKEN },
    });
    const lines = stdout.trim().split('\n');
    expect(lines.slice(0, 2)).toEqual(Array(2).fill(expect.stringMatching(/^.+ \([A-Z]+\), risk not shown$/)));
    expect(lines.slice(2)).toEqual(['ExpenseReport.riskScore needs role Expenses.Auditor']);
  });
});
