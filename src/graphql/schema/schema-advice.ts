import { type DocumentNode, parse, Source } from 'graphql';
import { buildFromFiles } from './schema-error.js';

/**
 * Builds a schema, and says where and how to mend its directives if that fails. graphql-tools alone says `Unknown directive
 * "@requireScopes".` and no more.
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
