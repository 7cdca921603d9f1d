// The server of apollo-server-unprotected.mjs, protected. The lines that were added or changed end in "+".
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { makeExecutableSchema } from '@graphql-tools/schema'; // +
import { directiveTypeDefs, protectApolloServer } from 'entra-graphql/apollo'; // +
import { createAuthentication } from 'entra-graphql/authentication'; // +
import { createAuthorization } from 'entra-graphql/authorization'; // +

const typeDefs = `
  type Book {
    title: String
    author: String
    price: Int @requiresRoles(roles: [["Books.Buyer"]]) # +
  }

  type Query @requiresScopes(scopes: [["Books.Read"]]) { # +
    books: [Book]
  }
`;

const books = [
  { title: 'The Awakening', author: 'Kate Chopin', price: 1200 },
  { title: 'City of Glass', author: 'Paul Auster', price: 900 },
];

const resolvers = { Query: { books: () => books } };

const { ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId, ENTRA_INSTANCE: instance } = process.env; // +
const authentication = createAuthentication({ tenantId, clientId, instance }); // +
const schema = makeExecutableSchema({ typeDefs: [directiveTypeDefs, typeDefs], resolvers }); // +
const authorization = createAuthorization({ schema, typeDefs }); // +
const { plugins, validationRules, context } = protectApolloServer({ authentication, authorization }); // +
const server = new ApolloServer({ schema: authorization.schema, plugins, validationRules }); // +
const { url } = await startStandaloneServer(server, {
  context, // +
  listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
});
console.log(`Server ready at ${url}`);
