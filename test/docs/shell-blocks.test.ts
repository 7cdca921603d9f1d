import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { LIMIT_SETTING_NAMES, SETTING_NAMES } from '../../src/config/settings.js';
import { runInTerminal } from '../support/terminal.js';
import { blocksIn } from './code-blocks.js';
import { commandsOf, type ShellCommand } from './shell-words.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Commands of npm itself, and of a project that `init` has written. */
const NPM_COMMANDS = ['ci', 'install', 'prune', 'test', 'start', 'pack'];

/** Variables that other programs read or a page itself sets. */
const OTHER_VARIABLES = [
  'TOKEN',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'DATABASE_OWNER_PASSWORD',
  'DATABASE_PASSWORD',
];

/** Programs that are not ours. Their words are not checked. */
const OTHERS = [
  'az',
  'cd',
  'createdb',
  'curl',
  'kubectl',
  'openssl',
  'pg_dump',
  'pg_dumpall',
  'pg_restore',
  'psql',
  'sed',
];

const commands = blocksIn('sh').flatMap(([place, { text }]) =>
  commandsOf(text).map((command): [string, ShellCommand] => [
    `${place} ${[...command.variables, ...command.words].join(' ')}`,
    command,
  ]),
);

it('the pages have commands of every kind', () => {
  const programs = new Set(commands.map(([, { words }]) => words[0]));
  expect([...programs]).toEqual(expect.arrayContaining(['npm', 'npx', 'node', 'curl', 'entra-graphql']));
});

it.each(['operating', 'runbooks', 'azure-container-apps'])(
  '%s names npx only beside a checkout: the image has none',
  (page) => {
    const lines = readFileSync(join(root, 'docs', `${page}.md`), 'utf8').split('\n');
    expect(lines.filter((line) => /npx (?!vitest )/.test(line) && !line.includes('checkout'))).toEqual([]);
  },
);

it.each(commands)('%s is a command that there is', async (_name, { words }) => {
  await expectCommand(words);
});

it.each(commands)('%s has settings and files that there are', (_name, { variables, words }) => {
  const known = [...SETTING_NAMES, ...LIMIT_SETTING_NAMES, ...OTHER_VARIABLES, 'PORT'];
  expect(variables.filter((name) => !known.includes(name))).toEqual([]);
  const files = words.filter((word) => /^(?:\.\/)?(?:deploy|examples|scripts|src)\//.test(word));
  expect(files.filter((file) => !file.includes('*') && !existsSync(join(root, file)))).toEqual([]);
});

async function expectCommand([program = '', ...words]: readonly string[]): Promise<void> {
  if (program === '' || OTHERS.includes(program) || program.startsWith('scripts/')) return;
  // The entry point of the image is Node.
  if (program === 'docker') return expectOurs(words.slice(words.indexOf('dist/main.js') + 1));
  if (program === 'npm') return expectNpm(words);
  if (program === 'entra-graphql') return expectOurs(words);
  if (program === 'npx') return expectNpx(words);
  expect(program).toBe('node');
  const main = words.indexOf('dist/main.js');
  if (main !== -1) await expectOurs(words.slice(main + 1));
  else expect(words[0]).toMatch(/\.mjs$/);
}

async function expectNpm(words: readonly string[]): Promise<void> {
  const [command = '', ...rest] = words.filter((word) => word !== '-s');
  if (command !== 'run') return expect(NPM_COMMANDS).toContain(command);
  const [script = '', separator, ...arguments_] = rest;
  expect(Object.keys(scripts)).toContain(script);
  if (separator !== '--') return expect(separator).toBe(undefined);
  const ours = /^tsx src\/main\.ts (.+)$/.exec(scripts[script] ?? '');
  if (ours) await expectOurs([...(ours[1] ?? '').split(' '), ...arguments_]);
}

async function expectNpx(words: readonly string[]): Promise<void> {
  const start = words.findIndex((word) => word === 'src/main.ts' || word === 'entra-graphql');
  expect(start).not.toBe(-1);
  await expectOurs(words.slice(start + 1));
}

/** Compares a call with the help of its command: its name, the number of its arguments, and each option. */
async function expectOurs(words: readonly string[]): Promise<void> {
  const options = words.filter((word) => word.startsWith('--'));
  const end = words.findIndex((word) => word.startsWith('-'));
  const plain = end === -1 ? words : words.slice(0, end);
  const { code, printed } = await runInTerminal([...plain, '--help']);
  const [, usage = ''] = /^Usage: (?:npx tsx src\/main\.ts|entra-graphql|\S+) ?(.*)$/m.exec(printed) ?? [];
  const names = usage.split(' ').filter((word) => /^[a-z][a-z-]*$/.test(word));
  expect([code, plain.slice(0, names.length)], printed).toEqual([0, names]);
  const places = usage.replace('[options]', '').match(/[<[][^\]>]+[\]>]/g) ?? [];
  expect(plain.slice(names.length).length, usage).toBeLessThanOrEqual(places.length);
  for (const option of options) expect(printed).toContain(option);
}
