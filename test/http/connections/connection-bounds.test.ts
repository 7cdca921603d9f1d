import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { createConnectionBounds } from '../../../src/http/connections/connection-bounds.js';

it('a part of the URL that a route reads is as long as allowed, and not longer', async () => {
  const { options } = createConnectionBounds({
    limits: defaultLimits,
    describeLimit: createDescribeLimit(defaultLimits, true),
    onLimit: () => undefined,
    isTrustedProxy: () => false,
    originHeaders: () => ({}),
  });
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const fastify = Fastify({ ...options, logger: { level: 'warn', stream } });
  fastify.get('/files/:file', () => 'found');
  const ask = (length: number) => fastify.inject(`/files/${'a'.repeat(length)}`);
  const { routeParameterLength } = defaultLimits;
  expect((await ask(routeParameterLength)).statusCode).toBe(200);
  const refused = await ask(routeParameterLength + 1);
  expect(refused.statusCode).toBe(414);
  expect(refused.json()).toMatchObject({
    errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'routeParameterLength' } } }],
  });
  // Anyone can ask for such a URL, and it is not a fault of the server.
  expect(lines).toEqual([]);
  await fastify.close();
});
