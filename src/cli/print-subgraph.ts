import { makeExecutableSchema } from '@graphql-tools/schema';
import { printSubgraphSdl } from '../graphql/federation/subgraph-sdl.js';
import { buildFromFiles } from '../graphql/schema/schema-error.js';
import { parseSchemaFiles } from '../graphql/schema/schema-files.js';
import { schemaFilesOnDisk } from './permissions/schema-versions.js';
import type { Terminal } from './terminal/terminal.js';

/**
 * `entra-graphql subgraph`: prints the schema for composition, which needs neither a server nor a token then.
 *
 * @throws CommandError when the folder is missing, SchemaError when its files form no schema
 */
export async function printSubgraph(terminal: Terminal): Promise<void> {
  const typeDefs = parseSchemaFiles(await schemaFilesOnDisk(terminal.folder));
  // Before the schema is built, which changes the definitions in place.
  const sdl = printSubgraphSdl(typeDefs);
  buildFromFiles(typeDefs, () => makeExecutableSchema({ typeDefs }));
  terminal.print(sdl.trimEnd());
}
