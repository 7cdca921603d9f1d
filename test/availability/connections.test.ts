import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../src/config/limits.js';
import { EVERY_SIGN_IN } from '../support/callers.js';
import { PATIENCE } from '../support/patience.js';
import { openConnection, sendRaw, statusesOf } from '../support/raw-http.js';
import { tokenOf, until } from '../support/sockets.js';
import { startTextServer, type TextServer } from '../support/text-server.js';

// Hostile bytes on connections. The server itself writes each answer, with all headers, and it is small for its request.

const BODY = '{"query":"{__typename}"}';
const LENGTH = `Content-Length: ${BODY.length}`;
const CLOSE = 'Connection: close';
/** A header that browsers send. With it, a request is not small compared with its refusal. */
const USUAL = 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const H2C = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'];
const SECURITY_HEADERS = ['cache-control', 'x-content-type-options', 'referrer-policy', 'content-security-policy'];

let server: TextServer;
beforeAll(async () => {
  server = await startTextServer({}, { limits: { requestSeconds: 1 } });
});
afterAll(() => server.close());

function post(lines: readonly string[], body = BODY, first = 'POST /graphql HTTP/1.1'): string {
  return [first, 'Host: api', 'Content-Type: application/json', ...lines, '', body].join('\r\n');
}

function get(url: string, ...lines: string[]): string {
  return [`GET ${url} HTTP/1.1`, 'Host: api', ...lines, CLOSE, '', ''].join('\r\n');
}

/** A request with so many bytes in its URL and its header names and values. Node counts only these bytes. */
function withHeaderBytes(bytes: number): string {
  const counted = ['/graphql', 'Host', 'api', 'Content-Type', 'application/json', 'Connection', 'close'];
  const rest = bytes - [...counted, 'Content-Length', String(BODY.length), 'A'].join('').length;
  return post([LENGTH, CLOSE, `A: ${'a'.repeat(rest)}`]);
}

