import { readFileSync } from 'node:fs';

/** A case that the product has to get right, as a row of a table. */
export interface Case {
  readonly number: number | string;
  readonly situation: string;
  readonly expected: string;
  /**
   * Tests that show it: the end of a file's path, ` > `, and words in the title of a test or of a group. `%s` and the like
   * stand for anything.
   */
  readonly shownBy: readonly string[];
}

export const TABLES = ['conformance/token-cases.json', 'authorization/field-cases.json'] as const;

export function readCases(table: (typeof TABLES)[number]): readonly Case[] {
  return JSON.parse(readFileSync(new URL(`../../${table}`, import.meta.url), 'utf8'));
}

/** Splits the name of a test in a row. */
export function namedTest(shownBy: string): { readonly file: string; readonly title: string } {
  const [file = '', ...title] = shownBy.split(' > ');
  return { file, title: title.join(' > ') };
}

/** Tells whether a test's file is the one that a row names by the end of its path. */
export function isFile(path: string, file: string): boolean {
  return `/${path}`.endsWith(`/${file}`);
}

/** Tells whether a test with this full name has the title, or is in a group that has it. */
export function hasTitle(fullName: string, title: string): boolean {
  const texts = title.split(/%[sdifjo#]|\$\w+/).map((text) => text.replaceAll('%%', '%'));
  return fullName.split(' > ').some((part) => {
    let from = 0;
    for (const text of texts) {
      const at = part.indexOf(text, from);
      if (at < 0) return false;
      from = at + text.length;
    }
    return true;
  });
}
