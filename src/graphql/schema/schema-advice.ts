import { type DocumentNode, parse, Source } from 'graphql';
import { buildFromFiles } from './schema-error.js';

/**
 * Builds a schema. If that fails, the error names the place and the fix of each wrong directive. graphql-tools alone reports
 * only `Unknown directive "@requireScopes".`
 *
 * @param typeDefs as they are given to `makeExecutableSchema`, with `directiveTypeDefs`
 * @param build calls `makeExecutableSchema`
 * @throws SchemaError with a line for each problem: place, coordinate, problem and suggestion
 * @throws what `build` throws for another reason
 */
export function withSchemaAdvice<Schema>(
  typeDefs: string | DocumentNode | readonly (string | DocumentNode)[],
  build: () => Schema,
): Schema {
  const parts = typeof typeDefs === 'string' || 'kind' in typeDefs ? [typeDefs] : typeDefs;
  const documents = parseParts(parts);
  // The parser's own error says where a text is not GraphQL.
  return documents ? buildFromFiles(documents, build) : build();
}

function parseParts(parts: readonly (string | DocumentNode)[]): DocumentNode[] | undefined {
  try {
    return parts.map((part, at) => (typeof part === 'string' ? parse(new Source(part, `typeDefs[${at}]`)) : part));
  } catch {
    return undefined;
  }
}
