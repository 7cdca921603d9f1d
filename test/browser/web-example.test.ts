import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import axe from 'axe-core';
import { decodeJwt } from 'jose';
import type { Browser, BrowserContextOptions, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { createTlsCertificate } from '../../src/emulator/https/tls-certificate.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { startApi, type TestApi } from '../support/api.js';
import { startChromium } from '../support/browser.js';
import { project } from '../support/built-project.js';
import { freePorts, outputOf, until } from '../support/command.js';

const run = promisify(execFile);
const example = join(project, 'examples', 'web');
const TITLE = 'Seen on the page';
/** A busy machine takes longer than the second that Vitest waits. */
const SOON = { timeout: 60_000 };
const WIDE = { colorScheme: 'light', viewport: { width: 1280, height: 800 } } as const;
const NARROW = { colorScheme: 'dark', viewport: { width: 360, height: 800 } } as const;

let emulator: Emulator;
let api: TestApi;
let graphql: string;
let browser: Browser;
let vite: ChildProcess;
let site: string;
let erin: Page;
/** Connections of erin's page, and the tokens with which they began. */
const sockets: WebSocketRoute[] = [];
const tokens: string[] = [];

beforeAll(async () => {
  const certificate = await createTlsCertificate();
  emulator = await startEmulator({ ...emulatorSettings, https: certificate });
  [api, browser] = await Promise.all([
    startApi({ ENTRA_INSTANCE: emulator.httpInstance }),
    startChromium([certificate.cert]),
  ]);
  graphql = `${await api.app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
  site = await startSite();
  await submitReport();
  erin = await signIn('erin', NARROW, watchSockets);
});
afterAll(async () => {
  await browser?.close();
  if (vite) {
    const ended = once(vite, 'close');
    // npm ends without its child when it is killed, so the signal is for their group.
    if (vite.pid && vite.exitCode === null) process.kill(-vite.pid, 'SIGTERM');
    await ended;
  }
  await api?.close();
  await emulator?.close();
});

/** Runs the example's one command, with the addresses of this test. */
async function startSite(): Promise<string> {
  const port = String(await freePorts());
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn('npm', ['run', 'dev', '--', '--port', port, '--strictPort'], {
    cwd: example,
    env: {
      PATH,
      HOME,
      VITE_API_URL: graphql,
      VITE_AUTHORITY: `${emulator.instance}/${emulatorSettings.tenants[0].id}`,
    },
    detached: true,
  });
  vite = child;
  const output = outputOf(child);
  await until(() => output().includes(`localhost:${port}`), output);
  return `http://localhost:${port}/`;
}

/** Opens the page and signs in. */
async function signIn(persona: string, look: BrowserContextOptions, prepare?: (page: Page) => Promise<unknown>) {
  const context = await browser.newContext(look);
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await prepare?.(page);
  await page.goto(site);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator(`button[name=persona][value=${persona}]`).click();
  await page.getByRole('listitem').first().waitFor();
  return page;
}

async function fitsAndIsAccessible(page: Page, width: number): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
}

/** Lets erin hand in a report. */
async function submitReport(title = TITLE): Promise<void> {
  const authorization = `Bearer ${await emulator.issueAccessToken('erin')}`;
  const created = await api.post(authorization, {
    query:
      'mutation ($title: String!) { createExpenseReport(input: { title: $title, currency: "EUR", items: [{ description: "Taxi", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 1200 }] }) { expenseReport { id } } }',
    variables: { title },
  });
  const submitted = await api.post(authorization, {
    query: 'mutation ($id: ID!) { submitExpenseReport(id: $id) { expenseReport { id } } }',
    variables: { id: created.body.data.createExpenseReport.expenseReport.id },
  });
  expect(submitted.body.errors).toBeUndefined();
}

/** Passes the messages of the page's WebSockets on, and keeps what the test needs to know. */
const watchSockets = (page: Page) =>
  page.routeWebSocket(graphql.replace('http:', 'ws:'), (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      const { type, payload } = JSON.parse(String(message));
      if (type === 'connection_init') tokens.push(payload.authorization.replace('Bearer ', ''));
      if (type === 'subscribe') sockets.push(socket);
      server.send(message);
    });
  });

/** Changes a report until erin's page shows it: the subscription may open a little after its message. */
async function change(title: string): Promise<void> {
  const seen = erin.locator('output').getByText(`${title} is now submitted.`);
  const show = async () => {
    await submitReport(title);
    return seen.waitFor({ timeout: 2_000 }).then(
      () => true,
      () => false,
    );
  };
  await until(show, () => `no event for ${title}`);
  await expect.poll(() => card(erin, title).textContent(), SOON).toContain(RISK_DENIED);
}

const card = (page: Page, title = TITLE) => page.getByRole('listitem').filter({ hasText: title }).first();
const RISK_DENIED = 'You may not use ExpenseReport.riskScore. It needs role Expenses.Auditor.';

describe('the example web', () => {
  it('shows partial data with the reason in the place of a denied field, and a disabled button', async () => {
    await expect.poll(() => card(erin).textContent(), SOON).toContain(`Risk${RISK_DENIED}`);
    expect(await card(erin).textContent()).toContain('€12.00, by Erin Engel, submitted');
    expect(await card(erin).getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    await fitsAndIsAccessible(erin, NARROW.viewport.width);
  });

  it('lets a user press the button who may', async () => {
    const page = await signIn('mia', WIDE);
    await card(page).getByRole('button', { name: 'Approve' }).click();
    await expect.poll(() => card(page).textContent(), SOON).toContain('approved');
    await fitsAndIsAccessible(page, WIDE.viewport.width);
  });

  it('steps up where a field needs it, and repeats the query', async () => {
    const page = await signIn('finn', WIDE);
    const first = page.getByRole('listitem').first();
    await expect.poll(() => first.textContent(), SOON).toContain('It needs authentication context c1.');
    const popup = page.waitForEvent('popup');
    await first.getByRole('button', { name: 'Confirm it is you' }).click();
    await (await popup).locator('button[name=persona][value=finn]').click();
    await expect.poll(() => first.textContent(), SOON).toMatch(/Paid toXX\d+/);
    expect(await first.textContent()).toContain(RISK_DENIED);
  });

  it('shows changes as they happen, and goes on with a new token when the old one has expired', async () => {
    await expect.poll(() => sockets.length, SOON).toBe(1);
    await change('Before the end of the token');
    await sockets[0]?.close({ code: 4440, reason: 'The access token has expired' });
    await expect.poll(() => sockets.length, SOON).toBe(2);
    await change('After the end of the token');
    const [old, renewed] = tokens.map((token) => decodeJwt(token));
    expect(renewed).toMatchObject({ oid: old?.oid, scp: old?.scp });
    expect(renewed?.uti).not.toBe(old?.uti);
  });

  it('is built, with types that are right', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'entra-graphql-web-'));
    try {
      await run('npm', ['run', 'build', '--', '--outDir', folder, '--emptyOutDir'], { cwd: example });
      expect(await readFile(join(folder, 'redirect.html'), 'utf8')).toContain('<script type="module"');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('has the versions of the packages with which it is tested', async () => {
    const read = async (folder: string) => JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const [own, whole] = await Promise.all([read(example), read(project)]);
    const tested = { rxjs: own.dependencies.rxjs, ...whole.dependencies, ...whole.devDependencies };
    const named = { ...own.dependencies, ...own.devDependencies };
    expect(named).toEqual(Object.fromEntries(Object.keys(named).map((name) => [name, tested[name]])));
  });
});
