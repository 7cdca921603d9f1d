import { createServer } from 'node:http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLError, parse, validate } from 'graphql';
import { compileQuery } from 'graphql-jit';
import { AUDITOR_FIELDS, ROLE, resolvers, SCOPE, schemaWith } from '../workload/items.mjs';
import { createTokenVerifier } from '../workload/verify-token.mjs';

/** Compiled queries that are kept. */
const MAX_QUERIES = 1000;

/**
 * The fastest server one could write by hand. It has Node's own HTTP server, graphql-jit, fast-jwt with its cache and checks in
 * the resolvers. No limits, no log, no rotation of keys.
 */
export async function start(settings) {
  const verify = await createTokenVerifier(settings);
  const schema = makeExecutableSchema({ typeDefs: schemaWith(), resolvers: checkedResolvers() });
  const queries = new Map();
  const compile = ({ query, operationName }) => {
    const known = queries.get(query);
    if (known) return known;
    const document = parse(query);
    const errors = validate(schema, document);
    const compiled = errors.length > 0 ? { query: () => ({ errors }) } : compileQuery(schema, document, operationName);
    if (queries.size >= MAX_QUERIES) queries.clear();
    queries.set(query, compiled);
    return compiled;
  };
  const answer = async ({ headers }, text) => {
    const claims = verify(headers.authorization);
    const body = JSON.parse(text);
    return compile(body).query({}, { claims }, body.variables);
  };
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', async () => {
      const [status, result] = await answer(request, text).then(
        (answered) => [200, answered],
        ({ message }) => [401, { errors: [{ message }] }],
      );
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify(result));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}/graphql`;
}

function checkedResolvers() {
  const forbid = () => {
    throw new GraphQLError('Forbidden', { extensions: { code: 'FORBIDDEN' } });
  };
  const items = (parent, given, { claims }) =>
    claims.scp.split(' ').includes(SCOPE) ? resolvers.Query.items(parent, given) : forbid();
  const auditorField =
    (name) =>
    (item, _given, { claims }) =>
      claims.roles.includes(ROLE) ? item[name] : forbid();
  return {
    Query: { items },
    Item: Object.fromEntries(AUDITOR_FIELDS.map((name) => [name, auditorField(name)])),
  };
}
