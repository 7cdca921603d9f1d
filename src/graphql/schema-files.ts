import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DocumentNode, parse, Source } from 'graphql';

const packageFolder = new URL('../../', import.meta.url);
const schemaFolder = new URL('schema/', packageFolder);

/**
 * Reads the directives, the server's own part of the schema and a resource's folder, in a fixed order. Each definition
 * keeps its file and line, which start-up errors name.
 *
 * @throws GraphQLError with file, line and column when a file is not GraphQL.
 */
export function readSchemaFiles(resourceFolder: URL): DocumentNode[] {
  const files = [
    new URL('directives.graphql', schemaFolder),
    ...[new URL('server/', schemaFolder), resourceFolder].flatMap(graphqlFiles),
  ].map((file) => fileURLToPath(file));
  return files.map((file) =>
    parse(new Source(readFileSync(file, 'utf8'), relative(fileURLToPath(packageFolder), file))),
  );
}

function graphqlFiles(folder: URL): URL[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => new URL(name, folder));
}
