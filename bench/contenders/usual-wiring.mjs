import { createRequire } from 'node:module';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import { makeExecutableSchema } from '@graphql-tools/schema';
import Fastify from 'fastify';
import { GraphQLError } from 'graphql';
import jwt from 'jsonwebtoken';
import { JwksClient } from 'jwks-rsa';
import { AUDITOR_FIELDS, ROLE, resolvers, SCOPE, schemaWith } from '../workload/items.mjs';

// Shield's ES build imports what Node has not had since version 23. What it makes is known to the same build of
// graphql-middleware alone.
const require = createRequire(import.meta.url);
const { rule, shield } = require('graphql-shield');
const { applyMiddleware } = require('graphql-middleware');

const mayRead = rule({ cache: 'contextual' })((_parent, _args, { claims }) => claims.scp.split(' ').includes(SCOPE));
const isAuditor = rule({ cache: 'contextual' })((_parent, _args, { claims }) => claims.roles.includes(ROLE));

/**
 * The baseline with authentication and authorization as tutorials wire them. Everything else is as in the baseline, so
 * that the difference between the two is what security costs when wired so.
 */
export async function start(settings) {
  const fastify = Fastify();
  const apollo = new ApolloServer({
    schema: createSchema(),
    plugins: [fastifyApolloDrainPlugin(fastify), ApolloServerPluginCacheControlDisabled()],
  });
  await apollo.start();
  const verify = createVerifier(settings);
  await fastify.register(fastifyApollo(apollo), { context: async (request) => ({ claims: await verify(request) }) });
  return `${await fastify.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
}

function createSchema() {
  const schema = makeExecutableSchema({ typeDefs: schemaWith(), resolvers });
  const permissions = shield({
    Query: { items: mayRead },
    Item: Object.fromEntries(AUDITOR_FIELDS.map((name) => [name, isAuditor])),
  });
  return applyMiddleware(schema, permissions);
}

function createVerifier({ jwksUri, clientId, issuer }) {
  const keys = new JwksClient({ jwksUri });
  const options = { algorithms: ['RS256'], audience: clientId, issuer, clockTolerance: 60 };
  const keyOf = ({ kid }, done) => {
    keys.getSigningKey(kid).then((key) => done(null, key.getPublicKey()), done);
  };
  return (request) =>
    new Promise((resolve, reject) => {
      const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
      jwt.verify(token, keyOf, options, (error, claims) => (error ? reject(unauthenticated()) : resolve(claims)));
    });
}

function unauthenticated() {
  return new GraphQLError('Unauthenticated', { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });
}
