import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { addRequestLog } from '../../../src/emulator/hooks/request-log.js';

it('remembers the last thousand requests', async () => {
  const server = Fastify();
  const requests = addRequestLog(server);
  for (let count = 0; count < 1_001; count += 1) await server.inject(`/${count}`);
  expect([requests().length, requests()[0]?.path, requests().at(-1)?.path]).toEqual([1_000, '/1', '/1000']);
});
