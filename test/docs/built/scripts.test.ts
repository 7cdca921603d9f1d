import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseSync } from 'oxc-parser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { project } from '../../support/built-project.js';
import { blocksIn, type CodeBlock } from '../code-blocks.js';
import { exportsOf } from '../script-blocks.js';

const run = promisify(execFile);

/** Names of other packages that the pages use without an import. */
const PACKAGES: Readonly<Record<string, string>> = {
  ApolloClient: '@apollo/client',
  ApolloServer: '@apollo/server',
  createAuthorization: 'entra-graphql/authorization',
  expect: 'vitest',
  it: 'vitest',
  makeExecutableSchema: '@graphql-tools/schema',
  or: 'graphql-shield',
  shield: 'graphql-shield',
  startStandaloneServer: '@apollo/server/standalone',
};

/** Placeholders for values of the reader, of any type. */
const READER_NAMES = [
  ...['tenantId', 'clientId', 'objectId', 'typeDefs', 'resolvers', 'schema', 'policies', 'onDenied', 'authorization'],
  ...['authentication', 'auditTable', 'customers', 'budget', 'request', 'address', 'response', 'client', 'scopes'],
  ...['downstream', 'send', 'show', 'getAccessToken', 'uuidOf', 'link', 'cache', 'rows', 'untested', 'invoice'],
];

/** Their files stand beside others, and `test/cli/own-resource` and `test/starter` build and run those. */
const isWholeProject = ({ text }: CodeBlock) => /from '\.|import\('\.|^export const api/m.test(text);
const blocks = blocksIn('js', 'ts').filter(([, block]) => !isWholeProject(block));

/** A script that the compiler must refuse: otherwise a compiler that did not run would look like one that found no error. */
const WRONG = 'wrong.ts';

let folder: string;
let problems: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-scripts-'));
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  const imports = await importsByName();
  for (const [place, { text }] of blocks) await writeFile(join(folder, fileOf(place)), moduleOf(text, imports));
  await writeFile(
    join(folder, WRONG),
    "import { createAuthentication } from 'entra-graphql/authentication';\ncreateAuthentication(1);",
  );
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(configuration()));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const tsc = join(project, 'node_modules', '.bin', 'tsc');
  const { stdout } = await run(tsc, ['--project', folder, '--pretty', 'false'], { cwd: folder }).catch(
    (error) => error,
  );
  problems = stdout.split('\n');
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(blocks)('%s has the types of the packages that it uses', (place) => {
  expect(problems.filter((line) => line.startsWith(fileOf(place)))).toEqual([]);
});

it('a script with a wrong type is found, and nothing but scripts is judged', () => {
  expect(problems.filter((line) => line.startsWith(WRONG))).toHaveLength(1);
  // `npm run check` compiles the sources, with stricter options than a page has to meet.
  const others = problems.filter((line) => / error /.test(line) && !/^docs-|\/src\//.test(line));
  expect(others.filter((line) => !line.startsWith(WRONG))).toEqual([]);
});

function fileOf(place: string): string {
  return `${place.replaceAll(/[^a-z0-9]+/gi, '-')}.ts`;
}

/** Puts the imports in front that a page leaves out. A part of an object becomes an object. */
function moduleOf(text: string, imports: ReadonlyMap<string, string>): string {
  const { errors } = parseSync('block.ts', text, { lang: 'ts' });
  const body = errors.length === 0 ? text : `export default {\n${text.replaceAll('…', '')}\n} as object;`;
  const code = text.replaceAll(/'[^'\n]*'/g, "''");
  const isMissing = (name: string) =>
    new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`(?:const|import) [^;=)]*\\b${name}\\b`).test(code);
  const missing = [...imports].filter(([name]) => isMissing(name));
  const lines = missing.map(([name, entry]) => `import { ${name} } from '${entry}';`);
  const given = READER_NAMES.filter(isMissing).map((name) => `declare const ${name}: any;`);
  return [...lines, ...given, 'export {};', body].join('\n');
}

async function importsByName(): Promise<ReadonlyMap<string, string>> {
  const entries = Object.keys(packageJson.exports).filter((entry) => /^\.\/[a-z]+$/.test(entry));
  const ours = await Promise.all(
    entries.map(async (entry) => {
      const name = entry.replace('.', 'entra-graphql');
      return (await exportsOf(name)).map((exported): [string, string] => [exported, name]);
    }),
  );
  return new Map([...ours.flat(), ...Object.entries(PACKAGES)]);
}

function configuration() {
  const entries = Object.entries(packageJson.exports).flatMap(([entry, target]) => {
    if (typeof target === 'string' || entry === '.') return [];
    const source = target.default.replace('./dist/', '').replace(/\.js$/, '.ts');
    return [[entry.replace('.', 'entra-graphql'), [join(project, 'src', source)]]];
  });
  return {
    extends: join(project, 'tsconfig.json'),
    compilerOptions: {
      rootDir: '/',
      lib: ['ES2023', 'DOM'],
      typeRoots: [join(project, 'node_modules', '@types')],
      strict: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      exactOptionalPropertyTypes: false,
      verbatimModuleSyntax: false,
      preserveSymlinks: false,
      paths: Object.fromEntries(entries),
    },
    include: ['*.ts'],
  };
}
