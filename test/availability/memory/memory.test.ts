import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { startApi, type TestApi } from '../../support/api.js';
import { openConnection, sendRaw } from '../../support/raw-http.js';
import { openSocket, until } from '../../support/sockets.js';

/** In the short form of every test run. `npm run test:memory` sends 5 000 of each kind. */
const REQUESTS = Number(process.env.MEMORY_TEST_REQUESTS ?? 300);
/** The long form says by how much the heap has grown for each kind. */
const PRINTS = process.env.MEMORY_TEST_REQUESTS !== undefined;
/** After these, caches and compiled code have their size. */
const WARM_UP = REQUESTS * 0.4;
const MIB = 1024 * 1024;
/** The number of files that the server may have open. */
const FILES = 256;

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
  'variables that are not declared': (nth) => ({
    body: {
      ...QUERY,
      variables: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`v${nth}x${at}`, 'x'.repeat(40)])),
    },
  }),
  'texts that are not tokens': (nth) => ({
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

const CHUNKED = 'Content-Type: application/json\r\nTransfer-Encoding: chunked';
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13';

/** Unique requests by number, byte by byte, each on a connection of its own. */
const RAW_KINDS: Readonly<Record<string, (nth: number) => string>> = {
  'bodies of one byte each': (nth) =>
    `POST /graphql HTTP/1.1\r\nHost: a\r\n${CHUNKED}\r\n\r\n${[...`${nth}`.padEnd(3_000)].map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`,
  'names of hosts': (nth) =>
    `GET /nothing HTTP/1.1\r\nHost: ${`${nth}`.padEnd(4_000, 'x')}\r\nConnection: close\r\n\r\n`,
  'origins of pages': (nth) =>
    `GET /healthz HTTP/1.1\r\nHost: a\r\nOrigin: https://${`${nth}`.padEnd(4_000, 'x')}\r\nConnection: close\r\n\r\n`,
  'handshakes with invalid keys': (nth) =>
    `GET /graphql HTTP/1.1\r\nHost: a\r\n${UPGRADE}\r\nSec-WebSocket-Key: ${`${nth}`.padEnd(4_000, 'x')}\r\n\r\n`,
  'handshakes with unknown protocols': (nth) =>
    // A close frame follows at once, masked by zeros.
    `GET /graphql HTTP/1.1\r\nHost: a\r\n${UPGRADE}\r\nSec-WebSocket-Key: ${keyOf(nth)}\r\nSec-WebSocket-Protocol: p${`${nth}`.padEnd(4_000, 'x')}\r\n\r\n\x88\x80\0\0\0\0`,
};

/** 3 490 headers of five bytes, the largest number that `requestHeaderBytes` lets pass. */
const TINY_HEADERS = Array.from(
  { length: 3_490 },
  (_, at) => `${at.toString(36).padStart(2, 'h').slice(-2)}:b\r\n`,
).join('');
/** Requests that never end, in which the server cannot count the bytes that arrive. */
const ENDLESS: Readonly<Record<string, string>> = {
  'a head of tiny headers': `GET / HTTP/1.1\r\nHost: a\r\n${TINY_HEADERS}`,
  'a head of one header': `GET / HTTP/1.1\r\nHost: a\r\nA: ${'b'.repeat(20_000)}`,
  'trailers after a body': `POST /graphql HTTP/1.1\r\nHost: a\r\n${CHUNKED}\r\n\r\n1\r\n{\r\n0\r\n${TINY_HEADERS}`,
};

/** A key of sixteen bytes (RFC 6455 s.4.1). */
function keyOf(nth: number): string {
  return Buffer.from(`${nth}`.padEnd(16)).toString('base64');
}

/** Messages of a client over WebSocket, by number. The server or the client closes the connection. */
const SOCKET_KINDS: Readonly<Record<string, (socket: WebSocket, nth: number) => void>> = {
  'invalid messages': (socket, nth) => socket.send(`${nth}`.padEnd(50_000, 'x')),
  'fragments that never end': (socket, nth) => {
    for (let at = 0; at < 60; at += 1) socket.send(`${nth}`.padEnd(1_000, 'x'), { fin: false });
  },
  'too many fragments': (socket, nth) => {
    for (let at = 0; at < 70; at += 1) socket.send(`${nth}`.padEnd(100, 'x'), { fin: false });
  },
  'pings of frames': (socket, nth) => {
    for (let at = 0; at < 100; at += 1) socket.ping(`${nth}`.padEnd(125, 'x'));
  },
  'pings of the protocol': (socket, nth) => {
    for (let at = 0; at < 100; at += 1) {
      socket.send(JSON.stringify({ type: 'ping', payload: { more: `${nth}`.padEnd(500, 'x') } }));
    }
  },
};

/** Opens `/metrics`, which tells how many subscriptions are open. */
const METRICS_TOKEN = 'a-token-of-twenty-four-characters';

/** Subscriptions that are left open, more than may be. Their messages may take `bytes`. */
const LEFT_OPEN = {
  'subscriptions of one caller': { callers: 1, connections: 3, each: 20, values: 0, bytes: MIB },
  'large subscriptions of one caller': { callers: 1, connections: 2, each: 10, values: 300, bytes: MIB },
  'large subscriptions of many callers': { callers: 12, connections: 1, each: 10, values: 300, bytes: 8 * MIB },
};

/** A message with this many values of text, in which each character takes two bytes. */
function subscribe(nth: number, values: number) {
  const variables = Object.fromEntries(
    Array.from({ length: values }, (_, at) => [`v${at}`, `${nth}€`.padEnd(160, 'x')]),
  );
  return {
    type: 'subscribe',
    id: `${nth}`,
    payload: { query: `subscription S${nth} { expenseReportChanged { id } }`, variables },
  };
}

/** A query whose answer has 4.8 MB, because each of its fields repeats a long name. */
const LARGE_ANSWER = `{ ${Array.from({ length: 80 }, (_, at) => `a${at}: serverInfo { ...f }`).join(' ')} } fragment f on ServerInfo { ${'a'.repeat(60_000)}: name }`;
/** Requests that come at once on one connection. */
const PIPELINED_REQUESTS = 14;

/** The persisted query for a large answer. A request for it has few bytes once the server knows it. */
const LARGE_PERSISTED = {
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(LARGE_ANSWER).digest('hex') },
};

/** A request for the large answer by its hash. */
function largeRequest(connection: 'close' | 'keep-alive'): string {
  const url = `/graphql?extensions=${encodeURIComponent(JSON.stringify(LARGE_PERSISTED))}`;
  return `GET ${url} HTTP/1.1\r\nHost: a\r\nApollo-Require-Preflight: true\r\nConnection: ${connection}\r\n\r\n`;
}

/** Asks for large answers, several at once, and reads none. Returns the connection once the first answer begins to come. */
async function leaveUnread(port: number): Promise<Socket> {
  // Its address is not that of the trusted proxy, which is exempt from the share of an address.
  const socket = openConnection(port, '127.0.0.2');
  socket.write(largeRequest('keep-alive').repeat(PIPELINED_REQUESTS));
  // The server may cut it off before. Its errors are its end.
  await new Promise((resolve) => socket.once('readable', resolve).once('close', resolve));
  return socket;
}

/** The form of Entra's tokens, with a signature of the right length. */
function unsigned(kid: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ typ: 'JWT', alg: 'RS256', kid })}.${part({ ver: '2.0' })}.${'A'.repeat(342)}`;
}

function print(grown: number, kind: string): void {
  if (PRINTS) process.stdout.write(`${String(Math.round(grown / 1024)).padStart(7)} kB  ${kind}\n`);
}

describe('a server with little memory and few files', () => {
  let api: TestApi;
  let child: ChildProcess;
  let lines: AsyncIterableIterator<string>;
  let address: string;
  beforeAll(async () => {
    api = await startApi();
    child = spawn(
      process.execPath,
      ['--max-old-space-size=256', '--expose-gc', '--import', 'tsx', 'test/availability/memory/small-server.ts'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          ...api.environment,
          TRUST_PROXY: '127.0.0.1',
          METRICS_TOKEN,
          TEST_MAX_FILES: String(FILES),
        },
      },
    );
    if (!child.stdout) throw new TypeError('no output');
    lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    address = await nextLine();
  });
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

  /** Sends requests by number, eight at a time, and compares the heap after some with that after all. */
  async function expectFlat(kind: string, send: (nth: number) => Promise<void>): Promise<void> {
    const sendAll = async (from: number, to: number) => {
      let next = from;
      const work = async () => {
        while (next < to) {
          next += 1;
          await send(next);
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
    };
    await sendAll(0, WARM_UP);
    const before = await heap();
    await sendAll(WARM_UP, REQUESTS);
    const grown = (await heap()) - before;
    print(grown, kind);
    expect(grown).toBeLessThan(3 * MIB);
  }

  const TITLE = 'takes no more for many %s than for few';
  const TIME = { timeout: 900_000 };

  it.each(Object.entries(KINDS))(TITLE, TIME, (kind, make) => expectFlat(kind, (nth) => ask(make(nth))));

  it.each(['cursors'])(TITLE, TIME, async (kind) => {
    const headers = { authorization: `Bearer ${await api.emulator.issueAccessToken('erin')}` };
    await expectFlat(kind, (nth) => {
      const after = Buffer.from(`${nth}`.padEnd(2_000, 'x')).toString('base64url');
      const query = 'query Q($after: String) { expenseReports(first: 1, after: $after) { nodes { id } } }';
      return ask({ headers, body: { query, variables: { after } } });
    });
  });

  it.each(Object.entries(RAW_KINDS))(TITLE, TIME, (kind, make) =>
    expectFlat(kind, async (nth) => {
      const { statuses, closed } = await sendRaw(Number(new URL(address).port), Buffer.from(make(nth), 'latin1'));
      expect([statuses.length, closed]).toEqual([1, true]);
    }),
  );

  it.each(Object.entries(SOCKET_KINDS))(TITLE, TIME, (kind, send) =>
    expectFlat(kind, async (nth) => {
      const { opened, closed, socket } = openSocket(`${address.replace('http', 'ws')}/graphql`);
      await opened;
      send(socket, nth);
      if (kind === 'fragments that never end') socket.terminate();
      else socket.close();
      await closed;
    }),
  );

  it('takes no more for many WebSockets than for few', { timeout: 900_000 }, async () => {
    const token = `Bearer ${await api.emulator.issueAccessToken('erin')}`;
    await expectFlat('WebSockets', async (nth) => {
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
    });
  });

  async function openSubscriptions(): Promise<number> {
    const response = await fetch(`${address}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
    return Number(/^entra_graphql_subscriptions (\d+)$/m.exec(await response.text())?.[1]);
  }

  /** Connects, and subscribes this many times. */
  async function leaveOpen(token: string, { each, values }: { readonly each: number; readonly values: number }) {
    const connection = openSocket(`${address.replace('http', 'ws')}/graphql`);
    await connection.opened;
    connection.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await connection.received('connection_ack');
    for (let nth = 0; nth < each; nth += 1) connection.send(subscribe(nth, values));
    return connection;
  }

  it.each(Object.entries(LEFT_OPEN))('keeps little of %s that are left open', TIME, async (kind, left) => {
    const { callers, connections, each, bytes } = left;
    const tokens = await Promise.all(
      Array.from({ length: callers }, () => api.emulator.issueAccessToken('erin', { claims: { oid: randomUUID() } })),
    );
    const clients = tokens.flatMap((token) => Array.from({ length: connections }, () => token));
    const asked = clients.length * each;

    /** Returns how many were open, and the heap then. They are closed afterwards. */
    async function openAndClose() {
      const sockets = await Promise.all(clients.map((token) => leaveOpen(token, left)));
      const refused = () => sockets.flatMap(({ messages }) => messages.filter(({ type }) => type === 'error')).length;
      await until(async () => (await openSubscriptions()) + refused() === asked);
      const taken = await heap();
      for (const { socket } of sockets) socket.close();
      await Promise.all(sockets.map(({ closed }) => closed));
      await until(async () => (await openSubscriptions()) === 0);
      return { open: asked - refused(), taken };
    }

    const { open } = await openAndClose();
    expect(open).toBeLessThan(asked);
    const before = await heap();
    for (let round = 0; round < REQUESTS / 300; round += 1) {
      const again = await openAndClose();
      expect(again.open).toBe(open);
      print(again.taken - before, `${open} ${kind}`);
      expect(again.taken - before).toBeLessThan(bytes + open * 32 * 1024);
    }
    const grown = (await heap()) - before;
    print(grown, `${kind} that were closed`);
    expect(grown).toBeLessThan(MIB);
  });

  it('answers although one address has silent connections in all places, and answers that address too', async () => {
    const port = Number(new URL(address).port);
    const silent = Array.from({ length: 2 * FILES }, () => openConnection(port, '127.0.0.2').resume());
    const lost = () => silent.filter(({ closed }) => closed).length;
    await vi.waitFor(() => expect(lost()).toBeGreaterThan(FILES), { timeout: 60_000, interval: 50 });
    for (let request = 0; request < 5; request += 1) await ask({ body: QUERY });
    const own = openConnection(port, '127.0.0.2');
    own.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    const [answer] = await once(own, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    expect(lost()).toBeLessThan(silent.length);
    for (const socket of [...silent, own]) socket.destroy();
  });

  it.each(Object.entries(ENDLESS))('keeps little more than the bytes of %s that does not end', async (_kind, text) => {
    const before = await heap();
    const sockets = Array.from({ length: 100 }, () => openConnection(Number(new URL(address).port)));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) socket.write(text);
    // A request that is sent afterwards is answered afterwards.
    await ask({ body: QUERY });
    const kept = ((await heap()) - before) / sockets.length;
    for (const socket of sockets) socket.destroy();
    print(kept, 'for each unfinished request');
    expect(kept).toBeLessThan(64 * 1024);
  });

  it('takes no more for large answers by GET that several connections do not read', TIME, async () => {
    await ask({ body: { query: LARGE_ANSWER, extensions: LARGE_PERSISTED } });
    const port = Number(new URL(address).port);
    const { text, statuses } = await sendRaw(port, largeRequest('close'), 60_000);
    expect([statuses, text.length > 4_800_000]).toEqual([[200], true]);
    const before = await heap();
    // Each round asks for 403 MB.
    for (let round = 0; round < REQUESTS / 150; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 6 }, () => leaveUnread(port)));
      // Another address is answered.
      await ask({ body: QUERY });
      for (const socket of sockets) socket.destroy();
    }
    const grown = await vi.waitFor(
      async () => {
        const more = (await heap()) - before;
        expect(more).toBeLessThan(3 * MIB);
        return more;
      },
      { timeout: 60_000, interval: 500 },
    );
    print(grown, 'large answers by GET that are never read');
  });
});
