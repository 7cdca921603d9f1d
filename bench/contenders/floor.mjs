import Fastify from 'fastify';
import { itemsOf, SIZES } from '../workload/items.mjs';

/** No GraphQL, no authorization: what Fastify needs to read the request and send the bytes of the answer. */
export async function start() {
  const answers = new Map(SIZES.map((n) => [n, JSON.stringify({ data: { items: itemsOf(n) } })]));
  const fastify = Fastify();
  fastify.post('/graphql', (request, reply) => {
    reply.header('content-type', 'application/json; charset=utf-8').send(answers.get(request.body.variables.n));
  });
  return `${await fastify.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
}
