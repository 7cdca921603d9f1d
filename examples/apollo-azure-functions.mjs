// Apollo Server in Azure Functions, programming model v4: app.http('graphql', { methods: ['GET', 'POST'], handler })
import { ApolloServer, HeaderMap } from '@apollo/server';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { directiveTypeDefs, protectApolloServer } from 'entra-graphql/apollo';
import { createAuthentication } from 'entra-graphql/authentication';
import { createAuthorization } from 'entra-graphql/authorization';

const typeDefs = 'type Query { hello: String @public, secret: String @requiresScopes(scopes: [["Books.Read"]]) }';
const resolvers = { Query: { hello: () => 'Hello', secret: () => 'a secret' } };

const { ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: clientId, ENTRA_INSTANCE: instance } = process.env;
const authentication = createAuthentication({ tenantId, clientId, instance });
const schema = makeExecutableSchema({ typeDefs: [directiveTypeDefs, typeDefs], resolvers });
const authorization = createAuthorization({ schema, typeDefs });
const { plugins, validationRules, context } = protectApolloServer({ authentication, authorization });
const server = new ApolloServer({ schema: authorization.schema, plugins, validationRules });
server.startInBackgroundHandlingStartupErrorsByLoggingAndFailingAllRequests();

async function execute(request) {
  const { method, headers, url } = request;
  // A body that is not JSON is undefined, for which Apollo Server says what is wrong.
  const body = method === 'POST' ? await request.json().catch(() => undefined) : undefined;
  const httpGraphQLRequest = { method, headers: new HeaderMap(headers), body, search: new URL(url).search };
  return server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: () => context(request) });
}

export async function handler(request) {
  const { status = 200, headers, body } = await execute(request);
  return { status, headers: Object.fromEntries(headers), body: body.kind === 'complete' ? body.string : '' };
}
