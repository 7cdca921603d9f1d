import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server, Socket } from 'node:net';
import { setImmediate as settled } from 'node:timers/promises';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ConnectingParts, connectToHost } from '../../../src/authentication/fetch/connect.js';
import { createDirectFetch, directFetch } from '../../../src/authentication/fetch/direct-fetch.js';
import { innermostError, messageOf } from '../../../src/authentication/fetch/innermost-error.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { PATIENCE } from '../../support/patience.js';
import { createTenant, ids } from '../../support/tenant.js';

const NEXT_ADDRESS_AFTER_MS = AUTHENTICATION_LIMITS.nextAddressMilliseconds.default;
const MAX_ADDRESSES = AUTHENTICATION_LIMITS.providerAddresses.default;

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

type Way = 'answers' | 'refuses' | 'swallows' | 'no route';

/** Sixteen addresses of both families, as the names of big providers have; what each does is decided by its place. */
const sixteen: readonly LookupAddress[] = Array.from({ length: 16 }, (_, index) =>
  index % 2 === 0 ? { address: `127.0.0.${index + 1}`, family: 4 } : { address: `2603:1006:2000::${index}`, family: 6 },
);

/** Real sockets: those that answer connect to the listening server after `delayMs`. */
function network(ways: (address: LookupAddress, index: number) => Way, addresses = sixteen, delayMs = 0) {
  const tried: string[] = [];
  const parts: ConnectingParts = {
    lookup: (_hostname, done) => done(null, [...addresses]),
    connect({ host, port }) {
      tried.push(host);
      const socket = new Socket();
      sockets.push(socket);
      const index = addresses.findIndex(({ address }) => address === host);
      const address = addresses[index];
      const way = address && ways(address, index);
      const failWith = (code: string) =>
        setImmediate(() => socket.destroy(Object.assign(new Error(`connect ${code} ${host}`), { code })));
      if (way === 'answers') setTimeout(() => socket.connect({ host: '127.0.0.1', port }), delayMs);
      if (way === 'refuses') failWith('ECONNREFUSED');
      if (way === 'no route') failWith('ENETUNREACH');
      return socket;
    },
  };
  return { parts, tried };
}

const target = (port: number, signal?: AbortSignal) => ({ hostname: 'login.example.com', port, signal });

describe('a provider with many addresses that is slow to connect', () => {
  const halves: readonly (readonly [string, (address: LookupAddress, index: number) => Way])[] = [
    ['every second one is black-holed', (_address, index) => (index % 2 === 0 ? 'swallows' : 'answers')],
    ['the first half is black-holed', (_address, index) => (index < 8 ? 'swallows' : 'answers')],
    ['the first half refuses', (_address, index) => (index < 8 ? 'refuses' : 'answers')],
    ['IPv6 is missing', ({ family }) => (family === 6 ? 'no route' : 'answers')],
    ['all answer', () => 'answers'],
    ['the last alone answers', (_address, index) => (index === 15 ? 'answers' : 'refuses')],
  ];

  it.each(halves)('is reached where %s', async (_name, ways) => {
    const port = await listen(createServer());
    const { parts } = network(ways, sixteen, 400);
    const socket = await connectToHost(target(port), parts);
    expect(socket.remotePort).toBe(port);
    await vi.waitFor(() => expect(sockets.filter((each) => each !== socket && !each.destroyed)).toEqual([]), PATIENCE);
  });

  it('gives its keys, over one connection for metadata and key set', async () => {
    const tenant = createTenant();
    let connections = 0;
    const server = createHttpServer((request, response) => {
      const origin = `http://${request.headers.host}`;
      const base = `${origin}/${ids.tenant}`;
      const document = request.url?.endsWith('/keys')
        ? { keys: [tenant.key.jwk] }
        : { issuer: `${base}/v2.0`, jwks_uri: `${base}/keys` };
      response.end(JSON.stringify(document));
    }).on('connection', () => {
      connections += 1;
    });
    const port = await listen(server);
    const { parts } = network((_address, index) => (index % 2 === 0 ? 'swallows' : 'answers'), sixteen, 400);
    const instance = `http://localhost:${port}`;
    const authentication = tenant.authentication({
      instance,
      acceptV1Tokens: false,
      fetch: createDirectFetch(parts),
      schedule: undefined,
      requestTimeoutMs: 30_000,
    });
    const token = tenant.signAccessToken({ claims: { iss: `${instance}/${ids.tenant}/v2.0` } });
    expect((await authentication.verify(token)).caller.objectId).toBe(ids.user);
    expect(connections).toBe(1);
    authentication.close();
    server.closeAllConnections();
  });
});

