import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openConnection, sendRaw } from '../../support/raw-http.js';
import { openClient, openSocket, tokenOf, until } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// Answers that are large, and clients that do not read theirs.

const LIMIT = 100_000;
const PATIENCE = { timeout: 25_000, interval: 50 };
/** Bytes of `{"data":{"text":""}}` and the line's end, which is not counted. */
const ENVELOPE = '{"data":{"text":""}}'.length;
let server: TextServer;
let token: string;
beforeAll(async () => {
  server = await startTextServer({ LIMIT_ANSWER_BYTES: String(LIMIT) }, { limits: { answerSeconds: 1 } });
  token = await server.emulator.issueAccessToken('erin');
});
afterAll(() => server.close());

async function ask(query: string, from = server): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${from.port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokenFor(from)}` },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, text: await response.text() };
}

const tokenFor = async (from: TextServer) => (from === server ? token : from.emulator.issueAccessToken('erin'));

const TOO_LARGE = {
  message:
    'The size of the answer is over the limit. At most 100000 bytes are allowed. The setting LIMIT_ANSWER_BYTES raises it.',
  extensions: {
    code: 'LIMIT_EXCEEDED',
    limit: { name: 'answerBytes', maximum: LIMIT, setting: 'LIMIT_ANSWER_BYTES' },
  },
};

describe('an answer', () => {
  it.each([
    ['of plain text', 97, 1],
    ['of control characters, which JSON escapes', 1, 6],
    ['of characters that UTF-8 writes in three bytes', 0x4e00, 3],
  ])('%s has as many bytes as it may, and not one more', async (_name, code, bytesEach) => {
    const fits = Math.floor((LIMIT - ENVELOPE) / bytesEach);
    // The first answers come from Apollo Server, the later ones do not.
    for (let time = 0; time < 4; time += 1) {
      const { status, text } = await ask(`{ text(length: ${fits}, code: ${code}) }`);
      expect([status, Object.keys(JSON.parse(text))]).toEqual([200, ['data']]);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMIT + 1);
      const refused = await ask(`{ text(length: ${fits + 1}, code: ${code}) }`);
      expect([refused.status, JSON.parse(refused.text)]).toEqual([200, { errors: [TOO_LARGE], data: null }]);
    }
  });

  it.each([
    ['a list', '{ texts(count: 100000, length: 1000) }'],
    ['many fields', `{ ${Array.from({ length: 150 }, (_, n) => `a${n}: text(length: 1000000)`).join(' ')} }`],
    ['fields of fields', `{ nested(length: 30000) { text nested { text nested { text nested { text } } } } }`],
    ['a guarded field', '{ guarded(length: 200000) }'],
  ])('that is too large because of %s becomes an error', async (_name, query) => {
    for (let time = 0; time < 3; time += 1) {
      const { text } = await ask(query);
      expect(JSON.parse(text)).toEqual({ errors: [TOO_LARGE], data: null });
    }
  });

  it('to a mutation that has run says so', async () => {
    const before = server.written.length;
    const { status, text } = await ask('mutation { write(length: 200000) }');
    const { errors, data } = JSON.parse(text);
    expect([status, data, errors[0].extensions]).toEqual([200, null, TOO_LARGE.extensions]);
    expect(errors[0].message).toContain(
      'The mutation ran, and the changes of its fields that did not fail are committed.',
    );
    expect(server.written.slice(before)).toEqual([200_000]);
  });

  it('is bounded over a WebSocket too', async () => {
    const client = openClient(`ws://127.0.0.1:${server.port}/graphql`, token);
    expect(await client.ask('{ text(length: 200000) }')).toMatchObject({ errors: [TOO_LARGE], data: null });
    const mutation = await client.ask('mutation { write(length: 200000) }');
    expect(mutation.errors?.[0]?.message).toContain('The mutation ran');
    expect(await client.ask('subscription { texts(count: 1, length: 200000) }')).toMatchObject({ errors: [TOO_LARGE] });
    await client.dispose();
  });
});

