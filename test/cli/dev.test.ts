import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultServerFolder } from '../../src/development/postgres/server-folder.js';
import { findServerUser } from '../../src/development/postgres/server-user.js';
import { findPersona } from '../../src/expenses/sample-data/personas.js';
import { freePorts, runCommand, runFromSources, until } from '../support/command.js';

const shell = promisify(execFile);
let folder: string;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-dev-'));
  port = await freePorts();
});
afterAll(async () => {
  for (const made of [folder, defaultServerFolder(folder, findServerUser())]) {
    await rm(made, { recursive: true, force: true });
  }
});

const run = (...words: string[]) => runCommand(words, folder, { PORT: String(port) });

describe('entra-graphql dev', () => {
  it('starts all, prints three calls that work and no token, leaves nothing on Ctrl-C', {
    timeout: 60_000,
  }, async () => {
    const dev = runFromSources(['dev', '--fresh'], folder, { PORT: String(port) });
    await until(() => dev.output().includes('a token for'), dev.output);

    const [ada, erin, mia] = await Promise.all(calls(dev.output()).map(paste));
    expect(dev.output()).not.toContain('eyJ');
    expect(ada).not.toHaveProperty('errors');
    expect(ada.data.expenseReports.totalCount).toBeGreaterThan(1000);
    expect(erin.data.expenseReports.nodes[0]).toEqual({ riskScore: null });
    expect(erin.errors[0].extensions).toMatchObject({
      code: 'FORBIDDEN',
      authorization: { coordinate: 'ExpenseReport.riskScore' },
    });

    expect(mia.data.employees.nodes[0].profile).toHaveProperty('jobTitle');

    // Every command that is printed names the port, and works as it stands.
    const [, command = ''] = /^ {2}(.+) NAME {4}a token for/m.exec(dev.output()) ?? [];
    expect(command).toContain(`PORT=${port} `);
    const pasted = await shell('sh', ['-c', `${command} mia`], { cwd: folder });
    expect(pasted.stdout.trim().split('.')).toHaveLength(3);

    const revoked = await run('revoke', '--user', findPersona('mia').objectId).exited;
    expect(revoked).toMatchObject({ code: 0, output: expect.stringContaining('in the development database') });
    expect(revoked.output).toMatch(/new ones may be refused too, until \d{4}-/);
    const inspected = await run('token', 'inspect', pasted.stdout.trim()).exited;
    expect(inspected).toMatchObject({ code: 1, output: expect.stringContaining('TOKEN_REVOKED') });
    const nobody = await run('token', 'issue', 'nobody').exited;
    expect(nobody).toMatchObject({ code: 1, output: expect.stringContaining('nobody') });

    const second = await run('dev').exited;
    expect(second.code).toBe(1);
    expect(second.output.trim().split('\n')).toEqual([expect.stringContaining(`Port ${port} is already in use`)]);

    dev.signal('SIGINT');
    expect((await dev.exited).code).toBe(0);
    expect(await processesOf(dev.pid)).toEqual([]);

    const noEmulator = await run('token', 'issue', 'erin').exited;
    expect(noEmulator).toMatchObject({ code: 1, output: expect.stringMatching(`"PORT=${port} .*main.js dev"`) });
  });

  it('does not run with NODE_ENV=production', async () => {
    const { code, output } = await runCommand(['dev'], folder, { NODE_ENV: 'production' }).exited;
    expect(code).toBe(1);
    expect(output).toContain('NODE_ENV=production');
  });
});

it.each(['--version', '-V'])('%s prints the version', async (word) => {
  const { code, output } = await run(word).exited;
  const { version } = createRequire(import.meta.url)('../../package.json');
  expect({ code, output }).toEqual({ code: 0, output: `${version}\n` });
});

it('a command that does not exist is answered with those that do, and exit code 2', async () => {
  const { code, output } = await run('strat').exited;
  expect(code).toBe(2);
  expect(output).toContain('start');
});

function calls(output: string): string[] {
  // Each goes over four lines, which end with a backslash.
  const found = output.match(/^ {2}curl (?:.*\\\n)+.*$/gm) ?? [];
  expect(found).toHaveLength(3);
  return found;
}

async function paste(line: string) {
  return JSON.parse((await shell('sh', ['-c', line], { cwd: folder })).stdout);
}

/** Processes that are still there of those the command started: its children, and what has its folder in its words. */
async function processesOf(pid: number | undefined): Promise<string[]> {
  const words = [String(pid), folder, defaultServerFolder(folder, findServerUser())];
  const { stdout } = await shell('ps', ['-eo', 'pid,ppid,args']);
  return stdout.split('\n').filter((line) => {
    const [own, parent] = line.trim().split(/\s+/);
    return own === words[0] || parent === words[0] || words.slice(1).some((word) => line.includes(word));
  });
}
