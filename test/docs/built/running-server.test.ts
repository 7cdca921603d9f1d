import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kind, parse, print } from 'graphql';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultServerFolder } from '../../../src/development/postgres/server-folder.js';
import { findServerUser } from '../../../src/development/postgres/server-user.js';
import { startChromium } from '../../support/browser.js';
import { project } from '../../support/built-project.js';
import { type Command, freePorts, runFromSources, until } from '../../support/command.js';
import { blocksIn, type CodeBlock } from '../code-blocks.js';
import { commandsOf } from '../shell-words.js';

/** The pages show these. `npm run docs:screenshots` makes them anew, and a plain run keeps them apart. */
const SCREENSHOTS = join(project, ...(process.env.SCREENSHOTS ? ['docs', 'screenshots'] : ['reports', 'screenshots']));

/** Calls that ask `npm run dev` or read the schema, and change nothing. */
const HARMLESS =
  /^(?:curl -s .*graphql|npm run -s token|npx tsx src\/main\.ts (?:permissions|registration|doctor)|echo)|^$/;

/** Files and branches that a reader has, and a clone has not. */
const READER_TEXTS = /…|<|\.json|ENTRA_/;

const shell = promisify(execFile);
let folder: string;
let dev: Command;
let browser: Browser;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-docs-'));
  port = await freePorts();
  const authorities = await writeExample('authorities.json', '"instance": "http://127.0.0.1:4001"');
  const people = await writeExample('people.json', '"name": "cara"');
  const settings = { PORT: String(port), ENTRA_AUTHORITIES: authorities };
  dev = runFromSources(['dev', '--personas', people], folder, settings);
  browser = await startChromium();
  await until(() => dev.output().includes('a token for'), dev.output, 180_000);
}, 240_000);
afterAll(async () => {
  dev?.signal('SIGINT');
  await Promise.all([dev?.exited, browser?.close()]);
  for (const made of [folder, defaultServerFolder(folder, findServerUser())]) {
    await rm(made, { recursive: true, force: true });
  }
});

/** Writes the file of docs/several-authorities.md that has this text, for the command that the page runs with it. */
async function writeExample(name: string, text: string): Promise<string> {
  const [block] = blocksIn('json').filter(
    ([place, { text: json }]) => place.includes('several-authorities') && json.includes(text),
  );
  if (!block) throw new TypeError(`the page has no ${name}`);
  await writeFile(join(folder, name), atPorts(block[1].text));
  return join(folder, name);
}

function atPorts(text: string): string {
  return text.replaceAll(':4000', `:${port}`).replaceAll(':4001', `:${port + 1}`);
}

/** Runs a block of a page with the addresses of this server. There may be no branch `main` here. */
async function runBlock(text: string): Promise<string> {
  const here = atPorts(text)
    .replaceAll('diff main', 'diff HEAD')
    .replace('permissions.html', join(folder, 'permissions.html'));
  const { stdout } = await shell('bash', ['-e', '-c', here], {
    cwd: project,
    env: { ...process.env, PORT: String(port) },
    maxBuffer: 10_000_000,
  });
  return stdout;
}

const isHarmless = ([, { text }]: [string, CodeBlock]) =>
  commandsOf(text).length > 0 && commandsOf(text).every(({ words }) => HARMLESS.test(words.join(' ')));
const commands = blocksIn('sh').map(withoutLinesOfReaders).filter(isHarmless);

describe('screenshots for the pages', () => {
  it('shows the explorer as erin, with the reason of a denied field', async () => {
    const query = print(parse('{ expenseReports(first: 1) { nodes { title status riskScore } } }'));
    const page = await open(`/explorer#query=${encodeURIComponent(query)}`);
    await page.getByLabel('Signed in as').selectOption('erin');
    await page.locator('.graphiql-execute-button').click();
    await expect
      .poll(() => page.locator('.result-window').textContent(), { timeout: 60_000 })
      .toContain('Expenses.Auditor');
    await keep(page, 'explorer.png');
  });

  it('shows who may use what', async () => {
    const page = await open('/permissions');
    await page.locator('tr[data-field]').first().waitFor();
    await keep(page, 'permissions.png');
  });

  it('shows the people of the emulator', async () => {
    const page = await open('/', port + 1);
    await page.getByText('Erin Engel').first().waitFor();
    await keep(page, 'emulator.png');
  });
});

describe('against `npm run dev`', () => {
  it.each(commands)(
    '%s runs',
    async (_place, { text }) => {
      const output = await runBlock(text);
      expect(output).not.toMatch(/GRAPHQL_VALIDATION_FAILED|INTERNAL_SERVER_ERROR|UNAUTHENTICATED/);
      if (text.includes('curl')) expect(JSON.parse(output)).toHaveProperty('data');
    },
    60_000,
  );

  it('finds most kinds of commands among these', () => {
    const pages = new Set(commands.map(([, { page }]) => page));
    expect([...pages]).toEqual(expect.arrayContaining(['README.md', 'docs/getting-started.md', 'docs/recipes.md']));
  });

  it.each(operations())(
    '%s is answered, or denied to erin',
    async (_place, query) => {
      const token = (await runBlock('npm run -s token -- erin')).trim();
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables: { employee: 'RW1wbG95ZWU6MQ' } }),
      });
      const { data, errors = [] } = (await response.json()) as { data?: unknown; errors?: { extensions: unknown }[] };
      if (errors.length === 0) expect(data).toBeTypeOf('object');
      for (const { extensions } of errors) expect(extensions).toMatchObject({ code: 'FORBIDDEN' });
    },
    60_000,
  );
});

async function open(path: string, at = port): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1120, height: 700 } });
  await page.goto(`http://127.0.0.1:${at}${path}`);
  return page;
}

async function keep(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  const image = await page.screenshot({ path: join(SCREENSHOTS, name) });
  expect(image.byteLength).toBeGreaterThan(10_000);
  await page.context().close();
}

/** A command over several lines is left out as a whole, and its block with it. */
function withoutLinesOfReaders([place, block]: [string, CodeBlock]): [string, CodeBlock] {
  if (READER_TEXTS.test(block.text) && /[|\\]$/m.test(block.text)) return [place, { ...block, text: '' }];
  const lines = block.text.split('\n').filter((line) => !READER_TEXTS.test(line));
  return [place, { ...block, text: lines.join('\n') }];
}

/** The operations of the pages. */
function operations(): [string, string][] {
  return blocksIn('graphql')
    .filter(([, { text }]) => !text.includes('…'))
    .filter(([, { text }]) => parse(text).definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION))
    .map(([place, { text }]) => [place, text]);
}
