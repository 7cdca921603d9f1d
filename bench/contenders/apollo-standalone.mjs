import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { resolvers, schemaWith } from '../workload/items.mjs';

/** Apollo Server as its documentation's first page has it, without any authorization. */
export async function start() {
  const apollo = new ApolloServer({ typeDefs: schemaWith(), resolvers });
  const { url } = await startStandaloneServer(apollo, { listen: { host: '127.0.0.1', port: 0 } });
  return url;
}
