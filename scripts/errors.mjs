// Writes docs/errors.md from the codes of answers. With --check it writes nothing and fails when the file is not up to date.
// Run with tsx: the codes are TypeScript.
import { ERROR_CODES } from '../src/graphql/error-codes.ts';
import { generatePage } from './generated-page.mjs';

const text = `# Errors

Codes of \`extensions.code\`, over HTTP and WebSocket. Status 200 means an error of a field, beside the data of the other fields. A
client that accepts \`application/json\` only gets the same statuses.

The log of the server says why a token was refused. The answer does not: see [token errors](token-errors.md).

Generated from \`src/graphql/error-codes.ts\` by \`npm run errors\`.

| code | HTTP | meaning | what a client should do |
|---|---|---|---|
${Object.entries(ERROR_CODES)
  .map(([code, { http, means, client }]) => `| \`${code}\` | ${http} | ${means} | ${client} |`)
  .join('\n')}

The sample adds \`INVALID_TRANSITION\`: the report has a status in which this change is not possible.

## What a token gets

| | HTTP | code |
|---|---|---|
| bad: signature, audience, issuer, times and the like | 401 | \`UNAUTHENTICATED\` |
| sent twice, or not as one Bearer token | 400 | \`BAD_REQUEST\` |
| genuine, without any scope, role or permission | 403 | \`FORBIDDEN\` |
| cannot be judged: its key may be new ([key rollover](architecture.md#a-signing-key)), or the keys cannot be fetched | 503 with \`Retry-After\` | \`SERVICE_UNAVAILABLE\` |
| one of too many refused tokens from its address | 429 with \`Retry-After\` | \`RATE_LIMITED\` |

## What is refused as a whole

| | HTTP | code |
|---|---|---|
| a bad token | 401 (403 for a token without any permission), nothing runs | \`UNAUTHENTICATED\` (\`FORBIDDEN\`) |
| no token, and everything that was asked for needs one | 401, nothing runs | \`UNAUTHENTICATED\` |
| a mutation with a denied field; a query with only denied fields | 403, nothing runs | \`FORBIDDEN\` |
| a denied argument or input field, in any operation | 403, nothing runs (401 without a token) | \`FORBIDDEN\` |
| a query with some denied fields | 200: an error for each, and \`null\`. A field that must not be null makes its nearest nullable parent null | \`FORBIDDEN\` |
| everything is there but the step-up | as above, 401 if the client understands a claims challenge | \`INSUFFICIENT_CLAIMS\` |

A 403 has the challenge \`insufficient_scope\`, with the scopes that are missing. What is closed to applications or agents has no
challenge, because no other token of that client would do.

An answer has one error for each denied field of the query, at most 20 of them. A field that is denied in many items of a list has
its error at the first. \`extensions.authorization.omitted\` counts the denials without an error of their own.

## Step-up

A step-up asks for one authentication context, because Entra's claims challenge can name only one. Where two are missing, the
second is asked for once the first is there. For Entra to put both into one token, add the optional claim \`acrs\` for access tokens
in the app registration of the API. A context has a meaning only with a Conditional Access policy; without one, Entra grants it.

In a mutation no policy is asked before its field runs. So a step-up that one field needs is asked for although another field has
a policy. A field with both is decided in its place, after the fields before it. It is \`FORBIDDEN\` where its policy denies.

## Media types and clients

Every JSON answer, refusals included, has the media type that the client accepts: \`application/graphql-response+json\`, or by
default \`application/json\`. Apollo Client 4 and urql ask for the first, so their error handlers get \`extensions.code\` at every
status. For Apollo Client set \`errorPolicy: 'all'\`, because its default drops the data beside a denied field.
TypeScript asks for the declaration:

\`\`\`ts
declare module '@apollo/client' {
  namespace ApolloClient {
    namespace DeclareDefaultOptions {
      interface WatchQuery { errorPolicy: 'all' }
      interface Query { errorPolicy: 'all' }
    }
  }
}

new ApolloClient({ link, cache, defaultOptions: { watchQuery: { errorPolicy: 'all' }, query: { errorPolicy: 'all' } } });
\`\`\`

Queries may also come by GET and as automatic persisted queries. Mutations come by POST only, and batches are refused. A GET
without a token needs the header \`apollo-require-preflight: true\`.
`;

generatePage('docs/errors.md', text, 'npm run errors');