describe('refusals on one connection', () => {
  const json = (body: string, more = '') =>
    `POST /graphql HTTP/1.1\r\nHost:a\r\nContent-Type:application/json\r\n${more}Content-Length:${body.length}\r\n\r\n${body}`;
  const JSON_ALONE = 'Accept:application/json\r\n';
  const persisted = (more: string) => json(`{"extensions":{"persistedQuery":{${more}}}}`);
  /** Has the server close the connection when everything before it is answered. */
  const LAST = 'GET /healthz HTTP/1.1\r\nHost:a\r\nConnection:close\r\n\r\n';
  it.each([
    [404, 'a path', 'GET /a HTTP/1.1\r\nHost:a\r\n\r\n'],
    [405, 'a method', 'PUT /graphql HTTP/1.1\r\nHost:a\r\n\r\n'],
    [400, 'the URL', 'GET /% HTTP/1.1\r\nHost:a\r\n\r\n'],
    [400, 'a missing Host', 'GET / HTTP/1.1\r\n\r\n'],
    [400, 'a missing query', 'GET /graphql HTTP/1.1\r\nHost:a\r\nX-Apollo-Operation-Name:a\r\n\r\n'],
    [400, 'JSON', json('{')],
    [400, 'a document', json('{"query":"{"}')],
    [400, 'a document with many mistakes', json('{"query":"{a b c d e f}"}')],
    [400, 'many mistakes in the older media type', json('{"query":"{a b c d e f}"}', JSON_ALONE)],
    [400, 'names that are like many others', json('{"query":"{tex text2 row rows2 nest}"}')],
    [400, 'an unknown field in the older media type', json('{"query":"{a}"}', JSON_ALONE)],
    [400, 'an operation name that is not there', json('{"query":"{__typename}","operationName":"a"}')],
    [400, 'several operations without a name', json('{"query":"query a{__typename}query b{__typename}"}')],
    [400, 'variables that are missing', json('{"query":"query($a:Int!,$b:Int!){a:text(length:$a)b:text(length:$b)}"}')],
    [400, 'a persisted query without a hash', persisted('')],
    [200, 'an unknown persisted query', persisted('"version":1,"sha256Hash":"a"')],
    [200, 'an answer that is too large', json('{"query":"{text(length:100000)}"}')],
    [400, 'an empty batch', json('[]')],
    [400, 'a batch', json('[{},{},{},{}]')],
    [400, 'variables that are not an object', json('{"query":"{a}","variables":1}')],
    [400, 'a subscription', json('{"query":"subscription{quiet}"}')],
    [400, 'a GET without the header against forgery', 'GET /graphql?query={a} HTTP/1.1\r\nHost:a\r\n\r\n'],
    [
      405,
      'a mutation by GET',
      'GET /graphql?query=mutation{write(length:1)} HTTP/1.1\r\nHost:a\r\nX-Apollo-Operation-Name:a\r\n\r\n',
    ],
    [406, 'the accepted type', json('{"query":"{a}"}', 'Accept:a/b\r\n')],
    [415, 'a form', json('a').replace('application/json', 'application/x-www-form-urlencoded')],
    [415, 'files', json('a').replace('application/json', 'multipart/form-data;boundary=a')],
    [401, 'an operation with every field denied', json('{"query":"{guarded(length:1)}"}')],
    [401, 'an operation with many fields denied', json(`{"query":"{${guardedFields(4)}}"}`)],
    [401, 'a mutation that is denied', json('{"query":"mutation{write(length:1)}"}')],
    [401, 'a token', json('{"query":"{a}"}', 'Authorization:a\r\n')],
    [413, 'a large body', json('').replace('Length:0', 'Length:9999999')],
    [415, 'an encoded body', json('a', 'Content-Encoding:gzip\r\n')],
    [415, 'a body without a type', 'POST /graphql HTTP/1.1\r\nHost:a\r\nContent-Length:1\r\n\r\n{'],
    [417, 'an expectation', 'GET / HTTP/1.1\r\nHost:a\r\nExpect:a\r\n\r\n'],
    [429, 'requests without waiting', 'GET /healthz HTTP/1.1\r\nHost:a\r\n\r\n'],
  ])(
    'have 2 kB and ten bytes for each byte of a thousand requests at most: %i for %s',
    async (status, _name, request) => {
      const { text, closed } = await sendRaw(server.port, request.repeat(1_000) + LAST, 100_000);
      const refused = text.split(/(?=HTTP\/1\.1 \d)/).filter(isRefusal);
      expect(closed).toBe(true);
      expect(refused[0]).toContain(`HTTP/1.1 ${status} `);
      // Where many wait, or fail, the next ones are refused for that.
      expect(new Set(refused.map(statusOf))).toEqual(new Set([status, ...(refused.some(isTooMany) ? [429] : [])]));
      expect(refused.join('').length).toBeLessThanOrEqual(2_000 + 10 * request.length * refused.length);
    },
    PATIENCE.timeout * 5,
  );

  it.each(['gzip', 'GZIP', 'br', 'deflate, gzip', 'identity, gzip'])('name the body encoding %s', async (encoding) => {
    const query = '{"query":"{__typename}"}';
    const plain = await sendRaw(server.port, json(query, 'Content-Encoding:Identity\r\n') + LAST);
    expect(plain.statuses).toEqual([200, 200]);
    const { text, statuses } = await sendRaw(server.port, json(query, `Content-Encoding:${encoding}\r\n`) + LAST);
    expect([statuses[0], text]).toEqual([415, expect.stringContaining('without the header \\"Content-Encoding\\"')]);
    expect(text.toLowerCase()).toContain('accept-encoding: identity');
  });

  it('keep the connection where the request is as large as those of real clients', async () => {
    const request = 'GET /nothing HTTP/1.1\r\nHost: localhost:4000\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n';
    const { statuses, closed } = await sendRaw(server.port, request.repeat(10), 1_000);
    expect([statuses, closed]).toEqual([Array(10).fill(404), false]);
  });

  it('end before what follows is run', async () => {
    const before = server.written.length;
    const write = json('{"query":"mutation { write(length: 1) }"}', `Authorization: Bearer ${token}\r\n`);
    const { statuses, closed } = await sendRaw(server.port, `GET /a HTTP/1.1\r\nHost:a\r\n\r\n${write}`);
    expect([statuses, closed, server.written.length]).toEqual([[404], true, before]);
  });
});

