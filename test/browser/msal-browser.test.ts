import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { acceptSecureConnections } from '../../src/emulator/https/secure-connections.js';
import { createTlsCertificate } from '../../src/emulator/https/tls-certificate.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { startApi, type TestApi } from '../support/api.js';
import { bundleForBrowser, startChromium } from '../support/browser.js';
import { project } from '../support/built-project.js';

const [{ id: tenantId }] = emulatorSettings.tenants;
const [{ clientId }] = emulatorSettings.clients;
const pages = join(project, 'test', 'browser', 'pages');

let emulator: Emulator;
let api: TestApi;
let site: Server;
let siteAddress: string;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  const certificate = await createTlsCertificate();
  site = createServer();
  // The pages are there over https, too: a hidden frame gets cookies of the same site only, and the scheme belongs to it.
  acceptSecureConnections(site, certificate);
  await once(site.listen(0, '127.0.0.1'), 'listening');
  const { port } = site.address() as AddressInfo;
  siteAddress = `http://localhost:${port}`;
  const [application, ...others] = emulatorSettings.clients;
  const redirectUris = [...application.redirectUris, `https://localhost:${port}/redirect.html`];
  emulator = await startEmulator({
    ...emulatorSettings,
    clients: [{ ...application, redirectUris }, ...others],
    https: certificate,
  });
  [api, browser] = await Promise.all([
    startApi({ ENTRA_INSTANCE: emulator.httpInstance }),
    startChromium([certificate.cert]),
  ]);
  await serveSite(`${await api.app.listen({ host: '127.0.0.1', port: 0 })}/graphql`);
});
afterAll(async () => {
  await browser?.close();
  site?.closeAllConnections();
  site?.close();
  await api?.close();
  await emulator?.close();
});
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  await open();
});
afterEach(() => context.close());

/** Two pages, their scripts and their settings. */
async function serveSite(graphql: string): Promise<void> {
  const scripts = await bundleForBrowser(['application', 'redirect'].map((name) => join(pages, `${name}.mjs`)));
  const html = (script: string) => `<!doctype html><title></title><script type="module" src="/${script}"></script>`;
  const settings = {
    authority: `${emulator.instance.replace('127.0.0.1', 'localhost')}/${tenantId}`,
    clientId,
    scopes: [`api://${emulatorSettings.api.clientId}/Expenses.ReadWrite`],
    api: graphql,
  };
  const answers = new Map([
    ['/', ['text/html', html('application.js')]],
    ['/redirect.html', ['text/html', html('redirect.js')]],
    ['/settings.json', ['application/json', JSON.stringify(settings)]],
    ...[...scripts].map(([name, text]) => [`/${name}`, ['text/javascript', text]] as const),
  ] as [string, [string, string]][]);
  site.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [type, text] = answers.get((request.url ?? '').replace(/\?.*$/, '')) ?? [];
    response.writeHead(type ? 200 : 404, type ? { 'content-type': type } : {}).end(text);
  });
}

async function open(address = siteAddress): Promise<void> {
  await page.goto(address);
  await page.waitForFunction('document.title === "ready"');
}

/** Calls a function of `pages/application.mjs` in the page. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the page gives back
const call = (name: string, ...words: unknown[]): Promise<any> =>
  page.evaluate(`window.application.${name}(...${JSON.stringify(words)})`);

const choose = (where: Page, persona: string) => where.locator(`button[name=persona][value=${persona}]`).click();

/** Answers the window that `start` opens. */
async function answerPopup<Answer>(persona: string, start: Promise<Answer>): Promise<Answer> {
  const popup = await context.waitForEvent('page');
  await choose(popup, persona);
  return start;
}

async function signInByPopup(persona: string): Promise<{ userName: string; accessToken: string }> {
  return answerPopup(persona, call('signInByPopup'));
}

describe("Microsoft's msal-browser in Chromium", () => {
  it('signs in by redirect', async () => {
    await call('signInByRedirect').catch(() => undefined);
    await choose(page, 'mia');
    await page.waitForURL(`${siteAddress}/`);
    await page.waitForFunction('document.title === "ready"');
    expect(await call('userName')).toBe('mia@contoso.example');
  });

  it('signs in by popup and calls the API from the page', async () => {
    const { userName, accessToken } = await signInByPopup('erin');
    expect([userName, decodeJwt(accessToken).scp]).toEqual(['erin@contoso.example', 'Expenses.ReadWrite']);
    const { answer } = await call('ask', '{ me { kind scopes } }');
    expect(answer).toEqual({ status: 200, data: { me: { kind: 'DELEGATED', scopes: ['Expenses.ReadWrite'] } } });
  });

  it('renews a token without a page', async () => {
    const { accessToken } = await signInByPopup('erin');
    const kept = await call('renew');
    const renewed = await call('renew', { forceRefresh: true });
    expect([kept.accessToken === accessToken, kept.fromCache, renewed.fromCache]).toEqual([true, true, false]);
    expect(decodeJwt(renewed.accessToken).uti).not.toBe(decodeJwt(accessToken).uti);
    expect(context.pages()).toHaveLength(1);
  });

  it('signs in again in a hidden frame', async () => {
    await open(siteAddress.replace('http:', 'https:'));
    expect(await call('signInSilently', 'erin@contoso.example')).toBe('login_required');
    await signInByPopup('erin');
    await page.evaluate('sessionStorage.clear()');
    await page.reload();
    await page.waitForFunction('document.title === "ready"');
    expect(await call('signInSilently', 'erin@contoso.example')).toBe('erin@contoso.example');
  });

  it('steps up when the API asks for it, and repeats the call', async () => {
    await signInByPopup('finn');
    const { answer: found } = await call(
      'ask',
      '{ expenseReports(first: 1, filter: { status: [APPROVED] }) { nodes { id } } }',
    );
    const { id } = found.data.expenseReports.nodes[0];
    const pay = 'mutation($id: ID!) { markExpenseReportPaid(id: $id) { expenseReport { status } } }';
    const { refusal, answer } = await answerPopup('finn', call('ask', pay, { id }));
    expect(refusal).toMatchObject({ status: 401, errors: [{ extensions: { code: 'INSUFFICIENT_CLAIMS' } }] });
    expect(answer).toMatchObject({
      status: 200,
      data: { markExpenseReportPaid: { expenseReport: { status: 'PAID' } } },
    });
  });

  it('signs out of the emulator and comes back', async () => {
    await signInByPopup('erin');
    await call('signOut').catch(() => undefined);
    await page.waitForURL(`${siteAddress}/`);
    await page.waitForFunction('document.title === "ready"');
    expect([await call('userName'), await call('signInSilently', 'erin@contoso.example')]).toEqual([
      undefined,
      'login_required',
    ]);
  });
});
