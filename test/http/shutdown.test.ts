import { EventEmitter, once } from 'node:events';
import { Agent, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../src/config/limits.js';
import { registerShutdown, untilNoneWaits } from '../../src/http/shutdown.js';
import { startApi, type TestApi } from '../support/api.js';
import { until } from '../support/command.js';
import { holdReports } from '../support/stores/hold-reports.js';
import { startTextServer } from '../support/text-server.js';

const HALF_BODY = 'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';
const REPORTS = '{ expenseReports(first: 1) { nodes { id } } }';

let api: TestApi | undefined;
const sockets: Socket[] = [];
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  agent.destroy();
  await api?.close();
  api = undefined;
});

async function listen(settings: Record<string, string> = {}) {
  api = await startApi({ SHUTDOWN_DELAY_SECONDS: '0', ...settings });
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  const address = api.app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { ...api, port: address.port };
}

/** Opens a connection and sends the beginning of a request. */
async function begin(
  port: number,
  sent: string,
): Promise<{ readonly closed: Promise<unknown>; send(text: string): void; received(): string }> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (part) => {
    text += part;
  });
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  if (sent) await new Promise((resolve) => socket.write(sent, resolve));
  return { closed, send: (more) => void socket.write(more), received: () => text };
}

/** Asks over the one connection that is kept alive. */
async function ask(port: number, path: string, { token, query }: { token?: string; query?: string } = {}) {
  const method = query ? 'POST' : 'GET';
  const sent = request({ agent, host: '127.0.0.1', port, path, method });
  if (token) sent.setHeader('authorization', `Bearer ${token}`);
  if (query) sent.setHeader('content-type', 'application/json');
  sent.end(query && JSON.stringify({ query }));
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const part of response) body += part;
  return { status: response.statusCode, connection: response.headers.connection, body: JSON.parse(body) };
}

