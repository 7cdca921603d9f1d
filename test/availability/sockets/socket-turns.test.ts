import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { openSocket, until } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// Operations that wait for nothing, many at once on WebSockets: they are bounded and take turns, like those that wait.

const { socketOperations, callerOperations, callerSockets, socketBufferedBytes } = defaultLimits;

let server: TextServer;
beforeAll(async () => {
  server = await startTextServer();
});
afterAll(() => server.close());

/** Connects clients of one caller. */
async function connect(count: number) {
  const authorization = `Bearer ${await server.emulator.issueAccessToken('erin')}`;
  const connections = Array.from({ length: count }, () => openSocket(`ws://127.0.0.1:${server.port}/graphql`));
  for (const { opened, send, received } of connections) {
    await opened;
    send({ type: 'connection_init', payload: { authorization } });
    await received('connection_ack');
  }
  return connections;
}

type Connection = Awaited<ReturnType<typeof connect>>[number];

/** Sends operations in one packet. */
function sendAtOnce({ socket, send }: Connection, count: number, query: string): void {
  const stream = Object(socket)._socket;
  stream.cork();
  for (let id = 0; id < count; id += 1) send({ type: 'subscribe', id: `${id}`, payload: { query } });
  stream.uncork();
}

const idsOf = ({ messages }: Connection, kind: string) =>
  messages.filter(({ type }) => type === kind).map(({ id }) => id);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `${from + at}`);
const isAnswered = (connection: Connection, count: number) =>
  idsOf(connection, 'complete').length + idsOf(connection, 'error').length === count;

describe('operations that come at once', () => {
  it('on one connection are bounded, and are answered in order', async () => {
    const [connection] = (await connect(1)) as [Connection];
    const count = socketOperations + 10;
    sendAtOnce(connection, count, '{ text(length: 1) }');
    await until(() => isAnswered(connection, count));
    expect(idsOf(connection, 'next')).toEqual(range(0, socketOperations));
    expect(idsOf(connection, 'error')).toEqual(range(socketOperations, count));
    const [refused] = connection.messages.filter(({ type }) => type === 'error');
    expect(refused?.payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
    connection.socket.terminate();
  });

  it('are begun one in a turn of the event loop', async () => {
    const [connection] = (await connect(1)) as [Connection];
    let turn = 0;
    const turns: number[] = [];
    const before = server.fields.resolved;
    sendAtOnce(connection, 10, '{ rows(count: 0) { text(length: 1) } }');
    // The server runs in this process. Each turn sees how many operations have run.
    while (server.fields.resolved - before < 10) {
      await setImmediate();
      turn += 1;
      const ran = server.fields.resolved - before;
      while (turns.length < ran) turns.push(turn);
    }
    expect(new Set(turns).size).toBe(10);
    connection.socket.terminate();
  });

  it('on several connections count as those of their caller', async () => {
    const connections = await connect(5);
    for (const connection of connections) sendAtOnce(connection, socketOperations, '{ text(length: 100000) }');
    await until(() => connections.every((connection) => isAnswered(connection, socketOperations)));
    const refused = connections.flatMap((connection) => idsOf(connection, 'error')).length;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(5 * socketOperations - callerOperations);
    for (const { socket } of connections) socket.terminate();
  });

  it('with more answers than may wait do not cut off a client that reads', async () => {
    const [connection] = (await connect(1)) as [Connection];
    const length = Math.ceil((2 * socketBufferedBytes) / socketOperations);
    sendAtOnce(connection, socketOperations, `{ text(length: ${length}) }`);
    await until(() => isAnswered(connection, socketOperations));
    expect(idsOf(connection, 'complete')).toEqual(range(0, socketOperations));
    expect(connection.socket.readyState).toBe(connection.socket.OPEN);
    connection.socket.terminate();
  });

  it('are bounded by what is kept of them, even if the client no longer waits for their turn', async () => {
    const before = await server.limitsHit('addressIncomingBytes');
    const connections = await connect(callerSockets);
    // A subscription waits without a place of the caller. `complete` takes it from the operations of its connection.
    const query = `subscription { quiet } #${'x'.repeat(60_000)}`;
    for (let id = 0; id < 8; id += 1) {
      for (const { send } of connections) {
        send({ type: 'subscribe', id: `${id}`, payload: { query } });
        send({ type: 'complete', id: `${id}` });
      }
    }
    await until(async () => (await server.limitsHit('addressIncomingBytes')) > before);
    for (const { socket } of connections) socket.terminate();
    const [next] = (await connect(1)) as [Connection];
    const isAnsweredNow = async () => {
      next.send({ type: 'subscribe', id: randomUUID(), payload: { query: '{ text(length: 1) }' } });
      await setImmediate();
      return idsOf(next, 'next').length > 0;
    };
    await until(isAnsweredNow);
    next.socket.terminate();
  });
});
