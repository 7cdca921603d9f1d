import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { startChromium } from '../support/browser.js';

const shell = promisify(execFile);
const [{ id: tenantId }] = emulatorSettings.tenants;
const [{ clientId }] = emulatorSettings.clients;

let emulator: Emulator;
let api: Server;
let browser: Browser;
let context: BrowserContext | undefined;

beforeAll(async () => {
  // An API that says what it was sent.
  api = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end(
      JSON.stringify({ authorization: request.headers.authorization, body: Buffer.concat(chunks).toString() }),
    );
  });
  await once(api.listen(0, '127.0.0.1'), 'listening');
  const { port } = api.address() as AddressInfo;
  [emulator, browser] = await Promise.all([
    startEmulator({
      ...emulatorSettings,
      https: true,
      exampleCall: { url: `http://127.0.0.1:${port}/graphql`, body: '{"query":"{ me { kind } }"}' },
    }),
    startChromium(),
  ]);
});
afterEach(() => context?.close());
afterAll(async () => {
  await browser?.close();
  await emulator?.close();
  api?.closeAllConnections();
  api?.close();
});

const signInAddress = (redirectUri: string, scope = `api://${emulatorSettings.api.clientId}/Expenses.Read`) =>
  `/${tenantId}/oauth2/v2.0/authorize?${new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope,
    redirect_uri: redirectUri,
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
  })}`;

/** Opens a page of the emulator. Its scripts must not meet an error, of the content security policy either. */
async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  context = await browser.newContext(options);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: emulator.httpInstance });
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(emulator.httpInstance + path);
  return page;
}

const clipboard = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()');
/** Presses a button and waits until the page says that it has copied. */
async function copy(page: Page, name: string): Promise<string> {
  await page.evaluate('navigator.clipboard.writeText("")');
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('status').getByText('Copied').waitFor();
  // The status may still be that of the copy before.
  await expect.poll(() => clipboard(page)).not.toBe('');
  return clipboard(page);
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('the pages of the emulator', () => {
  const looks = [
    { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark', viewport: { width: 360, height: 800 } },
  ] as const;

  it.each([
    ['home', () => '/'],
    ['sign-in', () => signInAddress('http://localhost:3000/cb')],
    ['refusal', () => signInAddress('https://app.example/cb')],
    ['device code', () => '/devicelogin'],
  ])('are accessible and fit, light and wide or dark and narrow: %s', async (_name, path) => {
    for (const look of looks) {
      const page = await open(path(), look);
      expect([look, await violations(page)]).toEqual([look, []]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.viewport.width);
      await page.context().close();
    }
  });

  it('copy a token that the emulator issued for the persona', async () => {
    const page = await open('/');
    const token = await copy(page, 'Copy token for Mia Moreau');
    const [, claims = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      name: 'Mia Moreau',
      roles: ['Expenses.Approver'],
    });
    const steppedUp = await copy(page, 'Copy token with c1 for Finn Fischer');
    expect(Buffer.from(steppedUp.split('.')[1] ?? '', 'base64url').toString()).toContain('"acrs":["c1"]');
  });

  it('copy calls that work as they are pasted', async () => {
    const page = await open('/');
    const call = await copy(page, 'Copy curl for Nightly export');
    await page.locator('button[data-copy=terminal]').click();
    await expect.poll(() => clipboard(page)).toContain('TOKEN=');
    for (const command of [call, await clipboard(page)]) {
      const { stdout } = await shell('sh', ['-c', command]);
      expect(JSON.parse(stdout)).toEqual({
        authorization: expect.stringMatching(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/),
        body: '{"query":"{ me { kind } }"}',
      });
    }
  });

  it('sign in and out by keyboard, for every application in this browser', async () => {
    const page = await open('/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Sign in as Erin Engel');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out as Erin Engel' }).waitFor();
    const answer = await page.request.get(emulator.httpInstance + signInAddress('http://localhost:3000/cb', 'openid'), {
      maxRedirects: 0,
    });
    expect(answer.headers().location).toMatch(/^http:\/\/localhost:3000\/cb\?code=/);
    await page.getByRole('button', { name: 'Sign out as Erin Engel' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Sign in as Erin Engel' }).waitFor();
  });

  it('name the registered redirect URIs where another one is refused', async () => {
    const page = await open(signInAddress('https://app.example/<cb>'));
    const text = await page.getByRole('alert').textContent();
    expect(text).toContain('https://app.example/<cb> is not registered for Expenses on the web');
    expect(text).toContain('http://localhost (any port and path), http://127.0.0.1 (any port and path)');
  });

  it('show clients, their redirect URIs and no secret', async () => {
    const page = await open('/');
    const text = (await page.locator('main').textContent()) ?? '';
    expect(text).toContain('http://localhost (any port and path)');
    for (const secret of emulator.clientSecrets.values()) expect(text).not.toContain(secret);
  });

  it('run no script but their own and send nothing elsewhere', async () => {
    const page = await open('/');
    const answer = await page.request.get(emulator.httpInstance);
    expect(answer.headers()['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(await page.content()).not.toMatch(/<script(?! src="\/)|<style| style=| on[a-z]+=/);
  });

  it('have no button that needs the script where it does not run', async () => {
    const page = await open('/', { javaScriptEnabled: false });
    expect(await page.getByRole('button').count()).toBe(5);
  });
});
