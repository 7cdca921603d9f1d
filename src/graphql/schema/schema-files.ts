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
 * Reads the directives, the server's own part of the schema and a resource's folder, in a fixed order.
 *
 * @throws SchemaError like {@link parseSchemaFiles}
 */
export function readSchemaFiles(resourceFolder: URL): DocumentNode[] {
  const files = [
    new URL('directives.graphql', schemaFolder),
    ...[new URL('server/', schemaFolder), resourceFolder].flatMap(graphqlFiles),
  ].map((file) => fileURLToPath(file));
  return parseSchemaFiles(
    files.map((file) => ({ path: relative(fileURLToPath(packageFolder), file), text: readFileSync(file, 'utf8') })),
  );
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
  const names = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => new URL(name, folder));
}