/** Returns the bytes of a request for GraphQL. */
function post(token: string, query: string): string {
  const body = JSON.stringify({ query });
  const head = [
    'POST /graphql HTTP/1.1',
    'Host: a',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
  ];
  return `${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function tokenOf({ emulator }: TestApi): Promise<string> {
  return emulator.issueAccessToken('erin');
}

describe('a server that shuts down', () => {
  it('says at /readyz that it is going, and serves everything else until the delay is over', async () => {
    const { app, port } = await listen({ SHUTDOWN_DELAY_SECONDS: '1' });
    const ended = app.shutDown();
    expect(await ask(port, '/readyz')).toMatchObject({ status: 503, body: { status: 'stopping' } });
    expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
    const token = await tokenOf(api as TestApi);
    // Its client comes back on a new connection, which a balancer leads to another server.
    const answer = await ask(port, '/graphql', { token, query: '{ me { kind } }' });
    expect(answer).toMatchObject({ status: 200, connection: 'close' });
    expect(await ended).toBe(true);
  });

  it('answers what is running, and tells the connection to close', async () => {
    const { app, port } = await listen();
    const token = await tokenOf(api as TestApi);
    const held = await holdReports(api as TestApi);
    const answer = ask(port, '/graphql', { token, query: REPORTS });
    await held.untilWaitedFor();
    const ended = app.shutDown();
    await until(
      () => !app.server.listening,
      () => 'the server still listens',
    );
    await held.release();
    expect(await answer).toMatchObject({ status: 200, connection: 'close', body: { data: { expenseReports: {} } } });
    expect(await ended).toBe(true);
  });

  it.each([
    ['has been answered behind it', '{ me { kind } }', /"kind"/],
    ['waits behind it', REPORTS, undefined],
  ])('answers every request of a connection, when another one %s', async (_what, query, answered) => {
    const { app, port } = await listen();
    const held = await holdReports(api as TestApi);
    const token = await tokenOf(api as TestApi);
    // The token is known before, so that nothing waits for its verification.
    await ask(port, '/graphql', { token, query: '{ me { kind } }' });
    const responses: ServerResponse[] = [];
    app.server.on('request', (_request, response) => void responses.push(response));
    const { closed, received } = await begin(port, post(token, REPORTS) + post(token, query));
    await held.untilWaitedFor();
    if (answered)
      await until(
        () => responses[1]?.writableEnded === true,
        () => 'the second request was not answered',
      );
    const ended = app.shutDown();
    await until(
      () => !app.server.listening,
      () => 'the server still listens',
    );
    await held.release();
    expect(await ended).toBe(true);
    await closed;
    expect(received().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    const connection = received().match(/(?<=connection: )\S+/gi);
    expect(connection).toEqual(answered ? ['keep-alive', 'keep-alive'] : ['keep-alive', 'close']);
  });

  it('sends an answer to its end that a client was reading when it began, and closes the connection then', async () => {
    const length = 40_000_000;
    const server = await startTextServer({ SHUTDOWN_DELAY_SECONDS: '0', LIMIT_ANSWER_BYTES: '60000000' });
    const sent = request({ agent, host: '127.0.0.1', port: server.port, path: '/graphql', method: 'POST' });
    sent.setHeader('content-type', 'application/json');
    sent.end(JSON.stringify({ query: `{ text(length: ${length}) }` }));
    const [response] = await once(sent, 'response');
    expect(response.headers.connection).toBe('keep-alive');
    const ended = server.app.shutDown();
    await until(
      () => !server.app.server.listening,
      () => 'the server still listens',
    );
    let bytes = 0;
    for await (const part of response) bytes += part.length;
    expect(bytes).toBe(JSON.stringify({ data: { text: 'x'.repeat(length) } }).length + 1);
    expect(await ended).toBe(true);
    await server.close();
  });

  it('closes connections that are idle, kept alive or silent', async () => {
    const { app, port } = await listen();
    await ask(port, '/healthz');
    const silent = await begin(port, '');
    expect(await app.shutDown()).toBe(true);
    await silent.closed;
  });

  it.each([
    ['half a header', 'GET /healthz HTTP/1.1\r\nHost: a', '25', /^HTTP\/1\.1 408 /],
    ['half a body', HALF_BODY, '25', /^HTTP\/1\.1 408 /],
    ['half a header', 'GET /healthz HTTP/1.1\r\nHost: a', '1', /^$/],
    ['half a body', HALF_BODY, '1', /^$/],
  ])('ends %s soon, and cuts nothing off that ran', async (_what, text, SHUTDOWN_LIMIT_SECONDS, answer) => {
    const { app, port, logs } = await listen({ SHUTDOWN_LIMIT_SECONDS });
    const half = await begin(port, text);
    // The server has read it when it answers a later connection.
    await ask(port, '/healthz');
    const beganMs = performance.now();
    expect(await app.shutDown()).toBe(true);
    await half.closed;
    expect(half.received()).toMatch(answer);
    // The next bounds are those of a request and of the shutdown, 15 and 25 seconds.
    expect(performance.now() - beganMs).toBeLessThan((defaultLimits.shutdownArrivalSeconds + 10) * 1_000);
    expect(logs.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });

  it.each([
    ['a body whose end', -5],
    ['a request on a new connection that', 0],
  ])('takes %s arrives while connections are being closed', async (_what, sentBefore) => {
    const { app, port } = await listen();
    const text = post(await tokenOf(api as TestApi), '{ me { kind } }');
    await ask(port, '/healthz');
    const { closed, send, received } = await begin(port, text.slice(0, sentBefore));
    // The server has read it when it answers.
    await ask(port, '/healthz');
    const ended = app.shutDown();
    await until(
      () => !app.server.listening,
      () => 'the server still listens',
    );
    send(text.slice(sentBefore));
    expect(await ended).toBe(true);
    await closed;
    expect(received()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each([
    ['on an idle machine', 0],
    ['on a machine so busy that this takes seconds', 700],
  ])('listens until a turn of the event loop passes in which no connection was accepted, %s', async (_where, ms) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const server = new EventEmitter();
    let accepted = 0;
    // Node accepts one of them in each turn.
    const accept = () => {
      server.emit('connection');
      accepted += 1;
      vi.advanceTimersByTime(ms);
      if (accepted < 5) setImmediate(accept);
    };
    setImmediate(accept);
    await untilNoneWaits(server);
    vi.useRealTimers();
    expect(accepted).toBe(5);
  });

  it('stops to listen though new connections keep coming, when all that waited are accepted', async () => {
    const server = new EventEmitter();
    let accepted = 0;
    const accept = () => {
      server.emit('connection');
      accepted += 1;
      if (accepted < 2_000) setImmediate(accept);
    };
    setImmediate(accept);
    await untilNoneWaits(server);
    expect(accepted).toBe(512);
    accepted = 2_000;
  });

  it('cuts off an operation that does not end when the time is up', async () => {
    const { app, port } = await listen({ SHUTDOWN_LIMIT_SECONDS: '1' });
    const token = await tokenOf(api as TestApi);
    const held = await holdReports(api as TestApi);
    const answer = ask(port, '/graphql', { token, query: REPORTS });
    await held.untilWaitedFor();
    const cut = expect(answer).rejects.toThrow();
    expect(await app.shutDown()).toBe(false);
    await cut;
    await held.release();
  });

  it('logs no error on its way, even if the signing keys are being fetched', async () => {
    const { app, port, logs } = await listen();
    await ask(port, '/healthz');
    await app.shutDown();
    expect(logs.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });
});

describe('the times of a shutdown', () => {
  const { shutdownArrivalSeconds, shutdownSilentMs, shutdownEndMs } = defaultLimits;
  const CHECKING_MS = 250;

  afterEach(() => void vi.useRealTimers());

  /** A server whose connections stay open and which never closes, and what is done to its connections. */
  async function begin({ bytesRead = 1, limitMs = 600_000 } = {}) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
    const done: string[] = [];
    const socket = { bytesRead, writable: true, destroy: () => done.push('destroyed') };
    const server = Object.assign(new EventEmitter(), {
      close: (): void => undefined,
      closeIdleConnections: () => undefined,
    });
    const closing = new Promise<void>((resolve) => {
      server.close = () => resolve();
    });
    server.on('clientError', ({ code }) => done.push(code));
    let shutDown: (() => Promise<boolean>) | undefined;
    const fastify = {
      server,
      log: { info: () => undefined, warn: () => undefined },
      addHook: () => undefined,
      close: () => new Promise(() => undefined),
      decorate: (_name: string, method: () => Promise<boolean>) => {
        shutDown = method;
      },
    };
    // A request that has arrived in part.
    const responses = new Set([Object.assign(new EventEmitter(), { req: { complete: false } })]);
    const connections = new Map([[socket, { socket, responses, openedAt: performance.now() }]]);
    const times = { delayMs: 0, limitMs, arrivalMs: shutdownArrivalSeconds * 1000, connections };
    registerShutdown(Object(fastify), Object(times));
    const outcome: { ended?: boolean } = {};
    void shutDown?.().then((ended) => Object.assign(outcome, { ended }));
    await vi.advanceTimersByTimeAsync(0);
    await closing;
    return { done, outcome };
  }

  it('let a request arrive for shutdownArrivalSeconds, and answer it with 408 then', async () => {
    const { done } = await begin();
    await vi.advanceTimersByTimeAsync(shutdownArrivalSeconds * 1000);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(CHECKING_MS);
    expect(done).toEqual(['ERR_HTTP_REQUEST_TIMEOUT']);
  });

  it('let a connection be silent for shutdownSilentMs, and close it then', async () => {
    const { done } = await begin({ bytesRead: 0 });
    await vi.advanceTimersByTimeAsync(shutdownSilentMs - 1);
    await nextTurn();
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await nextTurn();
    expect(done).toEqual(['destroyed']);
  });

  it('wait for what was cut off for shutdownEndMs, and no longer', async () => {
    const limitMs = 100;
    const { done, outcome } = await begin({ limitMs });
    await vi.advanceTimersByTimeAsync(limitMs + shutdownEndMs - 1);
    expect([done, outcome]).toEqual([['destroyed'], {}]);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toEqual({ ended: false });
  });
});
