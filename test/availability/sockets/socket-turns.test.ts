import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openSocket, tokenOf, until } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// Operations that wait for nothing, many at once on WebSockets: they are bounded and take turns, like those that wait.

const { socketOperations, callerOperations, callerSockets, socketBufferedBytes } = defaultLimits;

/** What a title calls them, and their sign-ins. */
const CALLERS = EVERY_SIGN_IN.map((signIn) => [signIn ?? 'an anonymous client', signIn] as const);

let server: TextServer;
beforeAll(async () => {
  server = await startTextServer();
});
afterAll(() => server.close());

/** Connects clients of one caller. */
async function connectAs(count: number, { port }: TextServer, token: string | undefined) {
  const connections = Array.from({ length: count }, () => openSocket(`ws://127.0.0.1:${port}/graphql`));
  for (const { opened, send, received } of connections) {
    await opened;
    send({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });
    await received('connection_ack');
  }
  return connections;
}

type Connection = Awaited<ReturnType<typeof connectAs>>[number];

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
  it.each(['on', 'off'])(
    'on one connection are bounded, answered in order, and begun one in a turn, for every caller, with GRAPHQL_COMPILED=%s',
    async (compiled) => {
      const own = await startTextServer({ GRAPHQL_COMPILED: compiled });
      const count = socketOperations + 10;
      for (const signIn of EVERY_SIGN_IN) {
        const [connection] = (await connectAs(1, own, await tokenOf(own, signIn))) as [Connection];
        const turns = new Set<number>();
        const before = own.fields.resolved;
        sendAtOnce(connection, count, '{ rows(count: 0) { text(length: 1) } }');
        let ran = 0;
        // The server runs in this process. Each turn sees how many operations have run.
        for (let turn = 0; ran < socketOperations; turn += 1) {
          await setImmediate();
          if (own.fields.resolved - before > ran) turns.add(turn);
          ran = own.fields.resolved - before;
        }
        await until(() => isAnswered(connection, count));
        expect([signIn, turns.size, ran]).toEqual([signIn, socketOperations, socketOperations]);
        expect(idsOf(connection, 'next')).toEqual(range(0, socketOperations));
        expect(idsOf(connection, 'error')).toEqual(range(socketOperations, count));
        const [refused] = connection.messages.filter(({ type }) => type === 'error');
        expect(refused?.payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
        connection.socket.terminate();
      }
      await own.close();
    },
  );

  it.each(CALLERS)('of %s on several connections count as those of their caller', async (_name, signIn) => {
    const connections = await connectAs(5, server, await tokenOf(server, signIn));
    for (const connection of connections) sendAtOnce(connection, socketOperations, '{ text(length: 100000) }');
    await until(() => connections.every((connection) => isAnswered(connection, socketOperations)));
    const refused = connections.flatMap((connection) => idsOf(connection, 'error')).length;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(5 * socketOperations - callerOperations);
    for (const { socket } of connections) socket.terminate();
  });

  it.each(CALLERS)(
    'of %s with more answers than may wait do not cut off a client that reads',
    async (_name, signIn) => {
      const [connection] = (await connectAs(1, server, await tokenOf(server, signIn))) as [Connection];
      const length = Math.ceil((2 * socketBufferedBytes) / socketOperations);
      sendAtOnce(connection, socketOperations, `{ text(length: ${length}) }`);
      await until(() => isAnswered(connection, socketOperations));
      expect(idsOf(connection, 'complete')).toEqual(range(0, socketOperations));
      expect(connection.socket.readyState).toBe(connection.socket.OPEN);
      connection.socket.terminate();
    },
  );

  it.each(CALLERS)(
    'of %s are bounded by what is kept of them, even if the client no longer waits for their turn',
    async (_name, signIn) => {
      const token = await tokenOf(server, signIn);
      const before = await server.limitsHit('addressIncomingBytes');
      const connections = await connectAs(callerSockets, server, token);
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
      const [next] = (await connectAs(1, server, token)) as [Connection];
      const isAnsweredNow = async () => {
        next.send({ type: 'subscribe', id: randomUUID(), payload: { query: '{ text(length: 1) }' } });
        await setImmediate();
        return idsOf(next, 'next').length > 0;
      };
      await until(isAnsweredNow);
      next.socket.terminate();
    },
  );
});
