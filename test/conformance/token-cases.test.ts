import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const CASES = 150;
const tests = fileURLToPath(new URL('../', import.meta.url));

/** `'7, 9 never reads …'`: the name of a test, or the first cell of a row that is put in one. */
const NAMES = /(?:^ *\[?|\b(?:it|describe)\(|\)\()['"`](\d{1,3}(?:, \d{1,3})*) (?=[\w{%].*['"`])/gm;
/** `['44', 'cty', …]`: a row whose first cell is the case alone. */
const ROWS = /^ *\['(\d{1,3})', /gm;

function casesIn(source: string): number[] {
  const lists = [...source.matchAll(NAMES), ...source.matchAll(ROWS)].map(([, list = '']) => list);
  return lists.flatMap((list) => list.split(', ')).map(Number);
}

it('each case of access tokens is in the name of a test', () => {
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  const named = new Set(files.flatMap((name) => casesIn(readFileSync(join(tests, name), 'utf8'))));
  const missing = Array.from({ length: CASES }, (_, index) => index + 1).filter((number) => !named.has(number));
  expect(missing).toEqual([]);
});
