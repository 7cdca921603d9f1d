import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildASTSchema, concatAST, parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { failureCatalogue } from '../../src/authentication/refusals/failure-catalogue.js';
import { toDenialError } from '../../src/authorization/decisions/denial.js';
import { ERROR_CODES } from '../../src/graphql/error-codes.js';
import { readSchemaFiles } from '../../src/graphql/schema/schema-files.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = [
  ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

it.each(pages)('%s links to files and headings that exist', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  for (const [link, path = '', anchor] of links) {
    const target = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(root, target)), `${link} in ${page}`).toBe(true);
    if (anchor) expect(anchors(target), `${link} in ${page}`).toContain(anchor);
  }
});

it('each query in a command can be asked', () => {
  const schema = buildASTSchema(concatAST(readSchemaFiles(new URL('../../schema/expenses/', import.meta.url))));
  const queries = pages.flatMap((page) =>
    [...read(page).matchAll(/-d '(\{"query":.*?\})'/g)].map(([, body = '']) => body),
  );
  expect(queries.length).toBeGreaterThan(1);
  for (const body of queries) expect(validate(schema, parse(JSON.parse(body).query)), body).toEqual([]);
});

it('the README fits on a few screens', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(150);
});

it('every page of docs/ is linked from the README', () => {
  const linked = pages.filter((page) => page.startsWith('docs/') && read('README.md').includes(`(${page})`));
  const others = ['docs/index.md', 'docs/mutation-testing.md'];
  expect([...linked, ...others].sort()).toEqual(pages.filter((page) => page.startsWith('docs/')).sort());
});

it('every code that the server answers with is described', () => {
  const rooms = ['app.ts', 'authorization', 'database', 'downstream', 'graphql', 'http'];
  const sent = rooms.flatMap(sources).flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    const codes = /extensions: \{[^}]*?code: '([A-Z_]+)'|refusal\(\d+, '([A-Z_]+)'/g;
    return [...text.matchAll(codes)].map(([, first, second]) => first ?? second);
  });
  expect(sent.length).toBeGreaterThan(10);
  expect(Object.keys(ERROR_CODES)).toEqual(expect.arrayContaining([...new Set(sent)]));
});

it('the first table of troubleshooting has the first words of every refused token and every denial', () => {
  const [table = ''] = read('docs/troubleshooting.md').split('\n## ');
  const seen = [...table.matchAll(/^\|(.*?) \| /gm)].map(([, cell = '']) => cell).join(' ');
  const beginnings = [...seen.matchAll(/`([^`]+?)(?: …)?`/g)].map(([, text = '']) => text);
  const codes = ['UNAUTHENTICATED', 'FORBIDDEN', 'INSUFFICIENT_CLAIMS', 'SERVICE_UNAVAILABLE'] as const;
  const denials = codes.map((code) =>
    toDenialError({ coordinate: 'Query.me', code, missing: [], path: ['me'] }, { hints: true }, []),
  );
  const messages = [
    ...denials.map(({ message }) => message),
    ...Object.values(failureCatalogue).map(({ wireMessage }) => wireMessage),
  ];
  for (const message of messages)
    expect(
      beginnings.some((text) => message.startsWith(text)),
      message,
    ).toBe(true);
});

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

/** Returns the anchors that GitHub gives the headings of a page. */
function anchors(page: string): string[] {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function sources(name: string): string[] {
  const path = join(root, 'src', name);
  if (name.endsWith('.ts')) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(path, file));
}
