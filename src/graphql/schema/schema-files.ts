import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, GraphQLError, parse, Source } from 'graphql';
import { describeSyntaxError, SchemaError } from './schema-error.js';

const packageFolder = new URL('../../../', import.meta.url);
const schemaFolder = new URL('schema/', packageFolder);

/** A `.graphql` file with its text and the name that messages use. */
export interface SchemaFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Reads the directives, the server's own part of the schema, and a resource's folder with its subfolders, in a fixed order.
 *
 * @throws SchemaError like {@link parseSchemaFiles}
 */
export function readSchemaFiles(resourceFolder: URL): DocumentNode[] {
  const projectFolder = resourceFolder.href.startsWith(packageFolder.href)
    ? packageFolder
    : new URL('../', resourceFolder);
  return parseSchemaFiles([...serverSchemaFiles(), ...readFiles(graphqlFiles(resourceFolder), projectFolder)]);
}

/** Reads the files that every API has: the directives and the server's own types. */
export function serverSchemaFiles(): SchemaFile[] {
  const files = [new URL('directives.graphql', schemaFolder), ...graphqlFiles(new URL('server/', schemaFolder))];
  return readFiles(files, packageFolder);
}

/** Names each file as a reader finds it below `folder`. */
function readFiles(files: readonly URL[], folder: URL): SchemaFile[] {
  return files.map((file) => ({
    path: relative(fileURLToPath(folder), fileURLToPath(file)),
    text: readFileSync(file, 'utf8'),
  }));
}

/**
 * Parses files. Each definition keeps its file and line, which start-up errors name.
 *
 * @throws SchemaError with file and line of the first error in each file that is not GraphQL
 */
export function parseSchemaFiles(files: readonly SchemaFile[]): DocumentNode[] {
  const problems: string[] = [];
  const documents = files.flatMap(({ path, text }) => {
    try {
      return [parse(new Source(text, path))];
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      problems.push(describeSyntaxError(error));
      return [];
    }
  });
  if (problems.length > 0) throw new SchemaError(problems);
  return documents;
}

function graphqlFiles(folder: URL): URL[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => new URL(name, folder));
}
