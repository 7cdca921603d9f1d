import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from '../../support/browser.js';
import { project } from '../../support/built-project.js';
import { addressOf, PAGES } from '../site-pages.js';
import { dist, type SiteServer, serveSite } from './site-server.js';

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 740 };
const LOOKED_AT = ['/', '/getting-started', '/concepts', '/configuration', '/performance'];

let site: SiteServer;
let browser: Browser;
let context: BrowserContext | undefined;

beforeAll(async () => {
  [site, browser] = await Promise.all([serveSite(), startChromium()]);
});
afterEach(() => context?.close());
afterAll(async () => {
  await Promise.all([browser?.close(), site?.close()]);
});

/** Opens a page. Its scripts must not meet an error, and it must not send anything elsewhere. */
async function open(address: string, options: BrowserContextOptions = {}): Promise<Page> {
  context = await browser.newContext({ viewport: WIDE, ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    throw error;
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${site.origin}/`) && !url.startsWith('data:')) throw new Error(`The page asked for ${url}`);
  });
  await visit(page, address);
  return page;
}

async function visit(page: Page, address: string): Promise<void> {
  await page.goto(`${site.origin}${address === '/' ? '/' : `${address}.html`}`, { waitUntil: 'networkidle' });
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

const pagesOfSite = async () => (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.html'));

describe('the built site', () => {
  it('has the pages of the list and a page for what is not found', async () => {
    const listed = PAGES.map((file) => `${addressOf(file).slice(1) || 'index'}.html`);
    expect((await pagesOfSite()).sort()).toEqual([...listed, '404.html'].sort());
  });

  it('has a heading for each link to one', async () => {
    const texts = new Map<string, string>();
    for (const name of await pagesOfSite()) texts.set(`/${name}`, await readFile(join(dist, name), 'utf8'));
    const links = [...texts].flatMap(([from, text]) =>
      [...text.matchAll(/href="([^"#:]*)#([^"]+)"/g)].map(([, to, anchor = '']) => ({
        from,
        to: to || from,
        anchor: decodeURIComponent(anchor),
      })),
    );
    expect(links.length).toBeGreaterThan(100);
    const isMissing = ({ to, anchor }: (typeof links)[number]) => !texts.get(to)?.includes(`id="${anchor}"`);
    expect(links.filter(isMissing)).toEqual([]);
  });

  it('opens each page without an error, a request elsewhere, or a width above that of a telephone', async () => {
    const page = await open('/', { viewport: NARROW });
    const wide: string[] = [];
    for (const address of PAGES.map(addressOf)) {
      await visit(page, address);
      const width: number = await page.evaluate('document.documentElement.scrollWidth');
      if (width > NARROW.width) wide.push(`${address}: ${width}`);
    }
    expect(wide).toEqual([]);
  }, 240_000);

  it('leads from the landing page to the first answer', async () => {
    const page = await open('/');
    await page.getByRole('link', { name: 'Getting started', exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Getting started' }).waitFor();
  });

  it('finds a word and follows the result', async () => {
    const page = await open('/');
    await page.getByRole('button', { name: 'Search' }).first().click();
    await page.getByRole('searchbox').fill('AUDIENCE_MISMATCH');
    const result = page.locator('.VPLocalSearchBox .result').first();
    await result.waitFor();
    await result.click();
    await page.waitForURL(/token-errors|troubleshooting/);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.locator('main').innerText()).toContain('AUDIENCE_MISMATCH');
  });

  it('draws each diagram, in the colours of the page', async () => {
    const source = await readFile(join(project, 'docs', 'concepts.md'), 'utf8');
    const diagrams = source.match(/^```mermaid$/gm) ?? [];
    const page = await open('/concepts');
    await page
      .locator('.diagram svg')
      .nth(diagrams.length - 1)
      .waitFor();
    expect(await page.locator('.diagram svg').count()).toBe(diagrams.length);
    expect(await page.locator('.diagram svg > title').count()).toBe(diagrams.length);
    const light = await page.locator('.diagram').first().innerHTML();
    await page.locator('.VPNavBarAppearance button').click();
    await expect.poll(() => page.locator('.diagram').first().innerHTML()).not.toBe(light);
  });

  it.each(LOOKED_AT)('has no fault that axe finds on %s, light and wide or dark and narrow', async (address) => {
    for (const options of [{ viewport: WIDE }, { viewport: NARROW, colorScheme: 'dark' as const }]) {
      const page = await open(address, options);
      expect(await violations(page)).toEqual([]);
      await context?.close();
    }
  });
});
