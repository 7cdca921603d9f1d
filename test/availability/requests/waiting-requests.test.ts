import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openConnection, statusesOf } from '../../support/raw-http.js';
import { tokenOf, until } from '../../support/sockets.js';
import { keepBusy, startTextServer, type TextServer } from '../../support/text-server.js';

// Requests that have arrived and wait for their turn. Each takes some kilobytes, however small it is.

const MIB = 1024 * 1024;
const GET = 'GET /graphql?query={serverInfo{name}} HTTP/1.1\r\nHost: a\r\nApollo-Require-Preflight: 1\r\n\r\n';
const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
const MANY_HEADERS = GET.replace(
  'Host: a',
  ['Host: a', ...Array.from({ length: 190 }, (_, at) => `a${at}: b`)].join('\r\n'),
);
const LARGE = 'x'.repeat(20_000);

interface Client {
  readonly socket: Socket;
  readonly text: () => string;
  readonly statuses: () => readonly number[];
}

const clients: Client[] = [];
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
});

async function connect(port: number, address: string): Promise<Client> {
  const socket = openConnection(port, address).setEncoding('latin1');
  let text = '';
  socket.on('data', (part) => {
    text += part;
  });
  await once(socket, 'connect');
  const client = { socket, text: () => text, statuses: () => statusesOf(text) };
  clients.push(client);
  return client;
}

