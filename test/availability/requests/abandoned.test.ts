import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../../src/config/limits.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openSocket, tokenOf, until } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// Operations whose clients do not want the answer any more.

type Connection = ReturnType<typeof openSocket>;

async function connect({ port }: TextServer, token: string | undefined): Promise<Connection> {
  const connection = openSocket(`ws://127.0.0.1:${port}/graphql`);
  await connection.opened;
  connection.send({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });
  await connection.received('connection_ack');
  return connection;
}

describe.each(['on', 'off'])('with GRAPHQL_COMPILED=%s', (compiled) => {
  let server: TextServer;
  beforeAll(async () => {
    server = await startTextServer({ GRAPHQL_COMPILED: compiled });
  });
  afterAll(() => server.close());

  it('an operation of any caller that is completed in the packet in which it came runs nothing', async () => {
    for (const signIn of EVERY_SIGN_IN) {
      const { socket, send, received, messages } = await connect(server, await tokenOf(server, signIn));
      const query = '{ rows(count: 3) { lateRows(count: 3) { text(length: 1) } } }';
      const subscribe = (id: number) => send({ type: 'subscribe', id: String(id), payload: { query } });
      const before = server.fields.resolved;
      const stream = Reflect.get(socket, '_socket');
      stream.cork();
      for (let id = 0; id < 40; id += 1) {
        subscribe(id);
        send({ type: 'complete', id: String(id) });
      }
      stream.uncork();
      subscribe(100);
      await received('complete');
      expect([signIn, ...messages.filter(({ type }) => type === 'next').map(({ id }) => id)]).toEqual([signIn, '100']);
      expect(server.fields.resolved - before).toBe(1 + 3 + 9);
      socket.close();
    }
  });

  it.each([
    ['sends complete', ({ send }: Connection) => send({ type: 'complete', id: '1' })],
    ['goes', ({ socket }: Connection) => socket.terminate()],
  ])('an event of a subscription of any caller is abandoned when its client %s', async (_name, leave) => {
    const query = 'subscription { rows(count: 1) { lateRows(count: 5) { text(length: 1) } } }';
    const ended = () => server.logs.filter(({ msg, type }) => msg === 'operation' && type === 'subscription').length;
    // Apollo Server answers the first event. Queries that come often are compiled.
    const known = EVERY_SIGN_IN.flatMap((signIn) => [true, false].map((stays) => ({ signIn, stays })));
    const first = [true, false, true, true, true, false].map((stays) => ({ signIn: undefined, stays }));
    for (const { signIn, stays } of [...first, ...known]) {
      const connection = await connect(server, await tokenOf(server, signIn));
      let open = () => {};
      server.fields.gate = new Promise((resolve) => {
        open = resolve;
      });
      const [resolvedBefore, endedBefore] = [server.fields.resolved, ended()];
      connection.send({ type: 'subscribe', id: '1', payload: { query } });
      await until(() => server.fields.resolved === resolvedBefore + 1);
      if (!stays) {
        const disposedBefore = server.events.abandoned;
        leave(connection);
        await until(() => server.events.abandoned > disposedBefore);
      }
      open();
      // The opening of the subscription and its event.
      await until(() => ended() === endedBefore + 2);
      expect([signIn, server.fields.resolved - resolvedBefore]).toEqual([signIn, stays ? 1 + 5 : 1]);
      connection.socket.terminate();
    }
    server.fields.gate = Promise.resolve();
  });
});

it('a WebSocket whose client never answers that it is closed ends soon', async () => {
  const server = await startTextServer();
  const { socket, opened, send } = openSocket(`ws://127.0.0.1:${server.port}/graphql`);
  await opened;
  const open = () => new Promise((resolve) => server.app.server.getConnections((_error, count) => resolve(count)));
  const before = Number(await open());
  socket.pause();
  send({ type: 'no such message' });
  // The library waits for 30 seconds by itself.
  const seconds = LIMITS.socketCloseSeconds.default;
  expect(seconds).toBeLessThanOrEqual(5);
  const patience = { timeout: (seconds + 15) * 1000, interval: 200 };
  await vi.waitFor(async () => expect(await open()).toBe(before - 1), patience);
  socket.terminate();
  await server.close();
});
