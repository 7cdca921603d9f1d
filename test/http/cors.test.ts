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
    ['a configured origin is allowed', ['https://app.example.com'], false, 'https://app.example.com', 204],
    ['another port is not', ['https://app.example.com'], false, 'https://app.example.com:8443', 403],
    ['another scheme is not', ['https://app.example.com'], false, 'http://app.example.com', 403],
    ['this machine is not in production', ['https://app.example.com'], false, 'http://localhost:5173', 403],
    ['this machine is allowed in development', [], true, 'http://localhost:5173', 204],
    ['no origin is where none is configured', [], false, 'https://app.example.com', 403],
  ])('from %s', async (_what, origins, allowsLoopback, origin, status) => {
    expect(await preflight(origins, allowsLoopback, origin)).toBe(status);
  });
});
