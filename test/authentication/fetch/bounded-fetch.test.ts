import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createBoundedReading, DocumentError, type Fetch } from '../../../src/authentication/fetch/bounded-fetch.js';
import { directFetch } from '../../../src/authentication/fetch/direct-fetch.js';
import { createReadOne } from '../../support/network/read-one.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Starts a server that answers like this, and returns its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  return listening(server);
}

async function listening(server: TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/document`;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const closing = new AbortController();
describe.each([
  ['the global fetch', fetch],
  ['directFetch', directFetch],
])('one fetch, with %s', (_name, fetch) => {
  const read = createReadOne(fetch, { timeoutMs: 10_000, maxBytes: 10_000, signal: closing.signal });
  const readInHaste = createReadOne(fetch, { timeoutMs: 300, maxBytes: 10_000, signal: closing.signal });
  const reasonFor = (listener: RequestListener, reader = read) =>
    serve(listener)
      .then(reader)
      .then(
        () => 'read',
        (error: unknown) => (error instanceof DocumentError ? error.reason : 'another error'),
      );

  it('reads a JSON object', async () => {
    const address = await serve((_request, response) => response.end('{"issuer":"x"}'));
    expect(await read(address)).toEqual({ issuer: 'x' });
  });

  it('asks for JSON and sends nothing about the client', async () => {
    let headers: Record<string, unknown> = {};
    const address = await serve((request, response) => {
      headers = request.headers;
      response.end('{}');
    });
    await read(address);
    expect(headers.accept).toBe('application/json');
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
  });

  it('an error names the address and keeps its cause', async () => {
    const address = 'http://127.0.0.1:1/document';
    const error: unknown = await read(address).catch((failed: unknown) => failed);
    expect(error).toMatchObject({ name: 'DocumentError', address, message: expect.stringContaining(`${address}: `) });
    expect(error instanceof Error && error.cause).toBeInstanceOf(Error);
  });

  it('a page in the middle of a text does not count as a page', async () => {
    expect(await reasonFor((_request, response) => response.end('text <html>'))).toContain('something else');
  });

  it.each([201, 204, 404, 429, 500, 503])('refuses status %i', async (status) => {
    const reason = await reasonFor((_request, response) => response.writeHead(status).end(status === 204 ? '' : '{}'));
    expect(reason).toBe(`status ${status}`);
  });

  it.each([
    [400, '{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant \'x\' not found."}', ' (AADSTS90002)'],
    [404, '  <html>Not here</html>', ', with HTML (a page of a proxy?)'],
    [403, 'text <html>', ''],
    [401, 'x'.repeat(2000), ''],
    [503, '<html>', ''],
  ])('status %i says who refuses: %j', async (status, body, told) => {
    expect(await reasonFor((_request, response) => response.writeHead(status).end(body))).toBe(
      `status ${status}${told}`,
    );
  });

  it('a redirect is not followed', async () => {
    let followed = false;
    const target = await serve((_request, response) => {
      followed = true;
      response.end('{}');
    });
    const reason = await reasonFor((_request, response) => response.writeHead(302, { location: target }).end());
    expect(reason).toBe('status 302');
    expect(followed).toBe(false);
  });

  it.each(['[]', 'null', '7', '"text"', '', '{"a":', '\ufeff{}'])(
    'refuses what is not a JSON object: %j',
    async (body) => {
      expect(await reasonFor((_request, response) => response.end(body))).toMatch(
        /^not a JSON object but something else/,
      );
    },
  );

  it('an HTML page is named as such', async () => {
    expect(await reasonFor((_request, response) => response.end('\n<html>'))).toMatch(/^not a JSON object but HTML/);
  });

  it('refuses invalid UTF-8', async () => {
    expect(await reasonFor((_request, response) => response.end(Buffer.from([0x7b, 0xff, 0x7d])))).not.toBe('read');
  });

  it.each([
    [10_000, 'read'],
    [10_001, 'more than 10000 bytes'],
  ])('reads a body up to the bound: %i bytes', async (bytes, reason) => {
    const body = `{"a":"${'x'.repeat(bytes - 8)}"}`;
    expect(await reasonFor((_request, response) => response.end(body))).toBe(reason);
  });

  it('a body without end is cut off', async () => {
    const reason = await reasonFor((_request, response) => {
      const pump = () => {
        while (response.write('x'.repeat(5000)));
        response.once('drain', pump);
      };
      pump();
    });
    expect(reason).toBe('more than 10000 bytes');
  });

  it('no answer at all', async () => {
    expect(await reasonFor(() => {}, readInHaste)).toBe('timeout of 300 ms');
  });

  it('no answer at all, while garbage is collected', async () => {
    const timer = setInterval(collectGarbage, 20);
    expect(await reasonFor(() => {}, readInHaste)).toBe('timeout of 300 ms');
    clearInterval(timer);
  });

  it('ends in time when a byte comes now and then', async () => {
    const reason = await reasonFor((_request, response) => {
      const timer = setInterval(() => response.write(' '), 50);
      response.once('close', () => clearInterval(timer));
    }, readInHaste);
    expect(reason).toBe('timeout of 300 ms');
  });

  it('a connection that is cut', async () => {
    expect(await reasonFor((request) => request.socket.destroy())).toMatch(/^the connection was made, and closed/);
  });

  it('a connection that is cut before TLS', async () => {
    const server = createTcpServer((socket) => socket.once('data', () => socket.destroy()));
    const address = await listening(server);
    const error: unknown = await read(address.replace('http:', 'https:')).catch((failed: unknown) => failed);
    server.close();
    expect(error).toMatchObject({ reason: expect.stringMatching(/^the connection was made, and closed/) });
  });

  it('an answer that is cut', async () => {
    const reason = await reasonFor((request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{');
      setTimeout(() => request.socket.destroy(), 20);
    });
    expect(reason).toMatch(/^the connection was made, and closed/);
  });

  it('says that a server speaks no TLS', async () => {
    const address = await serve((_request, response) => response.end('{}'));
    const error: unknown = await read(address.replace('http:', 'https:')).catch((failed: unknown) => failed);
    expect(error).toMatchObject({ reason: 'TLS cannot be spoken there: wrong version number' });
  });

  it('an answer that is not read to its end keeps no connection open', async () => {
    const answered = new EventEmitter();
    const closed = once(answered, 'closed');
    const reason = await reasonFor((_request, response) => {
      response.once('close', () => answered.emit('closed'));
      response.writeHead(500).write('the beginning of a long story');
    });
    expect(reason).toBe('status 500');
    await closed;
  });

  it('a fetch after closing reads nothing', async () => {
    const address = await serve((_request, response) => response.end('{}'));
    const bounds = { timeoutMs: 10_000, maxBytes: 10, signal: AbortSignal.abort(new Error('closed')) };
    await expect(createReadOne(fetch, bounds)(address)).rejects.toMatchObject({ reason: 'closed' });
  });

  it('closing ends a fetch that is under way', async () => {
    const address = await serve(() => {});
    const stop = new AbortController();
    const outcome = createReadOne(fetch, { timeoutMs: 5000, maxBytes: 10, signal: stop.signal })(address);
    stop.abort();
    await expect(outcome).rejects.toBeInstanceOf(DocumentError);
  });
});

describe('whatever fetches', () => {
  const bounds = { timeoutMs: 10_000, maxBytes: 10_000, signal: closing.signal };

  it('a compressed bomb counts with what it becomes', async () => {
    const bomb = gzipSync(`{"a":"${'x'.repeat(1_000_000)}"}`);
    expect(bomb.length).toBeLessThan(10_000);
    const address = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    await expect(createReadOne(fetch, bounds)(address)).rejects.toMatchObject({ reason: 'more than 10000 bytes' });
  });

  it('directFetch takes nothing compressed', async () => {
    let accepted: string | undefined;
    const address = await serve((request, response) => {
      accepted = request.headers['accept-encoding']?.toString();
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}'));
    });
    const reason = 'content-encoding gzip, which was not asked for';
    await expect(createReadOne(directFetch, bounds)(address)).rejects.toMatchObject({ reason });
    expect(accepted).toBe('identity');
  });

  it('directFetch finds a header in any case, and returns null for a missing one', async () => {
    const address = await serve((_request, response) => response.writeHead(200, { 'X-Known': 'yes' }).end('{}'));
    const init = { headers: {}, redirect: 'manual', signal: AbortSignal.timeout(10_000) } as const;
    const { headers } = await directFetch(address, init);
    expect([headers.get('x-known'), headers.get('X-KNOWN'), headers.get('x-unknown')]).toEqual(['yes', 'yes', null]);
  });

  it('by a timer that is passed in', async () => {
    const timers: { run: () => void; delayMs: number }[] = [];
    const schedule = (run: () => void, delayMs: number) => {
      timers.push({ run, delayMs });
      return () => timers.splice(0);
    };
    const silent: Fetch = (_address, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const bounds = { timeoutMs: 5000, maxBytes: 10, signal: closing.signal, schedule };
    const outcome = createReadOne(silent, bounds)('https://x').catch((error: unknown) => error);
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([5000]);
    timers[0]?.run();
    expect(await outcome).toMatchObject({ reason: 'timeout of 5000 ms' });
    expect(timers).toEqual([]);
  });

  it('all documents of a reading have its time together', async () => {
    const timers: { run: () => void; delayMs: number }[] = [];
    const schedule = (run: () => void, delayMs: number) => {
      timers.push({ run, delayMs });
      return () => timers.splice(0);
    };
    const answering: Fetch = async () => new Response('{}');
    const silent: Fetch = (_address, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const fetch: Fetch = (address, init) => (address === 'https://first' ? answering : silent)(address, init);
    const readBounded = createBoundedReading(fetch, { ...bounds, timeoutMs: 5000, schedule });
    const outcome = readBounded(async (fetchJsonObject) => {
      await fetchJsonObject('https://first');
      const second = fetchJsonObject('https://second');
      timers[0]?.run();
      return second;
    });
    await expect(outcome).rejects.toMatchObject({ address: 'https://second', reason: 'timeout of 5000 ms' });
    expect(timers).toEqual([]);
  });

  it('a body that is missing', async () => {
    const empty: Fetch = async () => ({ status: 200, headers: new Headers(), body: null });
    const outcome = createReadOne(empty, { timeoutMs: 100, maxBytes: 10, signal: closing.signal })('https://x');
    await expect(outcome).rejects.toBeInstanceOf(DocumentError);
  });

  it.each([
    ['DNS', new Error('getaddrinfo ENOTFOUND host'), 'getaddrinfo ENOTFOUND host'],
    ['TLS', new Error('self-signed certificate'), 'self-signed certificate'],
    ['what a cause has for a cause', new Error('cancelled', { cause: new Error('self-signed') }), 'self-signed'],
    [
      'each address of the host',
      new AggregateError([new Error('connect ETIMEDOUT 10.0.0.1:443'), new Error('connect ENETUNREACH ::1:443')]),
      'connect ETIMEDOUT 10.0.0.1:443, connect ENETUNREACH ::1:443',
    ],
  ])('what failed is named: %s', async (_name, cause, reason) => {
    const failing: Fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
    const outcome = createReadOne(failing, { timeoutMs: 100, maxBytes: 10, signal: closing.signal })('https://x');
    await expect(outcome).rejects.toMatchObject({ address: 'https://x', reason });
  });

  it('something thrown that is not an error', async () => {
    const failing: Fetch = () => Promise.reject('no');
    const outcome = createReadOne(failing, { timeoutMs: 100, maxBytes: 10, signal: closing.signal })('https://x');
    await expect(outcome).rejects.toMatchObject({ reason: 'failed' });
  });
});
