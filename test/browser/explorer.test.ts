import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { createTlsCertificate } from '../../src/emulator/https/tls-certificate.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { personaDocuments } from '../../src/expenses/sample-data/persona-documents.js';
import { startApi, type TestApi } from '../support/api.js';
import { startChromium } from '../support/browser.js';

const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
] as const;
/** A busy machine takes longer than the second that Vitest waits. */
const SOON = { timeout: 60_000 };
const QUERY = '{ me { roles } expenseReports(first: 1) { nodes { riskScore } } }';

let emulator: Emulator;
let api: TestApi;
let browser: Browser;
let context: BrowserContext | undefined;
/** Addresses of the requests of the page. */
let requests: string[];
/** How often each page has been answered its query. */
const sent = new WeakMap<Page, number>();
/** Names of personas for whom the page asked for tokens. */
const issued: string[] = [];

beforeAll(async () => {
  const certificate = await createTlsCertificate();
  const names = ['erin', 'ada', 'finn'];
  const issue = async (name: string) => {
    issued.push(name);
    return { accessToken: await emulator.issueAccessToken(name), expiresInSeconds: 3600 };
  };
  emulator = await startEmulator({ ...emulatorSettings, https: certificate });
  [api, browser] = await Promise.all([
    startApi(
      {
        ENTRA_INSTANCE: emulator.httpInstance,
        DOWNSTREAM_GRAPH_URL: emulator.httpInstance,
        EXPLORER_CLIENT_ID: emulatorSettings.clients[0].clientId,
      },
      { personaTokens: { names, issue, documents: personaDocuments }, signInInstance: emulator.instance },
    ),
    startChromium([certificate.cert]),
  ]);
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  // The first visit bundles the explorer.
  await api.app.inject({ url: '/explorer/main.js' });
});
afterEach(() => context?.close());
afterAll(async () => {
  await browser?.close();
  await api?.close();
  await emulator?.close();
});

