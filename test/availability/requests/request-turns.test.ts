import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openConnection, statusesOf } from '../../support/raw-http.js';
import { tokenOf, until } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// Requests that wait for nothing, many at once over HTTP: they take turns, so that other clients are answered between them.

let server: TextServer;
let token: string;
beforeAll(async () => {
  server = await startTextServer();
  token = await server.emulator.issueAccessToken('erin');
});
afterAll(() => server.close());

interface Client {
  readonly socket: Socket;
  readonly statuses: () => readonly number[];
}

async function connect(count: number, { port } = server): Promise<Client[]> {
  const sockets = Array.from({ length: count }, () => openConnection(port).setEncoding('latin1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets.map((socket) => {
    let text = '';
    socket.on('data', (part) => {
      text += part;
    });
    return { socket, statuses: () => statusesOf(text) };
  });
}

function post(query: string, authorization = ''): string {
  const body = JSON.stringify({ query });
  const headers = ['Host: a', 'Content-Type: application/json', `Content-Length: ${body.length}`, authorization];
  return `POST /graphql HTTP/1.1\r\n${headers.filter(Boolean).join('\r\n')}\r\n\r\n${body}`;
}

function get(query: string, authorization = ''): string {
  const headers = ['Host: a', 'Apollo-Require-Preflight: 1', authorization];
  return `GET /graphql?query=${encodeURIComponent(query)} HTTP/1.1\r\n${headers.filter(Boolean).join('\r\n')}\r\n\r\n`;
}

/** The server runs in this process. Returns the most operations that a turn of its event loop has begun. */
async function mostInATurn(operations: number, { fields } = server): Promise<number> {
  const before = fields.resolved;
  let most = 0;
  let last = before;
  while (last - before < operations) {
    await setImmediate();
    most = Math.max(most, fields.resolved - last);
    last = fields.resolved;
  }
  return most;
}

const ROWS = '{ rows(count: 0) { text(length: 1) } }';
const unique = (at: number) => `${ROWS} # ${at}`;

describe('requests that come at once', () => {
  it.each([
    ['on one connection', 1, 30, () => post(ROWS)],
    ['by GET', 1, 30, () => get(ROWS)],
    ['with documents that the server has not seen', 1, 30, (at: number) => post(unique(at))],
    ['on many connections', 30, 1, () => post(ROWS)],
    ['many on each of some connections', 6, 5, () => post(ROWS)],
  ])(
    '%s are begun one in a turn of the event loop if they take a millisecond',
    async (_name, connections, each, request) => {
      const clients = await connect(connections);
      server.fields.busyMs = 1;
      for (const { socket } of clients) socket.write(Array.from({ length: each }, (_, at) => request(at)).join(''));
      expect(await mostInATurn(connections * each)).toBe(1);
      await until(() => clients.every(({ statuses }) => statuses().length === each));
      expect(clients.flatMap(({ statuses }) => statuses())).toEqual(Array(connections * each).fill(200));
      for (const { socket } of clients) socket.destroy();
      server.fields.busyMs = 0;
    },
  );

  it.each(['on', 'off'])('are begun one in a turn for every caller, with GRAPHQL_COMPILED=%s', async (compiled) => {
    const own = await startTextServer({ GRAPHQL_COMPILED: compiled });
    own.fields.busyMs = 1;
    for (const signIn of EVERY_SIGN_IN) {
      const caller = await tokenOf(own, signIn);
      const authorization = caller && `Authorization: Bearer ${caller}`;
      for (const [connections, each, request] of [
        [1, 10, post(ROWS, authorization)],
        [10, 1, post(ROWS, authorization)],
        [1, 10, get(ROWS, authorization)],
        [10, 1, get(ROWS, authorization)],
      ] as const) {
        const clients = await connect(connections, own);
        for (const { socket } of clients) socket.write(request.repeat(each));
        expect([signIn, await mostInATurn(10, own)]).toEqual([signIn, 1]);
        await until(() => clients.every(({ statuses }) => statuses().length === each));
        expect(clients.flatMap(({ statuses }) => statuses())).toEqual(Array(10).fill(200));
        for (const { socket } of clients) socket.destroy();
      }
    }
    await own.close();
  });

  it('on one connection let the request of another client be answered between them', async () => {
    const [many, other] = (await connect(2)) as [Client, Client];
    const answeredBefore = once(other.socket, 'data').then(() => many.statuses().length);
    many.socket.write(post(ROWS).repeat(60));
    other.socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await answeredBefore).toBeLessThan(60);
    expect(other.statuses()).toEqual([200]);
    await until(() => many.statuses().length === 60);
    for (const { socket } of [many, other]) socket.destroy();
  });

  it('from one caller are all answered, though they are more than may be under way', async () => {
    const count = defaultLimits.callerOperations + 10;
    const clients = await connect(count);
    for (const { socket } of clients) socket.write(post(ROWS, `Authorization: Bearer ${token}`));
    await until(() => clients.every(({ statuses }) => statuses().length === 1));
    expect(clients.flatMap(({ statuses }) => statuses())).toEqual(Array(count).fill(200));
    for (const { socket } of clients) socket.destroy();
  });

  it('are run in their order on one connection', async () => {
    const [client] = (await connect(1)) as [Client];
    const before = server.written.length;
    const lengths = Array.from({ length: 10 }, (_, at) => at + 1);
    const write = (length: number) => post(`mutation { write(length: ${length}) }`, `Authorization: Bearer ${token}`);
    client.socket.write(lengths.map(write).join(''));
    await until(() => client.statuses().length === lengths.length);
    expect(server.written.slice(before)).toEqual(lengths);
    client.socket.destroy();
  });

  it('are not run after their client has left', async () => {
    const [client] = (await connect(1)) as [Client];
    const before = server.fields.resolved;
    client.socket.write(post(ROWS).repeat(60));
    await until(() => server.fields.resolved > before);
    client.socket.resetAndDestroy();
    const [next] = (await connect(1)) as [Client];
    next.socket.write(post('{ text(length: 1) }'));
    await until(() => next.statuses().length === 1);
    // Everything that was to run has had its turn.
    for (let turn = 0; turn < 200; turn += 1) await setImmediate();
    expect(server.fields.resolved - before).toBeLessThan(60);
    next.socket.destroy();
  });
});
