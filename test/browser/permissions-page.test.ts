import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeExecutableSchema } from '@graphql-tools/schema';
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileRequirements } from '../../src/authorization/rules/compile-requirements.js';
import { sampleCallers } from '../../src/cli/token/persona-caller.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { buildAccessView } from '../../src/explorer/permissions/access-view.js';
import { renderPermissionsFile } from '../../src/explorer/permissions/permissions-file.js';
import { readSchemaFiles } from '../../src/graphql/schema/schema-files.js';
import { startApi, type TestApi } from '../support/api.js';
import { startChromium } from '../support/browser.js';

const personas = sampleCallers(emulatorSettings.personas, emulatorSettings.clients[0].clientId);
const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
] as const;

let api: TestApi;
let closed: TestApi;
let browser: Browser;
let context: BrowserContext | undefined;
let folder: string;
let file: string;

beforeAll(async () => {
  [api, closed, browser, folder] = await Promise.all([
    startApi({}, { personas }),
    startApi({ PERMISSIONS_PAGE_ROLE: 'Expenses.Auditor', EXPLORER: 'off' }),
    startChromium(),
    mkdtemp(join(tmpdir(), 'entra-graphql-permissions-')),
  ]);
  await Promise.all([api, closed].map(({ app }) => app.listen({ host: '127.0.0.1', port: 0 })));
  const typeDefs = readSchemaFiles(new URL('../../schema/expenses/', import.meta.url));
  const table = compileRequirements(makeExecutableSchema({ typeDefs }), undefined, typeDefs);
  file = join(folder, 'permissions.html');
  await writeFile(file, renderPermissionsFile(buildAccessView(table, personas)));
});
afterEach(() => context?.close());
afterAll(async () => {
  await browser?.close();
  await Promise.all([api?.close(), closed?.close(), folder && rm(folder, { recursive: true })]);
});

const addressOf = ({ app }: TestApi) => `${app.listeningOrigin}/permissions`;

