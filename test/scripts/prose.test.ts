import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../scripts/prose.mjs', import.meta.url));

function report(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'prose-'));
  try {
    writeFileSync(join(folder, 'a.ts'), source);
    return execFileSync(process.execPath, [program, folder], { encoding: 'utf8' }).replaceAll(`${folder}/`, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('counts docstrings, sentences and their commas, colons and semicolons', () => {
  const output = report(`
/** Returns a key. It is new, small and fast; see RFC 7519 s.4.1. */
const a = 1; // a comment, which is no docstring
/**
 * A limit: \`{a, b}\` of {@link https://example.com, a page}.
 *
 * @param {{ a: { b: number }, c: string }} value of a type
 * @throws TypeError when there is none, or two
 */
`);
  expect(output).toContain('2 docstrings with 5 sentences');
  expect(output).toContain('0.0 % begin with What, Who, Where, Of or To (0;');
  expect(output).toContain('0.80 commas, colons and semicolons for each sentence');
});

it('names the place of each beginning and turn of phrase that is better replaced', () => {
  const output = report(`/** What a caller needs. */
/** Whatever a caller needs. */
// nobody is told
const nobody = 'nobody';
`);
  expect(output).toContain('a.ts:1: begins with "What a caller needs."');
  expect(output).toContain('a.ts:3: "nobody" in "// nobody is told"');
  expect(output).toContain('50.0 % begin with What, Who, Where, Of or To (1;');
  expect(output).toContain('2 turns of phrase to replace: nobody 1, is told 1');
});
