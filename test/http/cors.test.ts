import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { createAllowedOrigins } from '../../src/http/allowed-origins.js';
import { registerCors } from '../../src/http/cors.js';

async function preflight(origins: readonly string[], allowsLoopback: boolean, origin: string) {
  const fastify = Fastify();
  await registerCors(fastify, { isAllowed: createAllowedOrigins(origins, allowsLoopback), headers: [] });
  fastify.post('/graphql', async () => ({}));
  const headers = { origin, 'access-control-request-method': 'POST' };
  const { statusCode } = await fastify.inject({ method: 'OPTIONS', url: '/graphql', headers });
  await fastify.close();
  return statusCode;
}

describe('a preflight', () => {
  it.each([
    ['a configured origin', ['https://app.example.com'], false, 'https://app.example.com', 204],
    ['another port of a configured origin', ['https://app.example.com'], false, 'https://app.example.com:8443', 403],
    ['another scheme', ['https://app.example.com'], false, 'http://app.example.com', 403],
    ['this machine in production', ['https://app.example.com'], false, 'http://localhost:5173', 403],
    ['this machine in development', [], true, 'http://localhost:5173', 204],
    ['any origin where none is configured', [], false, 'https://app.example.com', 403],
  ])('of %s is answered accordingly', async (_what, origins, allowsLoopback, origin, status) => {
    expect(await preflight(origins, allowsLoopback, origin)).toBe(status);
  });
});
