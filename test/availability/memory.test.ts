import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { openSocket } from '../support/sockets.js';

/** In the short form of every test run. `npm run test:memory` sends 5 000 of each kind. */
const REQUESTS = Number(process.env.MEMORY_TEST_REQUESTS ?? 300);
/** After these, caches and compiled code have their size. */
const WARM_UP = REQUESTS * 0.4;
const MIB = 1024 * 1024;

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

const QUERY = { query: '{ serverInfo { name } }' };

/** Unique requests by number, each about as large as it gets in practice, or larger. */
const KINDS: Readonly<Record<string, (nth: number) => Sent>> = {
  'documents with long comments': (nth) => ({
    body: { query: `{ serverInfo { name } } # ${nth} ${'-'.repeat(10_000)}` },
  }),
  'documents with many fields': (nth) => ({
    body: { query: `{ ${Array.from({ length: 100 }, (_, at) => `a${nth}b${at}: serverInfo { name }`).join(' ')} }` },
  }),
  'documents of many mistakes': (nth) => ({
    body: { query: `{ ${Array.from({ length: 100 }, (_, at) => `a${nth}b${at}`).join(' ')} }` },
  }),
  'documents that come twice': (nth) => ({
    body: { query: `query Q${Math.floor(nth / 2)} { serverInfo { name } } # ${'-'.repeat(5_000)}` },
  }),
  'documents with names of operations': (nth) => ({
    body: { query: `query Q${nth} { serverInfo { name } }`, operationName: `Q${nth}` },
  }),
  'persisted queries that are not there': (nth) => ({
    body: { extensions: { persistedQuery: { version: 1, sha256Hash: `${nth}${'a'.repeat(5_000)}` } } },
  }),
  'variables nobody asked for': (nth) => ({
    body: {
      ...QUERY,
      variables: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`v${nth}x${at}`, 'x'.repeat(40)])),
    },
  }),
  'tokens that are no tokens': (nth) => ({
    headers: { authorization: `Bearer ${nth}${'x'.repeat(8_000)}` },
    body: QUERY,
  }),
  'tokens with an unknown key': (nth) => ({
    headers: { authorization: `Bearer ${unsigned(`kid-${nth}`)}` },
    body: QUERY,
  }),
  'addresses behind the proxy': (nth) => ({
    headers: { authorization: 'Bearer x', 'x-forwarded-for': `10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}` },
    body: QUERY,
  }),
  'ids of requests and clients': (nth) => ({
    headers: { 'x-request-id': `${nth}`.padEnd(64, 'x'), 'apollographql-client-name': `${nth}`.padEnd(4_000, 'x') },
    body: QUERY,
  }),
};

/** The form of Entra's tokens, with a signature of the right length. */
function unsigned(kid: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ typ: 'JWT', alg: 'RS256', kid })}.${part({ ver: '2.0' })}.${'A'.repeat(342)}`;
}

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
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, NODE_OPTIONS: '', ...api.environment, ...limits, TRUST_PROXY: '127.0.0.1' },
      },
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

  async function ask({ headers, body }: Sent): Promise<void> {
    const response = await fetch(`${address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    await response.text();
    expect(response.status).toBeLessThan(500);
  }

  it.each(Object.entries(KINDS))(
    `takes no more for ${REQUESTS} %s than for ${WARM_UP}`,
    { timeout: 900_000 },
    async (_kind, make) => {
      const askAll = async (from: number, to: number) => {
        let next = from;
        const work = async () => {
          while (next < to) {
            next += 1;
            await ask(make(next));
          }
        };
        await Promise.all(Array.from({ length: 8 }, work));
      };
      await askAll(0, WARM_UP);
      const before = await heap();
      await askAll(WARM_UP, REQUESTS);
      expect((await heap()) - before).toBeLessThan(3 * MIB);
    },
  );

  it(`takes no more for ${REQUESTS} WebSockets than for ${WARM_UP}`, { timeout: 900_000 }, async () => {
    const token = `Bearer ${await api.emulator.issueAccessToken('erin')}`;
    const openAll = async (from: number, to: number) => {
      for (let nth = from; nth < to; nth += 1) {
        const { opened, closed, send, received, socket } = openSocket(`${address.replace('http', 'ws')}/graphql`);
        await opened;
        send({ type: 'connection_init', payload: { authorization: token, more: `${nth}`.padEnd(8_000, 'x') } });
        await received('connection_ack');
        send({
          type: 'subscribe',
          id: `${nth}`,
          payload: { query: `subscription S${nth} { expenseReportChanged { id } }` },
        });
        send({ type: 'subscribe', id: `b${nth}`, payload: { query: `{ a${nth} }` } });
        await received('error');
        socket.close();
        await closed;
      }
    };
    await openAll(0, WARM_UP);
    const before = await heap();
    await openAll(WARM_UP, REQUESTS);
    expect((await heap()) - before).toBeLessThan(3 * MIB);
  });
});
