// Takes the sample away once src/resource.ts names another resource: node scripts/remove-sample.mjs notes
//
// It deletes schema, code and tests of expense reports with the benchmark that runs them, and changes what configuration
// says of them. Tests of the server that do without the sample stay.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [room = ''] = process.argv.slice(2);
if (!/^[a-z][a-z0-9-]*$/.test(room) || !existsSync(`src/${room}`)) {
  console.error('Name the folder of your resource below src/, such as: node scripts/remove-sample.mjs notes');
  process.exit(1);
}

for (const folder of ['schema/expenses', 'src/expenses', 'test/expenses', 'test/browser', 'test/bench', 'bench']) {
  rmSync(folder, { recursive: true, force: true });
}
removeTests();
change('codegen.yml', removeFromCodegen);
change('scripts/check-imports.mjs', nameRoom);
change('package.json', (text) => text.replace(/,\n {4}"bench": "[^"]*"/, ''));
change('knip.json', judgeOwnCode);
change('vitest.config.ts', (text) => text.replaceAll(/ *(globalSetup|setupFiles): .*\n/g, ''));

/** Deletes each file below test/ that needs the sample, and what is then needed by none. */
function removeTests() {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((name) => join('test', name))
    .filter((name) => name.endsWith('.ts'));
  const roots = files
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => [...filesOf(name)].every(isWithoutSample));
  const configs = ['vitest.config.ts', 'vitest.mutation.config.ts'].filter(existsSync);
  const kept = new Set([...roots, ...configs].flatMap((name) => [...filesOf(name)]));
  for (const name of files) if (!kept.has(name)) rmSync(name);
}

/** A test that starts the whole server, by its resource or by its program, is one of the sample. */
function isWithoutSample(name) {
  if (!existsSync(name) || /^src\/(resource|main|app)\.ts$/.test(name)) return false;
  return (
    !name.startsWith('test/') ||
    !/expense|main\.ts|README\.md|dist\/|bench|inject\('postgres'\)/i.test(readFileSync(name, 'utf8'))
  );
}

/** Returns a file with all that it imports of ours. */
function filesOf(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  if (!existsSync(name)) return found;
  for (const [, path] of readFileSync(name, 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
    filesOf(join(dirname(name), path.replace(/\.js$/, '.ts')), found);
  }
  return found;
}

function removeFromCodegen(text) {
  return text
    .replace('../expenses/context.js#ExpensesContext', '../graphql/resource.js#ResourceContext')
    .split('\n')
    .filter((line) => !line.includes('../expenses/') && !/^ {4}(LocalDate|Currency|SafeInt):/.test(line))
    .join('\n');
}

function nameRoom(text) {
  return text
    .replace(/ {2}'expenses\/sample-data': .*\n/, '')
    .replaceAll(/'((?:type )?)expenses'/g, `'$1${room}'`)
    .replace(/^ {2}expenses: \[/m, `  '${room}': ['type graphql',`);
}

/** The server's rooms offer more than one resource needs, so only your own code is searched for what is unused. */
function judgeOwnCode(text) {
  const settings = JSON.parse(text);
  settings.entry = [
    `src/!(${room})/**/*.{ts,js,jsx}`,
    'src/*.ts',
    'scripts/**/*.mjs',
    'examples/**/*.mjs',
    'test/**/*.ts',
  ];
  delete settings.ignoreDependencies;
  settings.exclude = ['dependencies', 'devDependencies'];
  return `${JSON.stringify(settings, null, 2)}\n`;
}

function change(path, edit) {
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
}