function guardedFields(count: number): string {
  return Array.from({ length: count }, (_, n) => `a${n}:guarded(length:1)`).join(' ');
}

const statusOf = (answer: string) => Number(answer.split(' ')[1]);
const isTooMany = (answer: string) => statusOf(answer) === 429;

/** Tells whether an answer is a refusal: it has an error status, or errors and no data. */
function isRefusal(answer: string): boolean {
  if (statusOf(answer) >= 400) return true;
  const { errors, data = null } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '');
  return errors !== undefined && data === null;
}

function bigRequest(length: number, token: string | undefined): string {
  const body = JSON.stringify({ query: `{ text(length: ${length}) }` });
  const caller = token ? `Authorization: Bearer ${token}\r\n` : '';
  return `POST /graphql HTTP/1.1\r\nHost: a\r\n${caller}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Sends requests for as much as the answers may have, and reads nothing. */
function neverRead(
  port: number,
  count: number,
  {
    length = 4_900_000,
    from = '127.0.0.1',
    token,
  }: { length?: number; from?: string; token?: string | undefined } = {},
): Socket {
  const socket = openConnection(port, from).pause();
  socket.write(bigRequest(length, token).repeat(count));
  return socket;
}

/** Opens a WebSocket that reads nothing once it is acknowledged. */
async function connectUnread({ port }: TextServer, token: string | undefined) {
  const connection = openSocket(`ws://127.0.0.1:${port}/graphql`);
  await connection.opened;
  connection.send({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });
  await connection.received('connection_ack');
  connection.socket.pause();
  return connection;
}

/** Returns what tells how many bytes of answers wait for clients. The server runs in this process. */
function watchWaiting({ app: { server: http } }: TextServer): () => number {
  const streams = new Set<Writable>();
  const watch = (stream: Writable) => {
    streams.add(stream);
    stream.once('close', () => streams.delete(stream));
  };
  http.on('connection', watch);
  // A response that is first on its connection writes into it, and counts what it has written as well.
  http.on('request', (_request, response: ServerResponse) => watch(response));
  const isFirst = (stream: object) => 'socket' in stream && stream.socket !== null;
  return () => [...streams].reduce((bytes, stream) => bytes + (isFirst(stream) ? 0 : stream.writableLength), 0);
}

