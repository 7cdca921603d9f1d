import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { builtMain, copyBuiltProject, linkModules } from '../support/built-project.js';
import { freePorts, outputOf, until } from '../support/command.js';
import { runningProcesses } from '../support/processes/processes.js';
import { type HeldReports, holdReports } from '../support/stores/hold-reports.js';

const START = [process.execPath, builtMain(), 'start'];
const READY = 'Server listening';

let api: TestApi | undefined;
let held: HeldReports | undefined;
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await held?.release();
  await api?.close();
  [api, held] = [undefined, undefined];
});

/** Starts a server in a process of its own, which uses the emulator and database of `api`. */
async function launch([program = '', ...words]: readonly string[], folder = tmpdir()) {
  api = await startApi();
  const { PATH = '', HOME = '' } = process.env;
  const port = await freePorts();
  const env = { ...api.environment, PATH, HOME, PORT: String(port), SHUTDOWN_DELAY_SECONDS: '0' };
  const child = spawn(program, words, { cwd: folder, env });
  children.push(child);
  const output = outputOf(child);
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return { api, child, output, exited, url: `http://127.0.0.1:${port}` };
}

/** Sends a query that waits for reports which are held, and resolves when the server runs it. */
async function askAndWait({ api, url }: { readonly api: TestApi; readonly url: string }) {
  held = await holdReports(api);
  const answer = fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await api.emulator.issueAccessToken('erin')}`,
    },
    body: JSON.stringify({ query: '{ expenseReports(first: 1) { nodes { id } } }' }),
  }).then(
    ({ status }) => status,
    () => 'cut off',
  );
  await held.untilWaitedFor();
  const release = async () => {
    await held?.release();
    held = undefined;
  };
  return { answer, release };
}

describe('a server with a running request', () => {
  it('answers it after SIGTERM, and ends with 0', async () => {
    const server = await launch(START);
    await until(() => server.output().includes(READY), server.output);
    const { answer, release } = await askAndWait(server);
    server.child.kill('SIGTERM');
    await until(() => server.output().includes('stopping: /readyz says 503'), server.output);
    await release();
    expect(await answer).toBe(200);
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends at once by a second signal (%s), and says so', async (signal, code) => {
    const server = await launch(START);
    await until(() => server.output().includes(READY), server.output);
    const { answer } = await askAndWait(server);
    server.child.kill('SIGTERM');
    await until(() => server.output().includes('stopping: /readyz says 503'), server.output);
    // What comes sooner than a quarter of a second after the first signal is that signal once more.
    await new Promise((resolve) => setTimeout(resolve, 300));
    server.child.kill(signal);
    expect(await server.exited).toEqual({ code, signal: null });
    expect(server.output()).toContain(`Stopped at once by a second signal (${signal}).`);
    expect(await answer).toBe('cut off');
  });

  it('takes the same signal twice at once, as npm passes it on, for one', async () => {
    const server = await launch(START);
    await until(() => server.output().includes(READY), server.output);
    const { answer, release } = await askAndWait(server);
    server.child.kill('SIGTERM');
    server.child.kill('SIGINT');
    await until(() => server.output().includes('stopping: /readyz says 503'), server.output);
    await release();
    expect(await answer).toBe(200);
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });
});

describe('npm start', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'entra-graphql-npm-start-'));
    await copyBuiltProject(folder, ['scripts/require-build.mjs']);
    await linkModules(folder);
    return () => rm(folder, { recursive: true, force: true });
  });

  it('answers what runs after SIGTERM to npm, and leaves no process', async () => {
    const server = await launch(['npm', 'start'], folder);
    await until(() => server.output().includes(READY), server.output);
    expect(processesOf(server.url).join('\n')).toContain('dist/main.js start');
    const { answer, release } = await askAndWait(server);
    server.child.kill('SIGTERM');
    await until(() => server.output().includes('stopping: /readyz says 503'), server.output);
    await release();
    expect(await answer).toBe(200);
    await server.exited;
    await until(
      () => processesOf(server.url).length === 0,
      () => processesOf(server.url).join('\n'),
    );
  });
});

/** Processes that were started for this server: its port is in their environment. */
function processesOf(url: string): string[] {
  return runningProcesses()
    .filter(({ pid }) => environmentOf(pid).includes(`PORT=${new URL(url).port}`))
    .map(({ command }) => command);
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It has ended, or belongs to another user.
    return [];
  }
}
