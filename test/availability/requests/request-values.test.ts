import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openConnection, sendRaw } from '../../support/raw-http.js';
import { openSocket, tokenOf, until } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// Parsed values take up to 50 times the memory of their text, and are kept for as long as what they came with.

const { requestValues, socketInitValues, subscriptionValues } = defaultLimits;
const QUERY = '{ serverInfo { name } }';
const EVENTS = 'subscription { quiet }';

/** A list that counts as so many values: itself and its items. */
const listOf = (values: number) => Array(values - 1).fill({});

describe('the values of a request', () => {
  let server: TextServer;
  let url: string;
  beforeAll(async () => {
    server = await startTextServer();
    url = `ws://127.0.0.1:${server.port}/graphql`;
  });
  afterAll(() => server.close());

  async function ask(body: object) {
    const { port } = server;
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** Opens a connection. Without values, `connection_init` has no payload. */
  async function connect(values?: number) {
    const connection = openSocket(url);
    await connection.opened;
    const payload = values === undefined ? undefined : { a: listOf(values) };
    connection.send({ type: 'connection_init', payload });
    return connection;
  }
  const outcome = ({ socket, closed }: Awaited<ReturnType<typeof connect>>) =>
    Promise.race([
      new Promise<string>((resolve) => socket.once('message', (text) => resolve(JSON.parse(String(text)).type))),
      closed,
    ]);

  it.each(['extensions', 'x', 'operationName'])('in "%s" are as many as allowed, and not one more', async (member) => {
    const body = (values: number) => ({ query: QUERY, [member]: { a: listOf(values) } });
    // `query`, the member, and the list in it.
    const within = await ask(body(requestValues - 2));
    expect(JSON.stringify(within.body)).not.toContain('requestValues');
    expect(await ask(body(requestValues - 1))).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'requestValues' } } }] },
    });
  });

  it('in connection_init are few: it is sent without a token', async () => {
    // `type`, `payload`, and the list in it.
    const within = await connect(socketInitValues - 2);
    expect(await outcome(within)).toBe('connection_ack');
    within.socket.terminate();
    const beyond = await connect(socketInitValues - 1);
    expect(await outcome(beyond)).toMatchObject({
      code: 4400,
      reason: `At most ${socketInitValues} values are allowed in a message`,
    });
  });

  it('in a message of WebSocket are as many as in a request', async () => {
    const connection = await connect();
    expect(await outcome(connection)).toBe('connection_ack');
    // `type`, `id`, `payload`, `query`, `x`, and the list in it.
    const send = (values: number) =>
      connection.send({ type: 'subscribe', id: '1', payload: { query: QUERY, x: { a: listOf(values) } } });
    send(requestValues - 5);
    expect(await outcome(connection)).toBe('next');
    send(requestValues - 4);
    expect(await connection.closed).toMatchObject({ code: 4400 });
  });

  it('in a subscription are fewer, because it stays open', async () => {
    const connection = await connect();
    expect(await outcome(connection)).toBe('connection_ack');
    const subscribe = (id: string, values: number) =>
      connection.send({ type: 'subscribe', id, payload: { query: EVENTS, extensions: { a: listOf(values) } } });
    subscribe('within', subscriptionValues - 5);
    subscribe('beyond', subscriptionValues - 4);
    const refusal = new Promise<string>((resolve) =>
      connection.socket.once('message', (text) => resolve(String(text))),
    );
    expect(JSON.parse(await refusal)).toMatchObject({
      id: 'beyond',
      type: 'error',
      payload: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'subscriptionValues' } } }],
    });
    connection.socket.terminate();
  });
});

describe('what the open subscriptions of anonymous clients keep', () => {
  let server: TextServer;
  beforeAll(async () => {
    server = await startTextServer({}, { limits: { anonymousSubscriptionBytes: 200_000 } });
  });
  afterAll(() => server.close());

  it('is bounded for all of them together, and is given back when one ends', async () => {
    const { socket, messages, opened, send, received } = openSocket(`ws://127.0.0.1:${server.port}/graphql`);
    await opened;
    send({ type: 'connection_init' });
    await received('connection_ack');
    // Each counts with 90 000 bytes and a little more.
    const subscribe = (id: string) =>
      send({ type: 'subscribe', id, payload: { query: `${EVENTS}#${'x'.repeat(45_000)}` } });
    /** Operations of a client begin in their order, so what came before has been decided by then. */
    const query = async (id: string) => {
      send({ type: 'subscribe', id, payload: { query: QUERY } });
      await until(() => messages.some((message) => message.id === id));
    };
    subscribe('first');
    await query('1');
    subscribe('second');
    await query('2');
    expect(messages.map(({ type }) => type)).not.toContain('error');
    send({ type: 'complete', id: 'first' });
    subscribe('third');
    await query('3');
    expect(messages.map(({ type }) => type)).not.toContain('error');
    subscribe('beyond');
    await until(() => messages.some(({ type }) => type === 'error'));
    expect(messages.find(({ type }) => type === 'error')).toMatchObject({
      id: 'beyond',
      payload: [{ extensions: { code: 'RATE_LIMITED', limit: { name: 'anonymousSubscriptionBytes' } } }],
    });
    socket.terminate();
  });
});

