import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';
import { socketUrl, until } from '../../support/sockets.js';

const ITEM = '{ description: "Taxi", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 1200 }';
const ROOT = new URL('../../../', import.meta.url);
const ADDRESS = 'ws://127.0.0.1:4000/graphql';

/** The two functions that the page leaves to its reader, and a Node 20, which has no WebSocket of its own. */
const SURROUNDINGS = `
delete globalThis.WebSocket;
const getAccessToken = () =>
  new Promise((resolve) => {
    process.once('message', resolve);
    process.send({ kind: 'token' });
  });
const show = (event) => process.send({ kind: 'event', event });
`;

let api: TestApi;
let folder: string;
let client: ChildProcess | undefined;

beforeAll(async () => {
  api = await startApi({ ENTRA_CLOCK_TOLERANCE_SECONDS: '0' });
  folder = mkdtempSync(join(tmpdir(), 'entra-graphql-readme-'));
  symlinkSync(fileURLToPath(new URL('node_modules', ROOT)), join(folder, 'node_modules'));
});
afterAll(async () => {
  client?.kill();
  rmSync(folder, { recursive: true });
  await api.close();
});

/** The client of docs/subscriptions.md, to the letter but for the address. */
async function readSample(): Promise<string> {
  const page = readFileSync(new URL('docs/subscriptions.md', ROOT), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  expect(code).toContain(`'${ADDRESS}'`);
  return code.replace(ADDRESS, await socketUrl(api));
}

async function createReport(title: string): Promise<void> {
  const input = `{ title: "${title}", currency: "EUR", items: [${ITEM}] }`;
  const { body } = await api.query(
    'erin',
    `mutation { createExpenseReport(input: ${input}) { expenseReport { id } } }`,
  );
  expect(body.errors).toBeUndefined();
}

it('the client of docs/subscriptions.md connects again when its token expires, with a new one, and gets the next event', async () => {
  const file = join(folder, 'client.mjs');
  writeFileSync(file, SURROUNDINGS + (await readSample()));
  const events: unknown[] = [];
  const lifetimes = [2, 3_600];
  const issued: number[] = [];
  let output = '';
  client = fork(file, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
  for (const stream of [client.stdout, client.stderr]) {
    stream?.on('data', (text) => {
      output += text;
    });
  }
  client.on('message', async (message: { kind: string; event?: unknown }) => {
    if (message.kind === 'event') return events.push(message.event);
    const expiresInSeconds = lifetimes[issued.length] ?? 3_600;
    issued.push(expiresInSeconds);
    return client?.send(await api.emulator.issueAccessToken('erin', { expiresInSeconds }));
  });
  const opened = () => api.logs.filter(({ msg }) => msg === 'subscription opened').length;

  await until(() => opened() === 1 || client?.exitCode !== null);
  expect(output).toBe('');
  // By its own rules the client waits for up to four seconds before it connects again.
  const patience = Date.now() + 20_000;
  while (opened() < 2 && client.exitCode === null && Date.now() < patience) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect({ issued, opened: opened(), output }).toEqual({ issued: lifetimes, opened: 2, output: '' });
  const refused = api.logs.filter(({ msg }) => msg === 'access token refused');
  expect(refused.map(({ code }) => code)).toEqual(['TOKEN_EXPIRED']);

  await createReport('After the first token');
  await until(() => events.length > 0);
  expect(events).toEqual([{ data: { expenseReportChanged: { id: expect.any(String), status: 'DRAFT' } } }]);
});