/** Opens the page. Its scripts must not meet an error, and it must not send anything elsewhere. */
async function open(address: string, options: BrowserContextOptions = {}): Promise<Page> {
  context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  const { origin, protocol } = new URL(address);
  page.on('request', (request) => {
    const isOwn = protocol === 'file:' ? request.url() === address : request.url().startsWith(`${origin}/`);
    if (!isOwn) throw new Error(`The page asked for ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

const shownFields = (page: Page): Promise<string[]> =>
  page.evaluate("[...document.querySelectorAll('tr[data-field]:not([hidden])')].map((row) => row.dataset.field)");
async function cell(page: Page, field: string, caller: string): Promise<Locator> {
  const heads: string[] = await page.evaluate(
    "[...document.querySelectorAll('thead th')].map((head) => head.dataset.name)",
  );
  return page.locator(`tr[data-field="${field}"] > *`).nth(heads.indexOf(caller));
}
const detail = (page: Page) => page.locator('.detail').textContent();
const show = (page: Page, choice: string) => page.getByLabel('Show').selectOption({ value: choice });

async function paste(page: Page, token: string): Promise<string> {
  if ((await page.locator('.who[open]').count()) === 0) await page.getByText('Who am I?').click();
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Show what it may use' }).click();
  const verdict = page.locator('.verdict');
  await verdict.locator('p').first().waitFor();
  return (await verdict.textContent()) ?? '';
}

describe('the permissions page', () => {
  it('is accessible and fits, light and wide or dark and narrow', async () => {
    for (const [look, address] of [
      [LOOKS[0], pathToFileURL(file).href],
      [LOOKS[1], addressOf(api)],
    ] as const) {
      const page = await open(address, look);
      expect([address, await violations(page)]).toEqual([address, []]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.viewport.width);
      expect(await shownFields(page)).toContain('ExpenseReport.auditTrail');
      await page.context().close();
    }
  });

  it('says why a cell is as it is, on hover and by keyboard', async () => {
    const page = await open(addressOf(api));
    await (await cell(page, 'ExpenseReport.auditTrail', 'erin')).hover();
    expect(await detail(page)).toBe('ExpenseReport.auditTrail, erin: denied: needs role Expenses.Auditor');
    await page.locator('thead th').first().focus();
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    expect(await detail(page)).toMatch(/^Query\.employee, nobody: denied: needs an access token/);
    await page.keyboard.press('ArrowLeft');
    expect(await detail(page)).toMatch(/^Query\.employee: Needs scope/);
    await page.keyboard.press('End');
    expect(await detail(page)).toBe('Query.employee, export-job: allowed');
  });

  it('opens a query for a field in the explorer, by Enter too', async () => {
    const page = await open(addressOf(api));
    const head = page.locator('tr[data-field="ExpenseReport.auditTrail"] > th');
    await head.focus();
    await head.press('Enter');
    await page.waitForURL('**/explorer#query=*', { waitUntil: 'commit' });
    const { pathname, search, hash } = new URL(page.url());
    expect([pathname, search]).toEqual(['/explorer', '']);
    const query = new URLSearchParams(hash.slice(1)).get('query') ?? '';
    expect(query.replace(/\s+/g, ' ')).toMatch(/^query \(\$id: ID!\) { .* { auditTrail { .* } } } $/);
  });

  it('has no such links without an explorer', async () => {
    const { body } = await closed.app.inject({
      url: '/permissions/caller',
      headers: { authorization: `Bearer ${await closed.emulator.issueAccessToken('ada')}` },
    });
    expect(JSON.parse(body).page).toContain('auditTrail');
    expect(body).not.toContain('/explorer');
  });

  it('filters by text and by what a caller may use', async () => {
    const page = await open(addressOf(api));
    await page.getByLabel('Find a field').fill('audittrail');
    expect(await shownFields(page)).toEqual(['ExpenseReport.auditTrail']);
    await page.getByLabel('Find a field').fill('Mutation.');
    await show(page, 'may:ada');
    expect(await shownFields(page)).toEqual([]);
    await show(page, 'not:mia');
    expect(await shownFields(page)).toEqual(['Mutation.markExpenseReportPaid']);
    await page.getByLabel('Find a field').fill('Query.');
    await show(page, 'kind:application');
    expect(await shownFields(page)).not.toContain('Query.expenseReports(authorId:)');
    await show(page, 'none');
    expect(await page.getByRole('status').first().textContent()).toMatch(/^0 of \d+ fields$/);
  });

  it('compares two callers', async () => {
    const page = await open(addressOf(api));
    await page.getByLabel('Compare').selectOption('finn');
    await page.getByLabel('with', { exact: true }).selectOption('finn+c1');
    const differing = await shownFields(page);
    expect(differing).toContain('Mutation.markExpenseReportPaid');
    expect(differing).not.toContain('Query.me');
    expect(await page.locator('thead th:not([hidden])').allTextContents()).toEqual(['Field', 'finn', 'finn+c1']);
  });

  it('shows what a pasted token may use, and forgets the token', async () => {
    const page = await open(addressOf(api));
    const token = await api.emulator.issueAccessToken('ada');
    expect(await paste(page, token)).toMatch(/^Accepted: user .*roles Expenses\.Auditor/);
    await (await cell(page, 'Mutation.createExpenseReport', 'you')).hover();
    expect(await detail(page)).toBe('Mutation.createExpenseReport, you: denied: needs scope Expenses.ReadWrite');
    await page.getByLabel('Compare').selectOption('you');
    await page.getByLabel('with', { exact: true }).selectOption('ada');
    expect(await shownFields(page)).toEqual([]);
    const signature = token.split('.')[2] ?? '';
    expect(await page.content()).not.toContain(signature);
    expect(await page.getByLabel('Access token').inputValue()).toBe('');
    expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).toBe('[{},{}]');
  });

  it('says what is wrong with a token, check for check', async () => {
    const page = await open(addressOf(api));
    const token = await api.emulator.issueAccessToken('ada', { audience: 'api://another' });
    const verdict = await paste(page, token);
    expect(verdict).toMatch(/✕ failaud/);
    expect(verdict).toMatch(/✓ pass/);
  });
});

describe('the permissions page with PERMISSIONS_PAGE_ROLE', () => {
  it('is empty for everybody who has shown no token with the role', async () => {
    const page = await open(addressOf(closed), LOOKS[0]);
    expect(await page.content()).not.toContain('auditTrail');
    expect(await paste(page, await closed.emulator.issueAccessToken('erin'))).toBe(
      'This page is for users with another role.',
    );
    expect(await page.content()).not.toContain('auditTrail');
    expect(await violations(page)).toEqual([]);
  });

  it('shows the kinds of caller to a user with the role, and no persona', async () => {
    const page = await open(addressOf(closed));
    expect(await paste(page, await closed.emulator.issueAccessToken('ada'))).toMatch(/^Accepted/);
    const heads = await page.locator('thead th').allTextContents();
    expect(heads).toContain('role Expenses.Auditor');
    expect(heads).not.toContain('ada');
  });
});
