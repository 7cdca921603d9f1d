import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildASTSchema, concatAST, type GraphQLField, getNamedType, isRequiredArgument } from 'graphql';
import type { Caller } from '../../authentication/caller.js';
import { readSchemaFiles } from '../../graphql/schema/schema-files.js';
import { application, user } from '../../testing/callers.js';
import { judgeOperations } from '../../testing/rule-table.js';
import { insertAfter, type Project } from './project-files.js';
import type { ProjectFile } from './templates.js';

export interface TestedField {
  readonly coordinate: string;
  readonly parent: string;
  readonly name: string;
}

/**
 * Returns the test of rules with a row for a new field. The row holds what the schema grants now. The author reads it, and
 * later changes are compared with it. Returns undefined if the project has no such test, or no query that leads to the
 * field.
 */
export async function fieldTest(project: Project, { coordinate, parent, name }: TestedField): Promise<ProjectFile[]> {
  const schemaFolder = pathToFileURL(join(project.folder, 'schema/'));
  const query = queryFor(schemaFolder, parent);
  const tests = await project.list('test', '.rules.test.ts');
  const test = tests.find(({ text }) => text.includes(parent));
  if (!query || !test) return [];
  const document = `{ ${query} { ${name} } }`;
  const callers = readCallers(test.text);
  const unknown = Object.fromEntries(Object.keys(callers).map((caller) => [caller, '']));
  const { rows } = judgeOperations({ schemaFolder, callers, operations: [{ name, document, expected: unknown }] });
  const cells = rows.map(({ caller, actual }) => `        ${caller}: '${actual}',\n`).join('');
  const operation = `
    {
      name: 'read ${coordinate}',
      document: '${document}',
      expected: {
${cells}      },
    },`;
  return [insertAfter(test, /(\n {2}operations: \[)/, operation)];
}

/** Returns the root field that returns objects of the type and needs no argument. */
function queryFor(schemaFolder: URL, parent: string): string | undefined {
  const schema = buildASTSchema(concatAST(readSchemaFiles(schemaFolder)));
  const fields: readonly GraphQLField<unknown, unknown>[] = Object.values(schema.getQueryType()?.getFields() ?? {});
  return fields.find(({ type, args }) => getNamedType(type).name === parent && !args.some(isRequiredArgument))?.name;
}

const CALLERS = '\n  callers: {\n';

/** Reads the callers of the test, each on a line of its own as `init` writes them. */
function readCallers(text: string): Readonly<Record<string, Caller | undefined>> {
  const start = text.indexOf(CALLERS) + CALLERS.length;
  const lines = text.slice(start, text.indexOf('\n  },', start)).split('\n');
  return Object.fromEntries(lines.map((line) => [line.split(/[:,]/, 1)[0]?.trim(), readCaller(line)]));
}

/** Reads a caller such as `user({ scopes: ['a'] })`. */
function readCaller(line: string): Caller | undefined {
  const held = (kind: string) => {
    const [, list = ''] = line.split(`${kind}: [`);
    return [...(list.split(']')[0] ?? '').matchAll(/'([^']*)'/g)].map(([, name = '']) => name);
  };
  if (line.includes('application(')) return application({ permissions: held('permissions') });
  return line.includes('user(') ? user({ scopes: held('scopes'), roles: held('roles') }) : undefined;
}
