import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { trackConnections, whenAnswered } from '../../../src/http/connections/connections.js';
import { PATIENCE } from '../../support/patience.js';
import { openConnection } from '../../support/raw-http.js';

const server = createServer();
afterEach(() => void server.close());

it('a connection that closes closes every response that waits on it, and is forgotten', async () => {
  const connections = trackConnections(server);
  const waiting: ServerResponse[] = [];
  server.on('request', (_request, response) => waiting.push(response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = openConnection((server.address() as AddressInfo).port);
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
  await vi.waitFor(() => expect(waiting).toHaveLength(3), PATIENCE);
  const closed: number[] = [];
  for (const [index, response] of waiting.entries()) response.once('close', () => closed.push(index));
  const [connection] = connections.values();
  const answered = vi.fn();
  whenAnswered(connection, answered);
  // The text of an answer that waits for the one before it.
  waiting[2]?.end('x'.repeat(1_000_000));
  client.destroy();
  await vi.waitFor(() => expect(closed.sort()).toEqual([0, 1, 2]), PATIENCE);
  expect([connections.size, answered.mock.calls.length]).toEqual([0, 1]);
});