const post = (body: string) =>
  `POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const EACH = 60;

/**
 * Sends requests without waiting on some connections of one address. Returns all their answers when nothing is left to come.
 */
async function flood(port: number, { request, connections = 5 }: { request: string; connections?: number }) {
  const many = await Promise.all(Array.from({ length: connections }, () => connect(port, '127.0.0.3')));
  for (const { socket } of many) socket.write(request.repeat(EACH));
  const isOver = ({ socket, statuses }: Client) => socket.closed || statuses().length === EACH;
  return { many, isOver: () => many.every(isOver), statuses: () => many.flatMap(({ statuses }) => statuses()) };
}

describe('requests of one address that wait for their turn', () => {
  let server: TextServer;
  beforeAll(async () => {
    server = await startTextServer({}, { limits: { addressIncomingBytes: MIB } });
  });
  afterAll(() => server.close());

  it('are all answered where they take less than the share of an address', async () => {
    const { isOver, statuses } = await flood(server.port, { request: GET, connections: 3 });
    await until(isOver);
    expect(statuses()).toEqual(Array(3 * EACH).fill(200));
  });

  it.each([
    ['tiny ones', GET, 5_000],
    ['with many headers', MANY_HEADERS, 24_000],
    ['with large bodies', post(`{"query":"{serverInfo{name}} #${LARGE}"}`), 20_000],
  ])('are kept up to that share, and 429 is the answer beyond it: %s', async (_name, request, bytes) => {
    const before = await server.limitsHit('addressIncomingBytes');
    let waiting = 0;
    let most = 0;
    const count = (_request: unknown, response: ServerResponse) => {
      waiting += 1;
      most = Math.max(most, waiting);
      response.once('close', () => {
        waiting -= 1;
      });
    };
    server.app.server.on('request', count);
    const { many, isOver, statuses } = await flood(server.port, { request });
    await until(isOver);
    server.app.server.off('request', count);
    expect(new Set(statuses())).toEqual(new Set([200, 429]));
    expect(await server.limitsHit('addressIncomingBytes')).toBe(
      before + statuses().filter((status) => status === 429).length,
    );
    const refused = many.find((client) => client.statuses().includes(429))?.text();
    expect(refused).toContain('"limit":{"name":"addressIncomingBytes","maximum":1048576');
    // Each connection has one more, which is refused.
    expect(most).toBeLessThanOrEqual(MIB / bytes + many.length + 1);
  });

  it.each(['on', 'off'])('are kept up to that share for every caller, with GRAPHQL_COMPILED=%s', async (compiled) => {
    const own = await startTextServer({ GRAPHQL_COMPILED: compiled }, { limits: { addressIncomingBytes: MIB / 4 } });
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(own, signIn);
      const request = token ? GET.replace('Host: a', `Host: a\r\nAuthorization: Bearer ${token}`) : GET;
      const { isOver, statuses } = await flood(own.port, { request, connections: 2 });
      await until(isOver);
      expect([signIn, ...new Set(statuses())].sort()).toEqual([signIn, 200, 429].sort());
    }
    await own.close();
  });

  it('keep out neither other addresses nor a question whether the server lives', async () => {
    const { isOver } = await flood(server.port, { request: GET });
    const other = await connect(server.port, '127.0.0.4');
    const health = await connect(server.port, '127.0.0.3');
    other.socket.write(GET);
    health.socket.write(HEALTH);
    await until(() => other.statuses().length === 1 && health.statuses().length === 1);
    expect([other.statuses(), health.statuses()]).toEqual([[200], [200]]);
    await until(isOver);
  });

  it('are still texts, and are parsed for a millisecond in a turn', async () => {
    const parseNow = JSON.parse;
    const parse = vi.spyOn(JSON, 'parse').mockImplementation((text, reviver) => {
      if (text.includes('values of this test')) keepBusy(1);
      return parseNow(text, reviver);
    });
    const parsed = () => parse.mock.calls.filter(([text]) => String(text).includes('values of this test')).length;
    const values = Array(1_000).fill({});
    const request = post(JSON.stringify({ query: '{ serverInfo { name } }', x: 'values of this test', values }));
    const { isOver } = await flood(server.port, { request, connections: 1 });
    let most = 0;
    for (let last = 0; !isOver(); last = parsed()) {
      await setImmediate();
      most = Math.max(most, parsed() - last);
    }
    expect([most, parsed()]).toEqual([1, EACH]);
    parse.mockRestore();
  });
});

describe('requests of all addresses that wait for their turn', () => {
  let server: TextServer;
  beforeAll(async () => {
    server = await startTextServer({}, { limits: { incomingBytes: MIB, addressIncomingBytes: 2 * MIB } });
  });
  afterAll(() => server.close());

  it('are kept up to the bound for all, and 503 is the answer beyond it', async () => {
    const { many, isOver, statuses } = await flood(server.port, { request: GET });
    const health = await connect(server.port, '127.0.0.3');
    health.socket.write(HEALTH);
    await until(isOver);
    expect(new Set(statuses())).toEqual(new Set([200, 503]));
    expect(await server.limitsHit('incomingBytes')).toBe(statuses().filter((status) => status === 503).length);
    const refused = many
      .find((client) => client.statuses().includes(503))
      ?.text()
      .toLowerCase();
    expect(refused).toContain('retry-after: 1\r\n');
    expect(refused).toContain('"code":"service_unavailable","limit":{"name":"incomingbytes"');
    await until(() => health.statuses().length === 1);
    expect(health.statuses()).toEqual([200]);
  });

  it.each(['on', 'off'])('are kept up to that bound for every caller, with GRAPHQL_COMPILED=%s', async (compiled) => {
    const limits = { incomingBytes: MIB / 4, addressIncomingBytes: MIB };
    const own = await startTextServer({ GRAPHQL_COMPILED: compiled }, { limits });
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(own, signIn);
      const request = token ? GET.replace('Host: a', `Host: a\r\nAuthorization: Bearer ${token}`) : GET;
      const { isOver, statuses } = await flood(own.port, { request, connections: 2 });
      await until(isOver);
      expect([signIn, ...new Set(statuses())].sort()).toEqual([signIn, 200, 503].sort());
    }
    await own.close();
  });
});

describe('what is sent behind the last request that is answered', () => {
  let server: TextServer;
  beforeAll(async () => {
    server = await startTextServer();
  });
  afterAll(() => server.close());

  it.each([
    ['a refusal that is much larger than its request', 'GET / HTTP/1.1\r\n\r\n', 1],
    ['the refusal of too many requests', GET, defaultLimits.pipelinedRequests + 1],
    ['an answer that ends the connection', 'GET /healthz HTTP/1.1\r\nConnection: close\r\nHost: a\r\n\r\n', 1],
    [
      'requests for WebSocket',
      `GET / HTTP/1.1\r\n\r\n${GET.replace('Host', 'Connection: Upgrade\r\nUpgrade: websocket\r\nHost')}`,
      1,
    ],
  ])('is not even made a request: %s', async (_name, request, taken) => {
    const client = await connect(server.port, '127.0.0.2');
    let requests = 0;
    const count = () => {
      requests += 1;
    };
    server.app.server.on('request', count);
    server.app.server.on('upgrade', count);
    // The server reads at most 64 KiB at once.
    client.socket.write(request.repeat(Math.floor(60_000 / request.length)));
    await once(client.socket, 'close');
    server.app.server.off('request', count);
    server.app.server.off('upgrade', count);
    expect(client.statuses()).toHaveLength(taken);
    // The first of what follows shows that something does.
    expect(requests).toBeLessThanOrEqual(taken + 1);
  });
});
