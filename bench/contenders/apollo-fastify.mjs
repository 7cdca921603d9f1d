import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import Fastify from 'fastify';
import { resolvers, schemaWith } from '../workload/items.mjs';

/** The baseline: Apollo Server behind Fastify, at its fastest through public settings, without any authorization. */
export async function start() {
  const fastify = Fastify();
  const apollo = new ApolloServer({
    typeDefs: schemaWith(),
    resolvers,
    plugins: [fastifyApolloDrainPlugin(fastify), ApolloServerPluginCacheControlDisabled()],
  });
  await apollo.start();
  await fastify.register(fastifyApollo(apollo));
  return `${await fastify.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
}
