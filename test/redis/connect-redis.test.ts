import { once } from 'node:events';
import net from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { connectRedis } from '../../src/redis/connect-redis.js';
import { REDIS_LIMITS } from '../../src/redis/limits.js';

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
  const until = performance.now() + REDIS_LIMITS.redisAnswerMs.default + 350;
  while (performance.now() < until);
  expect(await Promise.all(answers)).toEqual([null, null]);
});

it('a command without an answer is given up when its time is over', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let ended: unknown;
  const command = redis.get('silent').catch((error: unknown) => {
    ended = error;
  });
  vi.advanceTimersByTime(REDIS_LIMITS.redisAnswerMs.default - 1);
  await setImmediate();
  expect(ended).toBeUndefined();
  vi.advanceTimersByTime(1);
  await command;
  expect(ended).toEqual(new Error('Redis did not answer in time'));
});

it('a connection that is not taken in its time is given up', async () => {
  const socket = Object.assign(new net.Socket(), { connecting: true });
  const create = vi.spyOn(net, 'createConnection').mockReturnValue(socket);
  onTestFinished(() => create.mockRestore());
  const reasons: string[] = [];
  const waiting = connectRedis('redis://127.0.0.1:9', (reason) => reasons.push(reason));
  onTestFinished(() => waiting.disconnect());
  await vi.waitFor(() => expect(socket.timeout).toBe(REDIS_LIMITS.redisConnectMs.default));
  // What Node does at the end of that time.
  socket.emit('timeout');
  expect([reasons, socket.destroyed]).toEqual([['ETIMEDOUT'], true]);
});

it('the next attempt is waited for up to its bound', () => {
  const { redisRetryMs } = REDIS_LIMITS;
  const { retryStrategy } = redis.options;
  const waits = Array.from({ length: 50 }, (_, nth) => Number(retryStrategy?.(nth + 1)));
  expect(waits[0]).toBeLessThan(redisRetryMs.default);
  expect(Math.max(...waits)).toBe(redisRetryMs.default);
});

it('failures have a line when the last one is long enough ago', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const reasons: string[] = [];
  const failing = connectRedis('redis://127.0.0.1:9', (reason) => reasons.push(reason));
  failing.disconnect();
  const fail = (code: string) => failing.emit('error', Object.assign(new Error('x'), { code }));
  fail('FIRST');
  vi.advanceTimersByTime(REDIS_LIMITS.redisReportSeconds.default * 1000 - 1);
  fail('EARLY');
  vi.advanceTimersByTime(1);
  fail('LATER');
  expect(reasons).toEqual(['FIRST', 'LATER']);
});
