// The server in a process of its own, so that its memory can be bounded and measured. It prints its address, and its heap
// after a garbage collection for each line that it reads.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createApp } from '../../../src/app.js';
import { loadTestConfig } from '../../support/config.js';

const { gc } = globalThis;
if (!gc) throw new TypeError('Run with --expose-gc.');
const ROOM = 2 * 1024 * 1024;
const MAX_FILES = Number(process.env.TEST_MAX_FILES);
/** Small caches, which few requests fill, and few open subscriptions. */
const limits = {
  callerSubscriptions: 40,
  subscriptionBytes: 4 * ROOM,
  documentCacheBytes: ROOM,
  validatedQueryCacheBytes: ROOM,
  persistedQueryCacheBytes: ROOM,
  planCacheBytes: ROOM,
  compiledQueryCacheBytes: ROOM,
};
// Not from the beginning: tsx keeps what it compiles, and on Node 24 it has hundreds of these files open at once.
while (readdirSync('/proc/self/fd').length > MAX_FILES / 2) await delay(20);
execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${MAX_FILES}`]);
const app = await createApp(loadTestConfig(process.env, limits));
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
for await (const _line of createInterface({ input: process.stdin })) {
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${heapUsed + external}\n`);
}
await app.close();
