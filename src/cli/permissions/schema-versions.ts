import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import type { RequirementTable } from '../../authorization/requirements/requirement-table.js';
import { compileRequirements, readRequirements } from '../../authorization/rules/compile-requirements.js';
import { describeProblem, RequirementError } from '../../authorization/rules/requirement-error.js';
import { buildFromFiles, SchemaError } from '../../graphql/schema/schema-error.js';
import { parseSchemaFiles, type SchemaFile, serverSchemaFiles } from '../../graphql/schema/schema-files.js';
import { messageOf } from '../../values/message-of.js';
import { CommandError } from '../command-failure.js';

const MAX_SCHEMA_BYTES = 20 * 1024 * 1024;
const git = promisify(execFile);

/**
 * Reads the rules of the schema in this project's folder `schema`, as it is on disk.
 *
 * @param policyNames policies that the code defines. Undefined: any name is accepted
 * @throws CommandError when the folder is missing
 * @throws SchemaError, RequirementError when the schema or a rule is wrong
 */
export async function rulesOnDisk(
  project: string,
  agents: AgentsSetting,
  policyNames?: readonly string[],
): Promise<SchemaRules> {
  return compile(await schemaFilesOnDisk(project), agents, policyNames);
}

/** @throws CommandError when the folder is missing */
export async function schemaFilesOnDisk(project: string): Promise<readonly SchemaFile[]> {
  const folder = join(project, 'schema');
  const names = await readdir(folder, { recursive: true }).catch((cause) => {
    throw new CommandError(
      `The folder ${folder} does not exist. Call this in the folder of the project's package.json.`,
      { cause },
    );
  });
  const paths = names.filter(isSchemaFile).sort();
  const files = paths.map(async (path) => ({
    path: `schema/${path}`,
    text: await readFile(join(folder, path), 'utf8'),
  }));
  return withServerFiles(await Promise.all(files));
}

/** The setting `AGENTS`: whether fields are open to agents that say nothing of them. */
export type AgentsSetting = 'open' | 'closed';

/** A schema and who may use what by it. */
export interface SchemaRules {
  readonly schema: GraphQLSchema;
  readonly table: RequirementTable;
}

/** Rules of an earlier version of the schema. */
export interface EarlierRequirements extends SchemaRules {
  /** Lines about rules that a start would refuse today. The table can be wrong about their elements. */
  readonly problems: readonly string[];
}

/**
 * Reads the rules of a commit, branch or tag. That version may break rules that were added later. It is compared and not
 * served, so everything readable counts.
 *
 * @throws CommandError if git does not know the reference, or if it has no valid schema
 */
export async function requirementsAt(
  project: string,
  reference: string,
  agents: AgentsSetting,
): Promise<EarlierRequirements> {
  // A reference that begins with a dash would be an option to git.
  if (reference.startsWith('-')) throw new CommandError(`"${reference}" is not a commit, branch or tag.`);
  const run = async (...words: string[]) => {
    const { stdout } = await git('git', words, { cwd: project, maxBuffer: MAX_SCHEMA_BYTES }).catch((cause) => {
      throw new CommandError(`git does not know "${reference}" here, or this is not a git repository.`, { cause });
    });
    return stdout;
  };
  const names = (await run('ls-tree', '-r', '-z', '--name-only', reference, '--', 'schema')).split('\0');
  const paths = names.filter(isSchemaFile).sort();
  if (paths.length === 0) throw new CommandError(`"${reference}" has no folder "schema" with .graphql files.`);
  const files = paths.map(async (path) => ({ path, text: await run('show', `${reference}:./${path}`) }));
  return readEarlier(reference, withServerFiles(await Promise.all(files)), agents);
}

function isSchemaFile(name: string): boolean {
  return name.endsWith('.graphql');
}

/** Adds what every API has. This repository has these files in its own folder, a project has them in the package. */
function withServerFiles(files: readonly SchemaFile[]): readonly SchemaFile[] {
  const hasOwn = files.some(({ path }) => path === 'schema/directives.graphql');
  return hasOwn ? files : [...serverSchemaFiles(), ...files];
}

function compile(
  files: readonly SchemaFile[],
  agents: AgentsSetting,
  policyNames: readonly string[] | undefined,
): SchemaRules {
  const typeDefs = parseSchemaFiles(files);
  const schema = buildFromFiles(typeDefs, () => makeExecutableSchema({ typeDefs }));
  return { schema, table: compileRequirements(schema, policyNames, typeDefs, { agents }) };
}

function readEarlier(reference: string, files: readonly SchemaFile[], agents: AgentsSetting): EarlierRequirements {
  try {
    const { schema, typeDefs, problems } = buildEarlier(files);
    const read = readRequirements(schema, undefined, typeDefs, { agents });
    return { schema, table: read.table, problems: [...new Set([...problems, ...read.problems.map(describeProblem)])] };
  } catch (cause) {
    const told = messageOf(cause);
    throw new CommandError(`The schema at "${reference}" cannot be read, so nothing can be compared:\n${told}`, {
      cause,
    });
  }
}

/** @throws the error of a text that is not a schema, such as one with an unknown type */
function buildEarlier(files: readonly SchemaFile[]) {
  const typeDefs = parseSchemaFiles(files);
  try {
    return { schema: buildFromFiles(typeDefs, () => makeExecutableSchema({ typeDefs })), typeDefs, problems: [] };
  } catch (error) {
    if (!(error instanceof SchemaError || error instanceof RequirementError)) throw error;
    // Merging changes nodes in place, so the text is parsed again.
    const fresh = parseSchemaFiles(files);
    const schema = makeExecutableSchema({ typeDefs: fresh, assumeValid: true, assumeValidSDL: true });
    return { schema, typeDefs: fresh, problems: error.message.split('\n') };
  }
}