/** Opens a page without internet. Its scripts must not meet an error, of the content security policy either. */
async function open(
  path: string,
  options: BrowserContextOptions = {},
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Page> {
  context = await browser.newContext(options);
  const origin = api.app.listeningOrigin;
  requests = [];
  const page = await context.newPage();
  await page.route(
    (url) => ![origin, emulator.instance].includes(url.origin),
    (route) => route.abort('internetdisconnected'),
  );
  page.on('pageerror', (error) => {
    throw error;
  });
  page.on('request', (request) => requests.push(request.url()));
  page.on('requestfinished', (request) => {
    if (request.postData()?.includes('riskScore')) sent.set(page, (sent.get(page) ?? 0) + 1);
  });
  await prepare?.(page);
  await page.goto(origin + path);
  return page;
}

const openExplorer = (options?: BrowserContextOptions) => open(`/explorer#query=${encodeURIComponent(QUERY)}`, options);
const who = (page: Page) => page.getByLabel('Signed in as');
const run = (page: Page) => page.locator('.graphiql-execute-button').click();
/** Monaco writes spaces that do not break. */
const plain = (text: string | null) => (text ?? '').replace(/\s+/g, ' ');
/** Counts the requests that ran the query of the page. Introspection is another one. */
const answersTo = (page: Page) => sent.get(page) ?? 0;
/** Waits until the answer has a text. Monaco writes spaces that do not break. */
const answered = (page: Page, text: string) =>
  expect
    .poll(async () => plain(await page.locator('.result-window').textContent()), {
      timeout: 20_000,
    })
    .toContain(text);

/** Returns what axe finds. Colours of code are Monaco's, and a tab with a button in it is GraphiQL's. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate("axe.run({ exclude: ['.monaco-editor', '.graphiql-tab'] })")) as axe.AxeResults;
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('the explorer', () => {
  it('asks as a persona, and again when another one is chosen', async () => {
    const page = await openExplorer();
    await who(page).selectOption('ada');
    await run(page);
    await answered(page, 'Expenses.Auditor');
    await who(page).selectOption('erin');
    await answered(page, 'null ← You may not use ExpenseReport.riskScore.');
    await who(page).selectOption('nobody');
    await answered(page, '"code": "UNAUTHENTICATED"');
  });

  it('says beside a value that is null why it is null', async () => {
    const page = await openExplorer();
    await who(page).selectOption('erin');
    await run(page);
    await answered(page, '"riskScore": null ← You may not use ExpenseReport.riskScore. It needs role Expenses.');
  });

  it('renews the token of a persona before it expires', async () => {
    const page = await openExplorer();
    await page.clock.install();
    await page.reload();
    issued.length = 0;
    await who(page).selectOption('ada');
    await run(page);
    await answered(page, 'Expenses.Auditor');
    // The choice of a persona can ask by itself, so there may be more answers than calls of `run`.
    const first = answersTo(page);
    await page.clock.fastForward('00:54:00');
    await run(page);
    await expect.poll(() => answersTo(page), SOON).toBeGreaterThan(first);
    expect(issued).toEqual(['ada']);
    const second = answersTo(page);
    await page.clock.fastForward('00:02:00');
    await run(page);
    await expect.poll(() => issued, SOON).toEqual(['ada', 'ada']);
    await expect.poll(() => answersTo(page), SOON).toBeGreaterThan(second);
  });

  it('shows the events of a subscription', async () => {
    const change = 'subscription { expenseReportChanged { title } }';
    const page = await open(`/explorer#query=${encodeURIComponent(change)}`);
    await who(page).selectOption('erin');
    await run(page);
    await expect.poll(() => api.logs.some(({ msg }) => msg === 'subscription opened')).toBe(true);
    const { body } = await api.post(`Bearer ${await emulator.issueAccessToken('erin')}`, {
      query:
        'mutation { createExpenseReport(input: { title: "Seen in the explorer", currency: "EUR", items: [{ description: "Taxi", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 1200 }] }) { expenseReport { id } } }',
    });
    expect(body.errors).toBeUndefined();
    await answered(page, '"Seen in the explorer"');
  });

  it('does not tell users to put a token anywhere', async () => {
    const page = await open('/explorer');
    await who(page).selectOption('ada');
    await expect
      .poll(async () => plain(await page.locator('.graphiql-query-editor').textContent()))
      .toContain('Welcome');
    const text = plain(await page.locator('body').textContent());
    expect(text).not.toMatch(/put an access token/i);
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

  it.each(LOOKS)('is accessible and fits: $colorScheme, $viewport.width', async (look) => {
    const page = await openExplorer(look);
    await who(page).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.viewport.width);
    // Neither is covered by the editor.
    await who(page).click({ trial: true });
    await page.getByRole('link', { name: 'What is here' }).click({ trial: true });
  });
});

describe('the sign-in of the explorer', () => {
  const signIn = async (page: Page, persona: string) => {
    const popup = page.waitForEvent('popup');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await (await popup).locator(`button[name=persona][value=${persona}]`).click();
  };

  it('is by MSAL at the identity provider, and the token is in memory alone', async () => {
    const page = await openExplorer();
    await signIn(page, 'ada');
    await expect.poll(() => who(page).locator('option:checked').textContent()).toBe('ada@contoso.example');
    await run(page);
    await answered(page, 'Expenses.Auditor');
    const stored = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');
    expect(stored).not.toMatch(/eyJ|secret/);
    expect(requests.filter((url) => url.includes('eyJ'))).toEqual([]);
    // It can be left and taken up again, but does not outlive the page.
    await who(page).selectOption('nobody');
    await answered(page, '"code": "UNAUTHENTICATED"');
    await who(page).selectOption('ada@contoso.example');
    await answered(page, 'Expenses.Auditor');
    await page.reload();
    await expect.poll(() => who(page).locator('option:checked').textContent()).toBe('nobody');
  });

  it('renews the token without a window before it expires', async () => {
    const page = await openExplorer();
    await page.clock.install();
    await page.reload();
    await signIn(page, 'ada');
    await expect.poll(() => who(page).locator('option:checked').textContent(), SOON).toBe('ada@contoso.example');
    const grants: (string | null)[] = [];
    const tokens: (string | undefined)[] = [];
    page.on('request', (request) => {
      const body = request.postData() ?? '';
      if (new URL(request.url()).pathname.endsWith('/oauth2/v2.0/token'))
        grants.push(new URLSearchParams(body).get('grant_type'));
      if (body.includes('riskScore')) tokens.push(request.headers().authorization);
    });
    for (const [count, later] of ['00:54:00', '00:02:00', '00:01:00'].entries()) {
      await page.clock.fastForward(later);
      await run(page);
      await expect.poll(() => answersTo(page), SOON).toBeGreaterThan(count);
    }
    await answered(page, 'Expenses.Auditor');
    const [first, renewed, kept] = tokens;
    expect([grants, renewed === first, kept === renewed]).toEqual([['refresh_token'], false, true]);
    expect(page.context().pages()).toHaveLength(1);
  });

  it('steps up when the API asks for it', async () => {
    const pay = 'mutation { markExpenseReportPaid(id: "RXhwZW5zZVJlcG9ydDp4") { expenseReport { id } } }';
    const page = await open(`/explorer#query=${encodeURIComponent(pay)}`);
    await signIn(page, 'finn');
    await expect.poll(() => who(page).locator('option:checked').textContent()).toBe('finn@contoso.example');
    const popup = page.waitForEvent('popup');
    await run(page);
    await (await popup).locator('button[name=persona][value=finn]').click();
    await answered(page, '"errors"');
    expect(await page.locator('.result-window').textContent()).not.toContain('INSUFFICIENT_CLAIMS');
  });

  it('shows on the page of permissions what the user may use', async () => {
    const page = await open('/permissions');
    await page.getByText('Who am I?').click();
    await signIn(page, 'ada');
    await expect
      .poll(() => page.locator('.verdict').textContent(), SOON)
      .toMatch(/^Accepted: user .*roles Expenses\.Auditor/);
    expect(await page.locator('thead th').nth(1).textContent()).toBe('you');
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toMatch(
      /eyJ|secret/,
    );
    expect(await violations(page)).toEqual([]);
  });

  it('can begin again when its window was closed', async () => {
    const page = await openExplorer();
    const popup = page.waitForEvent('popup');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await (await popup).close();
    await signIn(page, 'erin');
    await expect.poll(() => who(page).locator('option:checked').textContent()).toBe('erin@contoso.example');
    expect(await page.locator('.sign-in [role=alert]').textContent()).toBe('');
  });

  it('lets the page ask the identity provider, and nothing else', async () => {
    const { headers } = await api.app.inject({ url: '/explorer' });
    expect(headers['content-security-policy']).toContain(`connect-src 'self' ${emulator.instance};`);
    const page = await api.app.inject({ url: '/explorer/signed-in' });
    expect([page.statusCode, page.headers['content-security-policy']]).toEqual([
      200,
      "default-src 'none'; script-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    ]);
  });
});

describe('Apollo Sandbox', () => {
  /** Stands for Apollo's script, which is on the internet. It keeps what the page gives it. */
  const SANDBOX = `window.EmbeddedSandbox = class {
    constructor(options) { window.given = options; options.target.append(document.createElement('iframe')); }
    dispose() {}
  };`;
  const openSandbox = async (look?: BrowserContextOptions) => {
    const page = await open('/graphql', look, (opened) =>
      opened.route(/^https:\/\/embeddable-sandbox\.cdn\./, (route) =>
        route.fulfill({ contentType: 'text/javascript', body: SANDBOX }),
      ),
    );
    await page.locator('main iframe').waitFor();
    return page;
  };
  const choice = (page: Page) => page.getByLabel('Ask as');
  const documentOf = (page: Page): Promise<string> => page.evaluate('given.initialState.document');
  /** Has the page send what Sandbox would: with its headers, and those that a user has written. */
  const rolesFor = (page: Page, own = {}) =>
    page.evaluate(`given.handleRequest(given.initialEndpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...given.initialState.headers, ...${JSON.stringify(own)} },
      body: '{"query":"{ me { roles } }"}',
    }).then((answer) => answer.json()).then(({ data }) => data?.me?.roles ?? 'none')`);

  it('has a document and a token for the chosen person, and does not see the token', async () => {
    const page = await openSandbox();
    expect(await documentOf(page)).toBe(personaDocuments.erin);
    expect(await rolesFor(page)).toEqual([]);
    await choice(page).selectOption('ada');
    expect(await documentOf(page)).toBe(personaDocuments.ada);
    expect(await rolesFor(page)).toEqual(['Expenses.Auditor']);
    expect(await page.evaluate('JSON.stringify([given, { ...localStorage }, { ...sessionStorage }])')).not.toContain(
      'eyJ',
    );
    expect(await page.locator('main iframe').count()).toBe(1);
  });

  it('sends a token that a user has written, and none for the anonymous caller', async () => {
    const page = await openSandbox();
    const own = { Authorization: `Bearer ${await emulator.issueAccessToken('mia')}` };
    expect(await rolesFor(page, own)).toEqual(['Expenses.Approver']);
    await choice(page).selectOption('nobody');
    expect(await rolesFor(page)).toBe('none');
    expect(await documentOf(page)).toContain('query Welcome');
  });

  it('has a bar that is accessible and fits, and says how to get a token', async () => {
    for (const look of LOOKS) {
      const page = await openSandbox(look);
      await page.getByText('Access tokens').click();
      expect(await page.getByRole('link', { name: 'emulator' }).getAttribute('href')).toBe(emulator.httpInstance);
      // The frame stands for Apollo's, which has a title of its own.
      await page.evaluate("document.querySelector('main iframe').title = 'Sandbox'");
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.viewport.width);
      await page.context().close();
    }
  });

  it('offers the explorer without internet', async () => {
    const page = await open('/graphql', LOOKS[1]);
    const link = page.locator('main').getByRole('link', { name: 'explorer' });
    await link.waitFor();
    expect(await violations(page)).toEqual([]);
    await link.click();
    await who(page).waitFor();
  });

  it.each(Object.entries(personaDocuments))('has a document that is right for %s', async (name, query) => {
    const [, operationName] = /(?:query|mutation) (\w+)/.exec(query) ?? [];
    const { status, body } = await api.post(`Bearer ${await emulator.issueAccessToken(name)}`, {
      query,
      operationName,
    });
    const codes = new Set(body.errors?.map(({ extensions }) => extensions.code));
    const expected = { erin: ['FORBIDDEN'], finn: ['INSUFFICIENT_CLAIMS'] };
    expect([status, [...codes]]).toEqual([200, Object(expected)[name] ?? []]);
  });
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

  it.each(['nobody', '', null, 7, ['erin'], { toString: 'erin' }])('does not know the persona %j', async (persona) => {
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