describe.each(['on', 'off'])('with GRAPHQL_COMPILED=%s, the bytes of all requests', (compiled) => {
  let server: TextServer;
  beforeAll(async () => {
    const limits = { incomingBytes: 1024 * 1024, requestValues: 20_000 };
    server = await startTextServer({ GRAPHQL_COMPILED: compiled }, { limits });
  });
  afterAll(() => server.close());

  const HALF = `{"query":"${'a'.repeat(200_000)}`;
  const head = (length: number, token?: string) =>
    `POST /graphql HTTP/1.1\r\nHost: api\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

  it('are bounded: connections of the client that sends most are cut off, and others are served', async () => {
    const modest = openConnection(server.port, '127.0.0.2');
    modest.write(head(HALF.length + 2) + HALF);
    const greedy = Array.from({ length: 12 }, () => openConnection(server.port, '127.0.0.3'));
    let closed = 0;
    for (const connection of greedy) connection.once('close', () => (closed += 1));
    for (const connection of greedy) connection.write(head(250_000) + HALF);
    await until(() => closed >= 7);
    expect(closed).toBeLessThan(12);
    expect(server.logs.filter(({ setting }) => setting === 'LIMIT_INCOMING_BYTES')).toHaveLength(1);
    await until(async () => (await server.limitsHit('incomingBytes')) === closed);

    const answered = new Promise((resolve) => modest.once('data', (part) => resolve(String(part).slice(0, 12))));
    modest.write('"}');
    expect(await answered).toBe('HTTP/1.1 413');
    for (const connection of [...greedy, modest]) connection.destroy();
  });

  it('are bounded for every caller, over HTTP', async () => {
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(server, signIn);
      const before = await server.limitsHit('incomingBytes');
      const connections = Array.from({ length: 6 }, () => openConnection(server.port, '127.0.0.3'));
      for (const connection of connections) connection.write(head(250_000, token) + HALF);
      await until(async () => (await server.limitsHit('incomingBytes')) > before);
      for (const connection of connections) connection.destroy();
    }
  });

  it('are bounded for every caller, over WebSocket', async () => {
    // Each value counts with 100 bytes beside its text.
    const beyond = { query: QUERY, extensions: { a: listOf(11_000) } };
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(server, signIn);
      const { socket, opened, send, received } = openSocket(`ws://127.0.0.1:${server.port}/graphql`);
      await opened;
      send({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });
      await received('connection_ack');
      send({ type: 'subscribe', id: 'beyond', payload: beyond });
      expect(await received('error')).toMatchObject({
        id: 'beyond',
        payload: [{ extensions: { code: 'SERVICE_UNAVAILABLE', limit: { name: 'incomingBytes' } } }],
      });
      // The connection goes on.
      send({ type: 'subscribe', id: 'within', payload: { query: QUERY } });
      expect(await received('next')).toMatchObject({ id: 'within', payload: { data: {} } });
      socket.terminate();
    }
  });

  it('count what tiny parts of a body take beside their bytes', async () => {
    const chunked =
      'POST /graphql HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const connections = Array.from({ length: 12 }, () => openConnection(server.port, '127.0.0.4'));
    let closed = 0;
    for (const connection of connections) connection.once('close', () => (closed += 1));
    // Most of it in the last part. The parts count as much.
    const parts = `${'1\r\na\r\n'.repeat(99)}${(90_000).toString(16)}\r\n${'a'.repeat(60_000)}`;
    for (const connection of connections) connection.write(chunked + parts);
    // Their bytes alone are within the bound.
    await until(() => closed >= 2);
    expect(closed).toBeLessThan(12);
    for (const connection of connections) connection.destroy();
  });

  it('end to count with the answer or the connection', async () => {
    const body = JSON.stringify({ query: QUERY, x: 'x'.repeat(200_000) });
    for (let time = 0; time < 10; time += 1) {
      const { statuses } = await sendRaw(
        server.port,
        head(body.length).replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n') + body,
      );
      expect(statuses).toEqual([200]);
    }
  });
});
