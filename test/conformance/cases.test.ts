import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isFile, namedTest, readCases, TABLES } from '../support/vitest/cases.js';

const testFolder = new URL('../', import.meta.url);
const tokenCases = readCases('conformance/token-cases.json');
const fieldCases = readCases('authorization/field-cases.json');

const SOURCES = readdirSync(testFolder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules'))
  .map((path) => ({ path, text: readFileSync(new URL(path, testFolder), 'utf8').replaceAll("\\'", "'") }));

describe.each(TABLES)('%s', (table) => {
  it('says for each case what is expected and which tests show it', () => {
    for (const { number, situation, expected, shownBy } of readCases(table)) {
      expect([number, situation, expected]).not.toContain('');
      expect(shownBy, String(number)).not.toEqual([]);
    }
  });

  it('has each case once', () => {
    const numbers = readCases(table).map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)]);
  });

  // Whether they run is seen at the end of a run, by `support/case-reporter.ts`.
  it('names tests that are there', () => {
    const missing = readCases(table)
      .flatMap(({ shownBy }) => shownBy)
      .filter((shown) => {
        const { file, title } = namedTest(shown);
        const [source, ...others] = SOURCES.filter(({ path }) => isFile(path, file));
        return others.length > 0 || !source?.text.includes(title);
      });
    expect(missing).toEqual([]);
  });
});

it('the cases of access tokens are complete', () => {
  expect(tokenCases.map(({ number }) => number)).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
});

/** Lists of cases that are kept beside some checkouts. The tables are held to them where they are there. */
const listFolder = new URL('../../shared/reference/', testFolder);
const LISTS = [
  { list: 'token-cases.md', cases: tokenCases, sharesWords: [54] },
  { list: 'field-authorization-cases.md', cases: fieldCases, sharesWords: ['T40', 'T41', 'T42'] },
].filter(({ list }) => existsSync(new URL(list, listFolder)));

/** Numbers of cases that came with this product's own rules and are on no list. */
const ADDED = /^O\d+$/;

it('cases are those of the lists that they come from', () => {
  for (const { list, cases, sharesWords } of LISTS) {
    const text = readFileSync(new URL(list, listFolder), 'utf8').replaceAll(/\s+/g, ' ');
    const listed = cases.filter(({ number }) => !ADDED.test(String(number)));
    const own = listed.filter(({ number }) => !(sharesWords as (number | string)[]).includes(number));
    expect(own.filter(({ situation }) => !text.includes(situation))).toEqual([]);
    expect(numbersIn(text).filter((number) => !cases.some((each) => String(each.number) === number))).toEqual([]);
  }
});

/** Finds numbers of cases as the lists write them: after a dot in the middle of the line, or with a letter. */
function numbersIn(text: string): string[] {
  const isOfTokens = text.startsWith('# What a perfect validator');
  const pattern = isOfTokens ? /(?<=· )\d{1,3}(?= )/g : /\b[TA]\d{1,2}\b/g;
  return [...text.matchAll(pattern)].map(([number]) => number);
}