describe('a connection', () => {
  it('tries the families in turn, and the next address only when one is late or has failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const addresses = [
      { address: '192.0.2.1', family: 4 },
      { address: '192.0.2.2', family: 4 },
      { address: '192.0.2.3', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ];
    const { parts, tried } = network(() => 'swallows', addresses);
    const ending = new AbortController();
    const connecting = connectToHost(target(1, ending.signal), parts).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(0);
    expect(tried).toEqual(['192.0.2.1']);
    await vi.advanceTimersByTimeAsync(NEXT_ADDRESS_AFTER_MS - 1);
    expect(tried).toEqual(['192.0.2.1']);
    await vi.advanceTimersByTimeAsync(1);
    expect(tried).toEqual(['192.0.2.1', '2001:db8::1']);
    await vi.advanceTimersByTimeAsync(10 * NEXT_ADDRESS_AFTER_MS);
    expect(tried).toEqual(['192.0.2.1', '2001:db8::1', '192.0.2.2', '192.0.2.3']);
    ending.abort(new Error('late'));
    expect(await connecting).toEqual(new Error('late'));
    expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('is given up before it begins when the signal has ended', async () => {
    const { parts, tried } = network(() => 'answers');
    await expect(connectToHost(target(1, AbortSignal.abort(new Error('over'))), parts)).rejects.toThrow('over');
    expect(tried).toEqual([]);
  });

  it('fails with the error of its only address, or with those of all', async () => {
    const one = network(() => 'refuses', sixteen.slice(0, 1));
    await expect(connectToHost(target(1), one.parts)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const all = network(() => 'no route');
    const error = await connectToHost(target(1), all.parts).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ENETUNREACH' });
    expect(error instanceof AggregateError && error.errors).toHaveLength(16);
    expect(new Set(all.tried).size).toBe(16);
  });

  it('waits for an address that is late, also when the last one has failed', async () => {
    const port = await listen(createServer());
    const { parts, tried } = network(
      (_address, index) => (index === 0 ? 'answers' : 'refuses'),
      sixteen.slice(0, 2),
      600,
    );
    const socket = await connectToHost(target(port), parts);
    expect(tried).toHaveLength(2);
    expect(socket).toBe(sockets[0]);
  });

  it.each([
    [MAX_ADDRESSES, MAX_ADDRESSES],
    [MAX_ADDRESSES + 1, MAX_ADDRESSES],
  ])('to a name with %i addresses tries %i of them', async (length, count) => {
    const many = Array.from({ length }, (_, index) => ({ address: `192.0.2.${index}`, family: 4 }));
    const { parts, tried } = network(() => 'refuses', many);
    await expect(connectToHost(target(1), parts)).rejects.toThrow(AggregateError);
    expect(tried).toHaveLength(count);
  });

  it('fails when the name cannot be looked up', async () => {
    const lookup: ConnectingParts['lookup'] = (_hostname, done) => done(new Error('getaddrinfo ENOTFOUND'), []);
    const { parts } = network(() => 'answers');
    await expect(connectToHost(target(1), { ...parts, lookup })).rejects.toThrow('ENOTFOUND');
  });

  it.each(['127.0.0.1', 'localhost'])('needs no parts of a test to reach %s', async (hostname) => {
    const port = await listen(createServer());
    const socket = await connectToHost({ hostname, port });
    sockets.push(socket);
    expect(socket.remotePort).toBe(port);
  });

  it('looks no address up, with brackets or without', async () => {
    const lookup: ConnectingParts['lookup'] = () => expect.unreachable('looked up');
    for (const hostname of ['::1', '[::1]', '192.0.2.1']) {
      const { parts, tried } = network(() => 'refuses', [{ address: hostname.replace(/[[\]]/g, ''), family: 4 }]);
      await expect(connectToHost({ hostname, port: 1 }, { ...parts, lookup })).rejects.toThrow('ECONNREFUSED');
      expect(tried).toEqual([hostname.replace(/[[\]]/g, '')]);
    }
  });
});

it('a provider that never answers ends with the time limit, and leaves no socket', async () => {
  const { parts } = network(() => 'swallows');
  const ending = new AbortController();
  const answer = createDirectFetch(parts)('http://login.example.com/', {
    headers: {},
    redirect: 'manual',
    signal: ending.signal,
  }).catch((error: unknown) => error);
  await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(0), PATIENCE);
  ending.abort(new Error('timeout of 5000 ms'));
  expect(messageOf(innermostError(await answer))).toBe('timeout of 5000 ms');
  await vi.waitFor(() => expect(sockets.every(({ destroyed }) => destroyed)).toBe(true), PATIENCE);
});

it('an unused connection is kept for the time of the table', async () => {
  let connections = 0;
  const server = createHttpServer((_request, response) => void response.end('{}'));
  // Says how long it keeps a connection itself, and the client would follow a shorter time.
  server.keepAliveTimeout = 60_000;
  server.on('connection', () => {
    connections += 1;
  });
  const port = await listen(server);
  const { parts } = network(() => 'answers');
  const fetch = createDirectFetch(parts);
  const init = { headers: {}, redirect: 'manual', signal: new AbortController().signal } as const;
  const ask = async () => {
    for await (const _part of (await fetch(`http://login.example.com:${port}/`, init)).body ?? []);
    await settled();
  };
  await ask();
  await ask();
  expect([connections, sockets[0]?.timeout]).toEqual([1, AUTHENTICATION_LIMITS.providerIdleMilliseconds.default]);
  sockets[0]?.emit('timeout');
  await ask();
  expect(connections).toBe(2);
  server.closeAllConnections();
});

it('TLS names a host to the server, and never an address', async () => {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256' });
  const named: string[] = [];
  const server = createHttpsServer({
    cert: made.cert,
    key: made.private,
    SNICallback(name, done) {
      named.push(name);
      done(null);
    },
  });
  const port = await listen(server);
  const init = { headers: {}, redirect: 'manual', signal: new AbortController().signal } as const;
  for (const host of ['localhost', '127.0.0.1']) {
    await expect(directFetch(`https://${host}:${port}/`, init)).rejects.toThrow(/certificate/);
  }
  expect(named).toEqual(['localhost']);
});

it('an address that refuses is reported as refusing', async () => {
  const port = await listen(createServer());
  servers.splice(0)[0]?.close();
  const init = { headers: {}, redirect: 'manual', signal: new AbortController().signal } as const;
  await expect(directFetch(`http://127.0.0.1:${port}/`, init)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
