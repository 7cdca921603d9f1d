import { createServer, type RequestListener, type Server } from 'node:http';
import net from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { createProxiedFetch } from '../../../src/authentication/fetch/proxied-fetch.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { createReadOne } from '../../support/network/read-one.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(prepare: (server: Server) => void, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  prepare(server);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** Starts a proxy that records the hosts it is asked for and refuses to connect. */
async function startProxy() {
  const asked: (string | undefined)[] = [];
  const address = await serve(
    (server) =>
      server.on('connect', (request, socket) => {
        asked.push(request.url);
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      }),
    (request, response) => {
      asked.push(request.url);
      response.end('{"from":"proxy"}');
    },
  );
  return { address, asked };
}

const bounds = { timeoutMs: 20_000, maxBytes: 1000, signal: new AbortController().signal };

it('an https address is asked for through the proxy', async () => {
  const { address, asked } = await startProxy();
  const read = createReadOne(createProxiedFetch({ httpsProxy: address }), bounds);
  await expect(read('https://login.microsoftonline.com/x')).rejects.toThrow();
  expect(asked).toEqual(['login.microsoftonline.com:443']);
});

it('an http address is fetched through the proxy, and each address of the proxy has its own time', async () => {
  const { address, asked } = await startProxy();
  const read = createReadOne(createProxiedFetch({ httpProxy: address }), bounds);
  const connect = vi.spyOn(net, 'connect');
  await expect(read('http://127.0.0.2:59999/')).rejects.toThrow();
  expect(asked).toEqual(['127.0.0.2:59999']);
  const autoSelectFamilyAttemptTimeout = AUTHENTICATION_LIMITS.nextProxyAddressMilliseconds.default;
  expect(connect).toHaveBeenCalledWith(expect.objectContaining({ autoSelectFamilyAttemptTimeout }));
  connect.mockRestore();
});

it.each(['127.0.0.2', 'example.com, 127.0.0.2:59999', '*', ' * '])(
  'the proxy is not asked for addresses that noProxy names: %s',
  async (noProxy) => {
    const { address, asked } = await startProxy();
    const read = createReadOne(createProxiedFetch({ httpProxy: address, noProxy }), bounds);
    await expect(read('http://127.0.0.2:59999/')).rejects.toThrow();
    expect(asked).toEqual([]);
  },
);

it('loopback is always reached directly', async () => {
  const { address, asked } = await startProxy();
  const direct = await serve(
    () => {},
    (_request, response) => response.end('{"from":"server"}'),
  );
  const read = createReadOne(createProxiedFetch({ httpProxy: address, noProxy: 'example.com' }), bounds);
  expect(await read(direct)).toEqual({ from: 'server' });
  expect(asked).toEqual([]);
});

it('every address is reached directly without a proxy', async () => {
  const direct = await serve(
    () => {},
    (_request, response) => response.end('{"from":"server"}'),
  );
  expect(await createReadOne(createProxiedFetch({}), bounds)(direct)).toEqual({ from: 'server' });
});

it('a misspelt option is an error that names the right one, so nothing is fetched without the proxy', () => {
  expect(() => createProxiedFetch(Object({ httpsproxy: 'http://proxy' }))).toThrow(
    'httpsproxy: no such option. Did you mean httpsProxy?',
  );
});

it.each(['//user:secret@proxy', 'user:secret@proxy:8080', 'socks5://user:secret@proxy'])(
  'the error about a proxy address that cannot be used does not show it, as it may hold a password: %s',
  (address) => {
    for (const name of ['httpsProxy', 'httpProxy']) {
      const create = () => createProxiedFetch({ [name]: address });
      expect(create).toThrow(TypeError);
      expect(create).toThrow(/^the address of a proxy cannot be parsed; it begins with http:\/\/ or https:\/\/$/);
    }
  },
);
