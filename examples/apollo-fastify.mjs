// Apollo Server in Fastify: npm install @as-integrations/fastify fastify
import { ApolloServer } from '@apollo/server';
import fastifyApollo from '@as-integrations/fastify';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { directiveTypeDefs, protectApolloServer } from 'entra-graphql/apollo';
import { createAuthentication } from 'entra-graphql/authentication';
import { createAuthorization } from 'entra-graphql/authorization';
import Fastify from 'fastify';

const typeDefs = 'type Query { hello: String @public, secret: String @requiresScopes(scopes: [["Books.Read"]]) }';
const resolvers = { Query: { hello: () => 'Hello', secret: () => 'a secret' } };

const { ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId, ENTRA_INSTANCE: instance, PORT } = process.env;
const authentication = createAuthentication({ tenantId, clientId, instance });
const schema = makeExecutableSchema({ typeDefs: [directiveTypeDefs, typeDefs], resolvers });
const authorization = createAuthorization({ schema, typeDefs });
const { plugins, validationRules, context } = protectApolloServer({ authentication, authorization });
const server = new ApolloServer({ schema: authorization.schema, plugins, validationRules });
await server.start();

const fastify = Fastify();
await fastify.register(fastifyApollo(server), { path: '/', context });
await fastify.listen({ port: Number(PORT), host: '127.0.0.1' });
