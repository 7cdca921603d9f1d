import { type DocumentNode, parse, Source } from 'graphql';
import { buildFromFiles } from './schema-error.js';

/**
 * Builds a schema, and says where and how to mend its directives if that fails. graphql-tools alone says
 * `Unknown directive "@requireScopes".` and no more.
 *
 * @param typeDefs as they are given to `makeExecutableSchema`, with `directiveTypeDefs`
 * @param build calls `makeExecutableSchema`
 * @throws SchemaError with a line for each problem: place, coordinate, what is wrong and what was meant
 * @throws what `build` throws for another reason
 */
export function withSchemaAdvice<Schema>(
  typeDefs: string | DocumentNode | readonly (string | DocumentNode)[],
  build: () => Schema,
): Schema {
  const parts = typeof typeDefs === 'string' || 'kind' in typeDefs ? [typeDefs] : typeDefs;
  try {
    return build();
  } catch (error) {
    return buildFromFiles(parseParts(parts, error), () => {
      throw error;
    });
  }
}

/** @throws `error` when a text is not GraphQL: the parser has said where */
function parseParts(parts: readonly (string | DocumentNode)[], error: unknown): DocumentNode[] {
  try {
    return parts.map((part, at) => (typeof part === 'string' ? parse(new Source(part, `typeDefs[${at}]`)) : part));
  } catch {
    throw error;
  }
}
