import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';

const REQUESTS = 5_000;
const MIB = 1024 * 1024;

/** Unique requests by number, each about as large as it gets in practice, or larger. */
const KINDS: Readonly<Record<string, (nth: number) => object>> = {
  'documents with long comments': (nth) => ({ query: `{ serverInfo { name } } # ${nth} ${'-'.repeat(10_000)}` }),
  'documents with many fields': (nth) => ({
    query: `{ ${Array.from({ length: 100 }, (_, at) => `a${nth}b${at}: serverInfo { name }`).join(' ')} }`,
  }),
  'documents of many mistakes': (nth) => ({
    query: `{ ${Array.from({ length: 100 }, (_, at) => `a${nth}b${at}`).join(' ')} }`,
  }),
  'documents that come twice': (nth) => ({
    query: `query Q${Math.floor(nth / 2)} { serverInfo { name } } # ${'-'.repeat(5_000)}`,
  }),
  'persisted queries that are not there': (nth) => ({
    extensions: { persistedQuery: { version: 1, sha256Hash: `${nth}${'a'.repeat(5_000)}` } },
  }),
};

describe('a server with 256 MB of memory', () => {
  let api: TestApi;
  let child: ChildProcess;
  let lines: AsyncIterableIterator<string>;
  let address: string;
  beforeAll(async () => {
    api = await startApi();
    const settings = ['DOCUMENT', 'KNOWN_QUERY', 'PERSISTED_QUERY', 'PLAN', 'COMPILED_QUERY'];
    const limits = Object.fromEntries(settings.map((name) => [`LIMIT_${name}_CACHE_BYTES`, String(2 * MIB)]));
    child = spawn(
      process.execPath,
      ['--max-old-space-size=256', '--expose-gc', '--import', 'tsx', 'test/availability/small-server.ts'],
      { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '', ...api.environment, ...limits } },
    );
    if (!child.stdout) throw new TypeError('no output');
    lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    address = await nextLine();
  }, 120_000);
  afterAll(async () => {
    child.stdin?.end();
    if (child.exitCode === null) await once(child, 'exit');
    await api.close();
  });

  async function nextLine(): Promise<string> {
    const { value, done } = await lines.next();
    if (done) throw new Error('the server has ended');
    return value;
  }

  async function heap(): Promise<number> {
    child.stdin?.write('\n');
    return Number(await nextLine());
  }

  async function ask(body: object): Promise<void> {
    const response = await fetch(`${address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.text();
    expect(response.status).toBeLessThan(500);
  }

  it.each(Object.entries(KINDS))(
    'takes no more for 5 000 %s than for 2 000',
    { timeout: 900_000 },
    async (_kind, body) => {
      const askAll = async (from: number, to: number) => {
        let next = from;
        const work = async () => {
          while (next < to) {
            next += 1;
            await ask(body(next));
          }
        };
        await Promise.all(Array.from({ length: 8 }, work));
      };
      await askAll(0, 2_000);
      const before = await heap();
      await askAll(2_000, REQUESTS);
      expect((await heap()) - before).toBeLessThan(3 * MIB);
    },
  );
});
