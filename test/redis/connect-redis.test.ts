import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectRedis } from '../../src/redis/connect-redis.js';

/**
 * Answers every command with null, except `get silent`. It is a thread, so it answers while the thread of the test is busy.
 */
const REDIS = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const commands = String(data).split('*').slice(1);
      for (const command of commands) if (!command.includes('silent')) socket.write('$-1\\r\\n');
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

let worker: Worker;
let redis: Redis;
beforeAll(async () => {
  worker = new Worker(REDIS, { eval: true });
  const [port] = await once(worker, 'message');
  redis = connectRedis(`redis://127.0.0.1:${port}`, () => {});
  await once(redis, 'ready');
});
afterAll(async () => {
  redis.disconnect();
  await worker.terminate();
});

it('an answer that came while this process was busy counts, however long that was', async () => {
  const answers = [redis.get('one'), redis.get('other')];
  const until = performance.now() + 600;
  while (performance.now() < until);
  expect(await Promise.all(answers)).toEqual([null, null]);
});

it('a command without an answer is given up', async () => {
  await expect(redis.get('silent')).rejects.toThrow('Redis did not answer in time');
});
