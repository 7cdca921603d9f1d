import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LIMITS } from '../../src/config/limits.js';
import { openSocket } from '../support/sockets.js';
import { startTextServer, type TextServer } from '../support/text-server.js';

// Operations whose clients do not want the answer any more.

let server: TextServer;
beforeAll(async () => {
  server = await startTextServer();
});
afterAll(() => server.close());

it('an operation that is completed in the packet in which it came runs nothing', async () => {
  const { socket, opened, send, received, messages } = openSocket(`ws://127.0.0.1:${server.port}/graphql`);
  await opened;
  send({ type: 'connection_init' });
  await received('connection_ack');
  const subscribe = (id: number) => {
    send({
      type: 'subscribe',
      id: String(id),
      payload: { query: '{ rows(count: 3) { lateRows(count: 3) { text(length: 1) } } }' },
    });
  };
  const before = server.fields.resolved;
  const stream = Reflect.get(socket, '_socket');
  stream.cork();
  for (let id = 0; id < 40; id += 1) {
    subscribe(id);
    send({ type: 'complete', id: String(id) });
  }
  stream.uncork();
  expect(server.fields.resolved).toBe(before);
  subscribe(100);
  await received('complete');
  expect(messages.filter(({ type }) => type === 'next').map(({ id }) => id)).toEqual(['100']);
  expect(server.fields.resolved - before).toBe(1 + 3 + 9);
  socket.close();
});

it('a WebSocket whose client never answers that it is closed ends soon', async () => {
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
});
