import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { completeLimits, defaultLimits } from '../../../src/config/limits.js';
import { createConnectionBounds } from '../../../src/http/connections/connection-bounds.js';
import type { RefusalLine } from '../../../src/http/log/refusal-lines.js';

function optionsOf(limits = defaultLimits, take: (line: RefusalLine) => boolean = () => true) {
  return createConnectionBounds({
    limits,
    describeLimit: createDescribeLimit(limits, true),
    onLimit: () => undefined,
    isTrustedProxy: () => false,
    originHeaders: () => ({}),
    refusalLines: { take },
  }).options;
}

/** @param take returns whether a line about a refusal may be written */
function serve(level: 'info' | 'warn', take?: (line: RefusalLine) => boolean) {
  const options = optionsOf(defaultLimits, take);
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { fastify: Fastify({ ...options, logger: { level, stream } }), lines };
}

it('larger bodies have more time to arrive, and headers do not', () => {
  const ms = defaultLimits.requestSeconds * 1000;
  const limits = completeLimits({ requestBodyBytes: 2 * defaultLimits.requestBodyBytes });
  expect(optionsOf(limits).http).toMatchObject({ headersTimeout: ms, requestTimeout: 2 * ms });
});

it('a URL that is malformed has a line while its address has lines left', async () => {
  const asked: RefusalLine[] = [];
  const { fastify, lines } = serve('info', (line) => asked.push(line) <= 1);
  const malformed = () => lines.filter(({ msg }) => msg === 'request with a malformed URL').length;
  for (let time = 0; time < 2; time += 1) expect((await fastify.inject('/%E0%A4%A')).statusCode).toBe(400);
  const line = { source: '127.0.0.1', code: 'BAD_REQUEST' };
  expect([malformed(), ...asked]).toEqual([1, line, line]);
  await fastify.close();
});

it('a part of the URL that a route reads is as long as allowed, and not longer', async () => {
  const { fastify, lines } = serve('warn');
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
