import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of a page. */
export interface CodeBlock {
  /** Page and line, such as `docs/groups.md:5`. */
  readonly place: string;
  readonly page: string;
  /** The first word behind the fence. Empty without one. */
  readonly language: string;
  /** The text without the indentation of the fence. */
  readonly text: string;
}

const pages = [
  ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Every block of the README and of each page of `docs/`. */
export const codeBlocks: readonly CodeBlock[] = pages.flatMap(blocksOf);

/** Returns the blocks of these languages with their places, for `it.each`. */
export function blocksIn(...languages: readonly string[]): [string, CodeBlock][] {
  return codeBlocks.filter(({ language }) => languages.includes(language)).map((block) => [block.place, block]);
}

function blocksOf(page: string): CodeBlock[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^( *)```(\S*)[^\n]*\n(.*?)^ *```$/gms)].map((found) => {
    const [, indentation = '', language = '', content = ''] = found;
    const place = `${page}:${text.slice(0, found.index).split('\n').length}`;
    return { place, page, language, text: content.replaceAll(new RegExp(`^${indentation}`, 'gm'), '') };
  });
}
