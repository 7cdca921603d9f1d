import { parseSync } from 'oxc-parser';
import { expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
// @ts-expect-error -- plain JavaScript: the benchmark is a package of its own
import * as balancer from '../../bench/replicas/balancer.mjs';
import { blocksIn, codeBlocks } from './code-blocks.js';
import { exportsOf, importsOf } from './script-blocks.js';

const { nginx } = balancer as { nginx(port: number, ports: readonly number[]): string };

/** Languages, each with the test that checks its blocks, or why none does. */
const LANGUAGES: Readonly<Record<string, string>> = {
  graphql: 'graphql-blocks.test.ts',
  js: 'here, and built/scripts.test.ts',
  json: 'here',
  mermaid: 'built/site.test.ts draws it',
  nginx: 'here, and bench/replicas runs it',
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

it('the configuration of nginx is the one that bench/replicas runs', () => {
  expect(blocksIn('nginx')).toHaveLength(1);
  expect(nginx(80, [81])).toContain(`
  server 127.0.0.1:81 max_fails=1 fail_timeout=10s;
  server 127.0.0.1:81 backup max_fails=0;
`);
});
