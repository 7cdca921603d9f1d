import { createServer } from 'node:http';
import { useGenericAuth } from '@envelop/generic-auth';
import { createRemoteJwksSigningKeyProvider, useJWT } from '@graphql-yoga/plugin-jwt';
import { createSchema, createYoga } from 'graphql-yoga';
import { ROLE, resolvers, SCOPE, schemaWith } from '../workload/items.mjs';

const typeDefs = schemaWith({
  definitions: `
    directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE
    directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE
    directive @policy(policies: [[String!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE`,
  onItems: `@authenticated @requiresScopes(scopes: [["${SCOPE}"]])`,
  onAuditorFields: `@policy(policies: [["${ROLE}"]])`,
});

/** GraphQL Yoga with the two plugins its documentation names for access tokens and field permissions. */
export async function start({ jwksUri, clientId, issuer }) {
  const yoga = createYoga({
    schema: createSchema({ typeDefs, resolvers }),
    logging: false,
    plugins: [
      useJWT({
        signingKeyProviders: [createRemoteJwksSigningKeyProvider({ jwksUri })],
        tokenVerification: { algorithms: ['RS256'], audience: clientId, issuer, clockTolerance: 60 },
        reject: { missingToken: true, invalidToken: true },
      }),
      useGenericAuth({
        mode: 'protect-granular',
        resolveUserFn: ({ jwt }) => jwt?.payload,
        extractScopes: (claims) => claims?.scp?.split(' ') ?? [],
        extractPolicies: (claims) => claims.roles ?? [],
      }),
    ],
  });
  const server = createServer(yoga);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}/graphql`;
}
