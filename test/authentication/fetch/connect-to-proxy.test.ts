import { Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { connectToProxy } from '../../../src/authentication/fetch/connect-to-proxy.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';

const sockets: Socket[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A way to a proxy that takes no connection, and notes the ports that it was asked for. */
function silence() {
  const ports: number[] = [];
  const parts = {
    lookup: () => expect.unreachable('looked up'),
    connect({ port }: { readonly port: number }) {
      ports.push(port);
      const socket = new Socket();
      sockets.push(socket);
      return socket;
    },
  };
  return { parts, ports };
}

it.each([
  ['http:', '', 80],
  ['https:', '', 443],
  ['http:', '8080', 8080],
])('a proxy that takes no connection is given up in time: %s, port "%s"', async (protocol, port, expected) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { parts, ports } = silence();
  const connect = connectToProxy(() => expect.unreachable('spoke TLS'), parts);
  const ended = vi.fn();
  connect({ hostname: '192.0.2.1', protocol, port }, ended);
  await vi.advanceTimersByTimeAsync(AUTHENTICATION_LIMITS.proxyConnectMilliseconds.default - 1);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'ETIMEDOUT' }), null);
  expect(ports).toEqual([expected]);
  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
});