describe('a client that does not read', () => {
  const logged = ({ logs }: TextServer, message: string) => logs.filter(({ msg }) => msg === message).length;

  it.each(['on', 'off'])(
    'is cut off after the configured time, for every caller, with GRAPHQL_COMPILED=%s',
    async (compiled) => {
      const room = 512 * 1024 * 1024;
      const limits = { answerSeconds: 1, bufferedBytes: room, addressBufferedBytes: room };
      const slow = await startTextServer({ GRAPHQL_COMPILED: compiled }, { limits });
      const tokens = await Promise.all(EVERY_SIGN_IN.map((signIn) => tokenOf(slow, signIn)));
      const sockets = tokens.map((token) => neverRead(slow.port, 4, { token }));
      await vi.waitFor(
        () => expect(logged(slow, 'a client does not read its answers')).toBe(EVERY_SIGN_IN.length),
        PATIENCE,
      );
      expect(await slow.limitsHit('answerSeconds')).toBe(EVERY_SIGN_IN.length);
      for (const socket of sockets) {
        socket.resume();
        if (!socket.closed) await once(socket, 'close');
      }
      await slow.close();
    },
  );

  it.each(['on', 'off'])(
    'is cut off over a WebSocket too, for every caller, with GRAPHQL_COMPILED=%s',
    async (compiled) => {
      const slow = await startTextServer({ GRAPHQL_COMPILED: compiled }, { limits: { answerSeconds: 1 } });
      const query = 'subscription { texts(count: 1000, length: 1000000) }';
      const connections = EVERY_SIGN_IN.map(async (signIn) => {
        const connection = await connectUnread(slow, await tokenOf(slow, signIn));
        connection.send({ type: 'subscribe', id: '1', payload: { query } });
        return connection;
      });
      const opened = await Promise.all(connections);
      await vi.waitFor(
        () => expect(logged(slow, 'a client does not read its answers')).toBe(EVERY_SIGN_IN.length),
        PATIENCE,
      );
      // Their sources were not read ahead of them.
      expect(slow.events.taken).toBeLessThan(50 * EVERY_SIGN_IN.length);
      for (const { socket, closed } of opened) {
        socket.resume();
        expect(await closed).toMatchObject({ code: 1006 });
      }
      await slow.close();
    },
  );

  it.each(['on', 'off'])(
    'is cut off at once if its address takes more than its share, for every caller, and others are answered, with GRAPHQL_COMPILED=%s',
    async (compiled) => {
      const share = 1024 * 1024;
      const limits = { bufferedBytes: 3 * share, addressBufferedBytes: share, answerSeconds: 300 };
      const slow = await startTextServer({ GRAPHQL_COMPILED: compiled }, { limits });
      const within = neverRead(slow.port, 1, { length: share / 2, from: '127.0.0.2' });
      const cutOff = () => logged(slow, 'a client is cut off, because too much waits for slow clients');
      const othersAreAnswered = () => until(async () => (await ask('{ text(length: 1000) }', slow)).status === 200);
      let expected = 0;
      for (const signIn of EVERY_SIGN_IN) {
        const token = await tokenOf(slow, signIn);
        const overHttp = neverRead(slow.port, 16, { length: share, from: '127.0.0.3', token });
        await until(() => cutOff() > expected);
        await othersAreAnswered();
        overHttp.destroy();
        const { socket, send } = await connectUnread(slow, token);
        const query = `{ text(length: ${share}) }`;
        for (let id = 0; id < 16; id += 1) send({ type: 'subscribe', id: `${id}`, payload: { query } });
        expected += 1;
        await until(() => cutOff() > expected);
        await othersAreAnswered();
        socket.terminate();
        expected += 1;
      }
      expect([cutOff(), within.destroyed]).toEqual([expected, false]);
      // Requests that get 503 meanwhile hit the bound too.
      expect(await slow.limitsHit('bufferedBytes')).toBeGreaterThanOrEqual(expected);
      within.destroy();
      await slow.close();
    },
  );

  it('gets no more than the configured bytes where all its requests come at once', async () => {
    const limits = { bufferedBytes: 20_000_000, addressBufferedBytes: 512 * 1024 * 1024 };
    const atOnce = await startTextServer({}, { limits });
    const waiting = watchWaiting(atOnce);
    const socket = neverRead(atOnce.port, 16);
    let most = 0;
    // Each turn of the event loop begins one of the sixteen.
    for (let turns = 0; turns < 100; turns += most > 0 ? 1 : 0) {
      await setImmediate();
      most = Math.max(most, waiting());
    }
    expect(most).toBeGreaterThan(4_900_000);
    expect(most).toBeLessThanOrEqual(20_000_000);
    socket.destroy();
    await atOnce.close();
  });
});
