// The server in a process of its own, so that its memory can be bounded and measured. It prints its address, and its heap
// after a garbage collection for each line that it reads.
import { createInterface } from 'node:readline';
import { createApp } from '../../../src/app.js';
import { loadConfig } from '../../../src/config/config.js';

const { gc } = globalThis;
if (!gc) throw new TypeError('Run with --expose-gc.');
const app = await createApp(loadConfig(process.env, 'development'));
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
for await (const _line of createInterface({ input: process.stdin })) {
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${heapUsed + external}\n`);
}
await app.close();
