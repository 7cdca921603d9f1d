import { parseSync } from 'oxc-parser';
import { expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { blocksIn, codeBlocks } from './code-blocks.js';
import { exportsOf, importsOf } from './script-blocks.js';

/** Languages, each with the test that checks its blocks, or why none does. */
const LANGUAGES: Readonly<Record<string, string>> = {
  graphql: 'graphql-blocks.test.ts',
  js: 'here, and built/scripts.test.ts',
  json: 'here',
  mermaid: 'built/site.test.ts draws it',
  nginx: 'bench/replicas runs one like it',
  rust: 'a script of Apollo Router, which is not in the tests',
  sh: 'shell-blocks.test.ts, and built/commands.test.ts',
  sql: 'database-blocks.test.ts',
  text: 'is not code',
  ts: 'here, and built/scripts.test.ts',
  yaml: 'here',
};

it('every block has a language whose blocks are checked', () => {
  const others = codeBlocks.filter(({ language }) => !(language in LANGUAGES)).map(({ place }) => place);
  expect(others).toEqual([]);
  expect(codeBlocks.filter(({ language }) => language === 'rust')).toHaveLength(1);
});

it.each(blocksIn('json'))('%s is JSON', (_place, { text }) => {
  expect(JSON.parse(text.replaceAll(/, …/g, ''))).toBeTypeOf('object');
});

it.each(blocksIn('yaml'))('%s is YAML', (_place, { text }) => {
  expect(parseYaml(text)).toBeTypeOf('object');
});

it.each(blocksIn('js', 'ts'))('%s is a script, and imports what this package exports', async (place, { text }) => {
  const { program, errors } = parseSync(`${place}.ts`, text, { lang: 'ts', sourceType: 'module' });
  const asObject = parseSync(`${place}.ts`, `export default {\n${text.replaceAll('…', '')}\n}`, { lang: 'ts' });
  expect([errors, asObject.errors].map(({ length }) => length)).toContain(0);
  for (const [name, names] of importsOf(program)) expect(await exportsOf(name)).toEqual(expect.arrayContaining(names));
});