const HANDSHAKE = [
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
];
const chunk = (text: string, extension = '') => `${text.length.toString(16)}${extension}\r\n${text}\r\n`;
const chunked = (trailers = '') => `${chunk(BODY)}0\r\n${trailers}\r\n`;
/** As many headers as are allowed, less those that `post` sends and two more. */
const MOST_HEADERS = defaultLimits.requestHeaders - 4;
const headers = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: b`);

describe('a strange request gets an answer of ours', () => {
  it.each([
    ['a URL that cannot be decoded', get('/%E0%A4%A?secret=1'), 400],
    [
      'a handshake at a URL that cannot be decoded',
      get('/%E0%A4%A?secret=1').replace(CLOSE, 'Connection: Upgrade\r\nUpgrade: websocket'),
      400,
    ],
    ['a method that is not served', post([LENGTH, CLOSE], BODY, 'PUT /graphql?secret=1 HTTP/1.1'), 405],
    ['TRACE', get('/graphql', 'Secret: secret').replace('GET', 'TRACE'), 405],
    ['CONNECT', 'CONNECT secret.example:80 HTTP/1.1\r\nHost: secret.example\r\n\r\n', 405],
    ['an unknown method', 'SECRET / HTTP/1.1\r\nHost: api\r\n\r\n', 400],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n', 404],
    ['an asterisk as address', get('*'), 404],
    [
      'a method that is not served at an absolute URL',
      get('http://secret.example/graphql').replace('GET', 'QUERY'),
      405,
    ],
    ['an absolute URL of another host', get('http://secret.example/a?secret'), 404],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), 400],
    ['no Host', `GET /secret HTTP/1.1\r\n${CLOSE}\r\n\r\n`, 400],
    ['two Host headers', post([LENGTH, 'Host: secret', CLOSE]), 400],
    ['two Content-Type headers', post([LENGTH, 'Content-Type: secret/plain', CLOSE]), 400],
    ['a media type that is not served', post([LENGTH, CLOSE]).replace('application/json', 'secret/plain'), 415],
    ['a media type that is malformed', post([LENGTH, CLOSE]).replace('application/json', '/;secret='), 415],
    ['a negative Content-Length', post(['Content-Length: -1']), 400],
    ['a Content-Length that is not a number', post(['Content-Length: secret']), 400],
    ['two values of Content-Length', post(['Content-Length: 24, 25']), 400],
    ['Content-Length twice', post([LENGTH, 'Content-Length: 25']), 400],
    ['a body that announces too much', post(['Content-Length: 999999999']), 413],
    ['Content-Length and Transfer-Encoding', post([LENGTH, 'Transfer-Encoding: chunked'], chunked()), 400],
    ['Transfer-Encoding twice', post(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], chunked()), 400],
    ['another Transfer-Encoding', post(['Transfer-Encoding: secret']), 400],
    ['another Transfer-Encoding before chunks', post(['Transfer-Encoding: secret, chunked'], chunked()), 501],
    ['chunks of HTTP/1.0', post(['Transfer-Encoding: chunked'], chunked(), 'POST /graphql HTTP/1.0'), 501],
    ['a chunk without a length', post(['Transfer-Encoding: chunked'], 'secret\r\n'), 400],
    ['an endless chunk extension', post(['Transfer-Encoding: chunked'], chunk(BODY, `;a=${'b'.repeat(20_000)}`)), 400],
    ['trailers of 50 kB', post(['Transfer-Encoding: chunked'], chunked(`a: ${'b'.repeat(50_000)}\r\n`)), 431],
    ['an unknown expectation', post([LENGTH, 'Expect: secret', CLOSE]), 417],
    ['a folded header', post([LENGTH, 'Secret: a\r\n secret', CLOSE]), 400],
    ['a URL of one byte more than is allowed', get('/graphql?'.padEnd(defaultLimits.requestUrlBytes + 1, 'a')), 414],
    ['a URL of 20 kB', get(`/graphql?query=${'a'.repeat(20_000)}`), 414],
    ['a URL of 30 kB', get(`/${'a'.repeat(30_000)}`), 431],
    ['201 headers', post([...headers(MOST_HEADERS + 1), LENGTH, CLOSE]), 431],
    ['headers of one byte more than is allowed', withHeaderBytes(defaultLimits.requestHeaderBytes), 431],
    ['3000 headers', post([...headers(3000).map(() => 'a:'), LENGTH, CLOSE]), 431],
    ['a header of 1 MB', post([`Authorization: Bearer ${'a'.repeat(1_000_000)}`]), 431],
  ])('%s', async (_name, bytes, status) => {
    const { text, statuses, closed } = await sendRaw(server.port, bytes);
    expect(statuses).toEqual([status]);
    expect(closed || !String(bytes).includes(CLOSE)).toBe(true);
    const [head = '', body = ''] = text.split('\r\n\r\n');
    for (const name of SECURITY_HEADERS) expect(head.toLowerCase()).toContain(`\n${name}: `);
    expect(JSON.parse(body)).toEqual({
      errors: [{ message: expect.any(String), extensions: expect.objectContaining({ code: expect.any(String) }) }],
    });
    expect(text.toLowerCase()).not.toContain('secret');
    expect(text.length).toBeLessThanOrEqual(2_000 + defaultLimits.refusalBytesPerByte * bytes.length);
  });

  it.each([
    ['200 headers', post([...headers(MOST_HEADERS), LENGTH, CLOSE])],
    [
      'a URL as long as is allowed',
      get('/graphql?query={__typename}&a='.padEnd(defaultLimits.requestUrlBytes, 'a'), 'Apollo-Require-Preflight: 1'),
    ],
    ['headers as large as is allowed', withHeaderBytes(defaultLimits.requestHeaderBytes - 1)],
    ['a chunked body', post(['Transfer-Encoding: chunked', CLOSE], chunked())],
    ['a chunk extension', post(['Transfer-Encoding: chunked', CLOSE], `${chunk(BODY, ';a=b')}0\r\n\r\n`)],
    [
      'a trailer, which is ignored',
      post(['Transfer-Encoding: chunked', CLOSE], chunked('Authorization: Bearer x\r\n')),
    ],
    ['an absolute URL', post([LENGTH, CLOSE], BODY, 'POST http://api/graphql HTTP/1.1')],
    ['HTTP/1.0', post([LENGTH], BODY, 'POST /graphql HTTP/1.0')],
  ])('%s is served', async (_name, bytes) => {
    expect((await sendRaw(server.port, bytes)).statuses).toEqual([200]);
  });
});

describe('Expect: 100-continue', () => {
  it('asks for a body that is welcome', async () => {
    const { statuses } = await sendRaw(server.port, post([LENGTH, 'Expect: 100-continue', CLOSE]));
    expect(statuses).toEqual([100, 200]);
  });

  it.each([
    ['is too large', 'Content-Length: 999999', 413],
    ['comes with a bad token', `${LENGTH}\r\nAuthorization: Bearer x`, 401],
  ])('does not ask for a body that %s', async (_name, line, status) => {
    const { statuses } = await sendRaw(server.port, post([line, 'Expect: 100-continue', CLOSE], ''));
    expect(statuses).toEqual([status]);
  });
});

describe('a slow request', () => {
  it.each([
    ['that never begins', ''],
    ['whose headers do not end', 'POST /graphql HTTP/1.1\r\nHost: api\r\n'],
  ])('%s is answered with 408 after the configured time', async (_name, bytes) => {
    const { statuses, text, closed } = await sendRaw(server.port, bytes, 10_000);
    expect([statuses, closed]).toEqual([[408], true]);
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '').errors[0].extensions.limit).toMatchObject({
      name: 'requestSeconds',
      maximum: 1,
    });
  });

  it('whose body does not come is answered with 408 for every caller', async () => {
    const tokens = await Promise.all(EVERY_SIGN_IN.map((signIn) => tokenOf(server, signIn)));
    const answers = tokens.map(async (token) => {
      const caller = token ? [`Authorization: Bearer ${token}`] : [];
      const slow = post([...caller, 'Content-Length: 100'], '{');
      const { statuses, text, closed } = await sendRaw(server.port, slow, 10_000);
      const { limit } = JSON.parse(text.split('\r\n\r\n')[1] ?? '').errors[0].extensions;
      return [statuses, closed, limit.name, limit.maximum];
    });
    expect(await Promise.all(answers)).toEqual(tokens.map(() => [[408], true, 'requestSeconds', 1]));
  });

  it('that was refused before its body came gets no second answer', async () => {
    const bytes = post(['Content-Length: 100', 'Authorization: Bearer x'], '{');
    const { statuses, closed } = await sendRaw(server.port, bytes, 10_000);
    expect([statuses, closed]).toEqual([[401], true]);
  });
});

describe('a body in tiny parts', () => {
  const { requestBodyParts, partBytes } = defaultLimits;
  /** Most parts of one byte. Their bytes allow some parts more than the limit. */
  const MOST_PARTS = Math.floor((requestBodyParts * partBytes) / (partBytes - 1));

  const inChunks = (count: number, size: number, method = 'POST') => {
    const query = BODY.padEnd(count * size).match(new RegExp(`[^]{${size}}`, 'g')) ?? [];
    const first = `${method} /graphql HTTP/1.1`;
    return post(['Transfer-Encoding: chunked', CLOSE], `${query.map((part) => chunk(part)).join('')}0\r\n\r\n`, first);
  };

  it.each([
    ['of one byte, as many as are allowed, is read', MOST_PARTS, 1, 200],
    ['of one byte, and one too many, is refused', MOST_PARTS + 1, 1, 413],
    ['of one byte, and very many, is refused', 60_000, 1, 413],
    ['of a hundred bytes is read', 120, 100, 200],
    ['of a hundred bytes, and too many, is refused', 1_000, 100, 413],
  ])('%s', async (_name, count, size, status) => {
    const { statuses, text, closed } = await sendRaw(server.port, inChunks(count, size));
    expect([statuses, closed]).toEqual([[status], true]);
    const [error] = JSON.parse(text.split('\r\n\r\n')[1] ?? '').errors ?? [];
    if (status === 413)
      expect(error.extensions.limit).toMatchObject({ name: 'requestBodyParts', maximum: requestBodyParts });
  });

  it('that no route reads ends the connection', async () => {
    const { closed } = await sendRaw(server.port, inChunks(60_000, 1, 'GET'));
    expect(closed).toBe(true);
  });
});

describe('requests that do not wait for answers', () => {
  it('are answered in order, with an upgrade that is ignored among them', async () => {
    const bytes = [post([LENGTH]), post([LENGTH, ...H2C]).repeat(15), post([LENGTH, CLOSE])].join('');
    const { statuses, closed } = await sendRaw(server.port, bytes);
    // From Node 26 on the connection ends with the first of them, and the client sends the others again.
    const count = Number(process.versions.node.split('.')[0]) >= 26 ? 2 : 17;
    expect([statuses, closed]).toEqual([Array(count).fill(200), true]);
  });

  it('keep their own answers when bytes follow that are not a request', async () => {
    const { statuses } = await sendRaw(server.port, `${post([LENGTH]).repeat(3)}not HTTP\r\n\r\n`);
    expect(statuses).toEqual([200, 200, 200, 400]);
  });

  const first = [
    ['a probe', get('/healthz').replace(`${CLOSE}\r\n`, ''), 200],
    ['a query', post([LENGTH]), 200],
    ['an address that does not exist', get('/nothing', USUAL).replace(`${CLOSE}\r\n`, ''), 404],
    ['an upgrade that is ignored', post([LENGTH, ...H2C]), 200],
  ] as const;
  const handshake = (url: string, ...lines: string[]) =>
    get(url, 'Upgrade: websocket', ...lines).replace(CLOSE, 'Connection: Upgrade');
  const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
  const second = [
    ['a handshake', handshake('/graphql', 'Sec-WebSocket-Protocol: graphql-transport-ws', ...key), 101],
    ['a handshake that is malformed', handshake('/graphql'), 400],
    ['a handshake at another address', handshake('/nothing', ...key), 404],
    ['CONNECT', 'CONNECT other.example:80 HTTP/1.1\r\nHost: other.example\r\n\r\n', 405],
  ] as const;
  it.each(first.flatMap((before) => second.map((after) => [before[0], after[0], before, after] as const)))(
    'are answered in order: %s, then %s',
    async (_before, _after, [, bytes, status], [, behind, next]) => {
      const isLast = bytes.includes(H2C[1] ?? '') && Number(process.versions.node.split('.')[0]) >= 26;
      const socket = openConnection(server.port).setEncoding('latin1');
      let text = '';
      socket.on('data', (part) => {
        text += part;
      });
      socket.write(bytes + behind);
      await until(() => socket.destroyed || statusesOf(text).length === 2);
      socket.destroy();
      expect(statusesOf(text)).toEqual(isLast ? [status] : [status, next]);
      expect((await sendRaw(server.port, get('/healthz'))).statuses).toEqual([200]);
    },
  );

  it.each([
    ['as many as are allowed get no refusal', defaultLimits.pipelinedRequests, 0],
    ['one more gets a refusal', defaultLimits.pipelinedRequests + 1, 1],
  ])('%s', async (_name, count, refused) => {
    const requests = get('/readyz', USUAL)
      .replace(`${CLOSE}\r\n`, '')
      .repeat(count - 1);
    const { statuses } = await sendRaw(server.port, `${requests}${get('/readyz', USUAL)}`);
    expect(statuses).toHaveLength(count);
    expect(statuses.filter((status) => status === 429)).toHaveLength(refused);
  });

  it('end their connection when too many are unanswered, with one refusal after the answers', async () => {
    const { pipelinedRequests } = defaultLimits;
    const slow = Array.from({ length: 200 }, () => get('/readyz', USUAL).replace(`${CLOSE}\r\n`, '')).join('');
    const { statuses, closed } = await sendRaw(server.port, `${slow}${get('/healthz', USUAL)}`);
    expect(statuses).toHaveLength(pipelinedRequests + 1);
    expect(statuses.indexOf(429)).toBe(pipelinedRequests);
    expect(closed).toBe(true);
  });
});

it('refused requests and denials have log lines up to a bound, and the rest are counted', async () => {
  const count = 3 * defaultLimits.refusalLines;
  const before = server.logs.length;
  const ask = () =>
    server.app.inject({
      method: 'POST',
      url: '/graphql',
      remoteAddress: '192.0.2.7',
      payload: { query: '{ guarded(length: 1) }' },
    });
  await Promise.all(Array.from({ length: count }, ask));
  const since = () => server.logs.slice(before);
  const lines = (message: string) => since().filter(({ msg }) => msg === message).length;
  const leftOut = () => since().reduce((sum, line) => sum + Number(line.leftOut ?? 0), 0);
  await until(() => lines('request') + lines('fields denied') + leftOut() >= 2 * count);
  const written = ['request', 'fields denied'].map(lines);
  expect(Math.min(...written)).toBeGreaterThan(0);
  expect(Math.max(...written)).toBeLessThan(count);
  // An address has so many in a second for both kinds together.
  expect(written.reduce((sum, some) => sum + some)).toBeGreaterThanOrEqual(defaultLimits.refusalLines);
});

describe('connections', () => {
  it('that are idle are closed after the configured time, which is in their answers', async () => {
    const { keepAliveSeconds } = defaultLimits;
    const accepted = once(server.app.server, 'connection');
    const client = openConnection(server.port);
    let text = '';
    client.on('data', (bytes) => {
      text += bytes;
    });
    client.write(post([LENGTH]));
    const [socket] = await accepted;
    await until(() => statusesOf(text).length === 1 && socket.timeout > 0);
    expect(text.toLowerCase()).toContain(`\r\nkeep-alive: timeout=${keepAliveSeconds}\r\n`);
    // Some versions of Node wait a second longer than they say.
    expect(socket.timeout).toBeGreaterThanOrEqual(keepAliveSeconds * 1000);
    expect(socket.timeout).toBeLessThanOrEqual((keepAliveSeconds + 1) * 1000);
    const closed = once(client, 'close');
    socket.emit('timeout');
    await closed;
  });

  it('from one address are closed beyond the bound, and the log says so once', async () => {
    const small = await startTextServer({ LIMIT_CONNECTIONS_PER_ADDRESS: '10' });
    const open = await connectAll(small.port, 10);
    const more = await connectAll(small.port, 5);
    await Promise.all(more.map((socket) => socket.closed || once(socket, 'close')));
    expect(open.filter(({ closed }) => closed)).toEqual([]);
    expect(warnings(small, 'connections are closed: one address has too many')).toBe(1);
    expect(await small.limitsHit('connectionsPerAddress')).toBe(5);
    for (const socket of open) socket.destroy();
    await until(async () => (await sendRaw(small.port, post([LENGTH, CLOSE]))).statuses[0] === 200);
    await small.close();
  });

  it('of a trusted proxy are bounded by the bound of all', async () => {
    const small = await startTextServer({
      LIMIT_CONNECTIONS_PER_ADDRESS: '10',
      LIMIT_CONNECTIONS: '20',
      TRUST_PROXY: '127.0.0.1',
    });
    const open = await connectAll(small.port, 20);
    const more = await connectAll(small.port, 5);
    await Promise.all(more.map((socket) => socket.closed || once(socket, 'close')));
    expect(open.filter(({ closed }) => closed)).toEqual([]);
    expect(warnings(small, 'connections are closed: there are too many')).toBe(1);
    expect(await small.limitsHit('connections')).toBe(5);
    for (const socket of open) socket.destroy();
    await small.close();
  });

  it('of a few addresses leave room for others: the address with the most loses its oldest idle connection', async () => {
    const { connectionsPerAddress, connections } = { connectionsPerAddress: 15, connections: 20 };
    const small = await startTextServer({
      LIMIT_CONNECTIONS_PER_ADDRESS: String(connectionsPerAddress),
      LIMIT_CONNECTIONS: String(connections),
    });
    let open = () => {};
    small.fields.gate = new Promise((resolve) => {
      open = resolve;
    });
    const greedy = await connectAll(small.port, connectionsPerAddress, '127.0.0.2');
    const [busy, ...others] = greedy;
    const body = '{"query":"{rows(count:1){lateRows(count:1){meant}}}"}';
    busy?.write(post([`Content-Length: ${body.length}`], body));
    const handshake = get('/graphql', ...HANDSHAKE).replace(CLOSE, 'Connection: Upgrade');
    const unfinished = [get('/graphql').slice(0, -1), post([LENGTH]).slice(0, -1), handshake];
    for (const [index, bytes] of unfinished.entries()) others[index]?.write(bytes);
    const few = await connectAll(small.port, connections - connectionsPerAddress, '127.0.0.3');
    await until(() => small.fields.resolved > 0);
    const lost = others.slice(0, unfinished.length + 1);
    for (const socket of lost) {
      expect((await sendRaw(small.port, post([LENGTH, CLOSE]))).statuses).toEqual([200]);
      await vi.waitFor(() => expect(socket).toHaveProperty('closed', true), PATIENCE);
      // Another one of that address takes the room.
      few.push(...(await connectAll(small.port, 1, '127.0.0.3')));
    }
    const rest = [busy, ...others.slice(lost.length), ...few];
    expect(rest.filter((socket) => socket?.closed)).toEqual([]);
    expect(warnings(small, 'connections are closed: there are too many')).toBe(1);
    open();
    for (const socket of [...greedy, ...few]) socket.destroy();
    await small.close();
  });
});

async function connectAll(port: number, count: number, from = '127.0.0.1'): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => openConnection(port, from).resume());
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

function warnings({ logs }: TextServer, message: string): number {
  return logs.filter(({ msg }) => msg === message).length;
}
