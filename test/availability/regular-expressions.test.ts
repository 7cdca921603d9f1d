import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { withoutSuggestion } from '../../src/graphql/introspection/introspection.js';

const run = promisify(execFile);

describe('the check of regular expressions', () => {
  it.each([
    ['const a = <b>{/^[a-z]+$/}</b>;', 'a.tsx:1 /^[a-z]+$/\n1 regular expressions take linear time'],
    ['const a = (text: string) => text.replace(/\\s*Did you mean .*\\?$/s, "");', '2nd degree polynomial'],
    ['const a = /^(a+)+$/;', 'exponential'],
    ['const a = new RegExp(process.argv[2]);', 'write a literal'],
    ['const a = RegExp("(a+)+$");', 'write a literal'],
    ['const a = (text: string) => text.match("(a+)+$");', 'write a literal'],
  ])('says of %s: %s', async (code, said) => {
    expect(await check(code)).toContain(said);
  });
});

describe('a suggestion of graphql-js', () => {
  it.each([
    ['Cannot query field "a" on type "B". Did you mean "c" or "d"?', 'Cannot query field "a" on type "B".'],
    ['Value "A. Did you mean B?" is not "C". Did you mean "D"?', 'Value "A. Did you mean B?" is not "C".'],
    [`Cannot query field "a".${' '.repeat(100_000)}`, `Cannot query field "a".${' '.repeat(100_000)}`],
  ])('is cut off its message', (message, expected) => {
    expect(withoutSuggestion(message)).toBe(expected);
  });
});

/** Returns the output of the check for a folder with this one file. */
async function check(code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'regular-expressions-'));
  try {
    await writeFile(join(folder, 'a.tsx'), code);
    const { stdout } = await run(process.execPath, ['scripts/check-regular-expressions.mjs', '--list', folder]);
    return stdout;
  } catch (error) {
    return String(Object(error).stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
}
