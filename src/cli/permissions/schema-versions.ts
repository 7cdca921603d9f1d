import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { RequirementTable } from '../../authorization/requirements/requirement-table.js';
import { compileRequirements } from '../../authorization/rules/compile-requirements.js';
import { buildFromFiles } from '../../graphql/schema/schema-error.js';
import { parseSchemaFiles, type SchemaFile } from '../../graphql/schema/schema-files.js';
import { CommandError } from '../describe-failure.js';

const MAX_SCHEMA_BYTES = 20 * 1024 * 1024;
const git = promisify(execFile);

/**
 * Who may use what by the schema in the folder `schema` of this project, as it is on disk.
 *
 * @throws CommandError when there is none, SchemaError when it is none, RequirementError when its rules make no sense
 */
export async function requirementsOnDisk(project: string): Promise<RequirementTable> {
  const folder = join(project, 'schema');
  const names = await readdir(folder, { recursive: true }).catch((cause) => {
    throw new CommandError(`There is no folder ${folder}. Call this where the project's package.json is.`, { cause });
  });
  const paths = names.filter(isSchemaFile).sort();
  const files = paths.map(async (path) => ({
    path: `schema/${path}`,
    text: await readFile(join(folder, path), 'utf8'),
  }));
  return compile(await Promise.all(files));
}

/**
 * The same by the schema of a commit, branch or tag.
 *
 * @throws CommandError when git does not know it, or there was no schema then
 */
export async function requirementsAt(project: string, reference: string): Promise<RequirementTable> {
  // A reference that begins with a dash would be an option to git.
  if (reference.startsWith('-')) throw new CommandError(`"${reference}" is no commit, branch or tag.`);
  const run = async (...words: string[]) => {
    const { stdout } = await git('git', words, { cwd: project, maxBuffer: MAX_SCHEMA_BYTES }).catch((cause) => {
      throw new CommandError(`git does not know "${reference}" here, or this is no git repository.`, { cause });
    });
    return stdout;
  };
  const names = (await run('ls-tree', '-r', '-z', '--name-only', reference, '--', 'schema')).split('\0');
  const paths = names.filter(isSchemaFile).sort();
  if (paths.length === 0) throw new CommandError(`"${reference}" has no folder "schema" with .graphql files.`);
  const files = paths.map(async (path) => ({ path, text: await run('show', `${reference}:./${path}`) }));
  return compile(await Promise.all(files));
}

function isSchemaFile(name: string): boolean {
  return name.endsWith('.graphql');
}

/** Without resolvers, so policies are known by name alone. */
function compile(files: readonly SchemaFile[]): RequirementTable {
  const typeDefs = parseSchemaFiles(files);
  const schema = buildFromFiles(typeDefs, () => makeExecutableSchema({ typeDefs }));
  return compileRequirements(schema, undefined, typeDefs);
}
