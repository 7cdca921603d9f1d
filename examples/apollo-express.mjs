// Apollo Server in Express 5: npm install @as-integrations/express5 express
import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { directiveTypeDefs, protectApolloServer } from 'entra-graphql/apollo';
import { createAuthentication } from 'entra-graphql/authentication';
import { createAuthorization } from 'entra-graphql/authorization';
import express from 'express';

const typeDefs = 'type Query { hello: String @public, secret: String @requiresScopes(scopes: [["Books.Read"]]) }';
const resolvers = { Query: { hello: () => 'Hello', secret: () => 'a secret' } };

const { ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId, ENTRA_INSTANCE: instance, PORT } = process.env;
const authentication = createAuthentication({ tenantId, clientId, instance });
const schema = makeExecutableSchema({ typeDefs: [directiveTypeDefs, typeDefs], resolvers });
const authorization = createAuthorization({ schema, typeDefs });
const { plugins, validationRules, context } = protectApolloServer({ authentication, authorization });
const server = new ApolloServer({ schema: authorization.schema, plugins, validationRules });
await server.start();

express().use('/', express.json(), expressMiddleware(server, { context })).listen(Number(PORT), '127.0.0.1');
