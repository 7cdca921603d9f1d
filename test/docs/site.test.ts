import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { addressOf, LANDING, PAGES, SECTIONS } from './site-pages.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('each page of docs/ stands once in the sidebar of the site', () => {
  const files = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const listed = PAGES.filter((file) => dirname(file) === 'docs');
  expect([...listed].sort()).toEqual(files.map((name) => `docs/${name}`).sort());
});

it('each entry of the sidebar has a page with an address of its own', () => {
  const entries = SECTIONS.flatMap(({ pages }) => pages);
  expect(PAGES).toEqual([LANDING, ...entries.map(({ file }) => file)]);
  expect(PAGES.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  expect(new Set(PAGES.map(addressOf)).size).toBe(PAGES.length);
});

it('the landing page leads to each page of docs/', () => {
  const landing = read(LANDING);
  const pages = PAGES.filter((file) => dirname(file) === 'docs' && file !== LANDING);
  expect(pages.filter((file) => !landing.includes(`(${file.slice('docs/'.length)})`))).toEqual([]);
});

it.each(PAGES)('%s has tables whose rows have as many cells as their head', (page) => {
  const tables = withoutBlocks(read(page)).match(/(?:^\|.*\n?)+/gm) ?? [];
  for (const table of tables) {
    const [head = 0, ...rows] = table.trimEnd().split('\n').map(countCells);
    expect(new Set([head, ...rows]), table).toEqual(new Set([head]));
  }
});

it.each(PAGES)('%s has no angle bracket that would begin an element', (page) => {
  const text = withoutBlocks(read(page)).replaceAll(/`[^`]*`|<!--.*?-->|<(?:https?|ws):[^>]+>/gs, '');
  expect(text.match(/<\/?[a-z].{0,60}/gi) ?? []).toEqual([]);
});

/** A `|` within code ends a cell too, and only a backslash keeps it. */
function countCells(row: string): number {
  return row.replaceAll('\\|', '').split('|').length;
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^ *```.*?^ *```$/gms, '');
}

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}
