import { readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';

const DIRECTIVES = readFileSync(new URL('../../schema/directives.graphql', import.meta.url), 'utf8');

const typeDefs = `
  type Query {
    things(first: Int, name: String, only: [ThingFilter!]): [Thing!] @public @listSize(slicingArguments: ["first"])
  }
  input ThingFilter { id: ID name: String sizes: [Int!] within: [ThingFilter!] }
  type Thing @public { id: ID! name: String other: Thing others(first: Int): [Thing!] @listSize(slicingArguments: ["first"]) }
`;

/** A small schema whose things are all for everybody. */
export function buildAuthorizedSchema(): GraphQLSchema {
  return makeExecutableSchema({
    typeDefs: [DIRECTIVES, typeDefs],
    resolvers: { Query: { things: () => [{ id: '1', name: 'thing', other: null }] } },
  });
}
