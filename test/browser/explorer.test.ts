import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/emulator.js';
import { startApi, type TestApi } from '../support/api.js';
import { startChromium } from '../support/browser.js';

const QUERY = '{ me { roles } expenseReports(first: 1) { nodes { riskScore } } }';

let emulator: Emulator;
let api: TestApi;
let browser: Browser;
let context: BrowserContext | undefined;
/** Addresses of the requests of the page. */
let requests: string[];

beforeAll(async () => {
  [api, browser] = await Promise.all([
    startApi({}, { personaTokens: { names: ['erin', 'ada'], issue: (name) => emulator.issueAccessToken(name) } }),
    startChromium(),
  ]);
  emulator = api.emulator;
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  // The first visit bundles the explorer.
  await api.app.inject({ url: '/explorer/main.js' });
});
afterEach(() => context?.close());
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

/** Opens a page without internet. Its scripts must not meet an error, of the content security policy either. */
async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  context = await browser.newContext(options);
  const origin = api.app.listeningOrigin;
  requests = [];
  const page = await context.newPage();
  await page.route(
    (url) => url.origin !== origin,
    (route) => route.abort('internetdisconnected'),
  );
  page.on('pageerror', (error) => {
    // Apollo's page does not expect that its script is missing.
    if (!/EmbeddedSandbox/.test(error.message)) throw error;
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(origin + path);
  return page;
}

const openExplorer = (options?: BrowserContextOptions) => open(`/explorer?query=${encodeURIComponent(QUERY)}`, options);
const who = (page: Page) => page.getByLabel('Signed in as');
const run = (page: Page) => page.locator('.graphiql-execute-button').click();
/** Waits until the answer has a text. Monaco writes spaces that do not break. */
const answered = (page: Page, text: string) =>
  expect
    .poll(async () => (await page.locator('.result-window').textContent())?.replaceAll('\u00a0', ' '), {
      timeout: 20_000,
    })
    .toContain(text);

describe('the explorer', () => {
  it('asks as a persona, and again when another one is chosen', async () => {
    const page = await openExplorer();
    await who(page).selectOption('ada');
    await run(page);
    await answered(page, 'Expenses.Auditor');
    await who(page).selectOption('erin');
    await answered(page, '"missing": "role Expenses.Auditor"');
    await who(page).selectOption('nobody');
    await answered(page, '"code": "UNAUTHENTICATED"');
  });

  it('asks with a pasted token', async () => {
    const page = await openExplorer();
    await who(page).selectOption({ label: 'a pasted token …' });
    await page.getByLabel('Access token', { exact: true }).fill(`Bearer ${await emulator.issueAccessToken('ada')}`);
    await page.getByRole('button', { name: 'Use it' }).click();
    await run(page);
    await answered(page, 'Expenses.Auditor');
  });

  it('loads from this server alone, and keeps no token in an address or a storage', async () => {
    const page = await openExplorer();
    await who(page).selectOption('ada');
    await run(page);
    await answered(page, 'Expenses.Auditor');
    const { origin } = new URL(page.url());
    const foreign = requests.filter((url) => !url.startsWith(`${origin}/`) && !/^(?:data|blob):/.test(url));
    expect(foreign).toEqual([]);
    expect(requests.filter((url) => url.includes('eyJ'))).toEqual([]);
    const stored = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');
    expect(stored).not.toContain('eyJ');
    expect(page.url()).not.toContain('eyJ');
  });

  it.each([
    { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  ] as const)('is accessible and fits: $colorScheme, $viewport.width', async (look) => {
    const page = await openExplorer(look);
    await who(page).waitFor();
    await page.evaluate(axe.source);
    // Colours of code are Monaco's, and a tab with a button in it is GraphiQL's.
    const found = (await page.evaluate("axe.run({ exclude: ['.monaco-editor', '.graphiql-tab'] })")) as axe.AxeResults;
    expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.viewport.width);
  });
});

it('Apollo Sandbox offers the explorer where there is no internet', async () => {
  const page = await open('/graphql');
  const link = page.getByRole('link', { name: 'explorer' });
  await link.waitFor();
  await link.click();
  await who(page).waitFor();
});

it('the page of the explorer runs no script of others', async () => {
  const answer = await api.app.inject({ url: '/explorer' });
  expect(answer.headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; worker-src 'self';/,
  );
  expect(answer.body).not.toMatch(/<script(?! src="\/)| on[a-z]+=/);
});

describe('/explorer/token', () => {
  const ask = async (headers: Record<string, string>, persona: unknown = 'erin', remoteAddress = '127.0.0.1') => {
    const { app } = api;
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url: '/explorer/token',
      remoteAddress,
      headers: { host: 'api.test', 'content-type': 'application/json', ...headers },
      payload: JSON.stringify({ persona }),
    });
    return [statusCode, 'accessToken' in JSON.parse(body)];
  };
  const own = { 'x-explorer': '1', origin: 'http://api.test', 'sec-fetch-site': 'same-origin' };

  it('is for the page of the explorer', async () => {
    expect(await ask(own)).toEqual([200, true]);
  });

  it.each([
    ['without its header', { ...own, 'x-explorer': '' }],
    ['from another origin', { ...own, origin: 'http://127.0.0.1:3000' }],
    ['from an origin that is none', { ...own, origin: 'null' }],
    ['from another site', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['from another port of the same site', { ...own, 'sec-fetch-site': 'same-site' }],
  ])('is closed to a request %s', async (_which, headers) => {
    expect(await ask(headers)).toEqual([403, false]);
  });

  it('is closed to other machines', async () => {
    expect(await ask(own, 'erin', '192.0.2.1')).toEqual([403, false]);
  });

  it.each(['nobody', '', null, 7, ['erin'], { toString: 'erin' }])('knows the persona %j not', async (persona) => {
    expect(await ask(own, persona)).toEqual([400, false]);
  });

  it('does not answer the preflight of a page of another port', async () => {
    const { headers } = await api.app.inject({
      method: 'OPTIONS',
      url: '/explorer/token',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-explorer',
      },
    });
    expect(headers['access-control-allow-headers'] ?? '').not.toMatch(/x-explorer/i);
  });
});
