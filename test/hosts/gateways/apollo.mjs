import { readFileSync } from 'node:fs';
import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

// Apollo Gateway, which passes the client's Authorization header on: node apollo.mjs SUPERGRAPH, or --introspect URL
class Subgraph extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set('authorization', context.authorization);
  }
}

const [first, url] = process.argv.slice(2);
const supergraphSdl =
  first === '--introspect'
    ? new IntrospectAndCompose({ subgraphs: [{ name: 'accounts', url }] })
    : readFileSync(first, 'utf8');
const gateway = new ApolloGateway({ supergraphSdl, buildService: ({ url }) => new Subgraph({ url }) });
const server = await startStandaloneServer(new ApolloServer({ gateway }), {
  context: async ({ req }) => ({ authorization: req.headers.authorization }),
  listen: { host: '127.0.0.1', port: 0 },
});
process.stdout.write(`ready ${server.url}\n`);
