import { request } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { defaultLimits } from '../../../src/config/limits.js';
import { startApi, type TestApi } from '../../support/api.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openSuperuser } from '../../support/database.js';
import {
  openClient,
  openSocket,
  refusedWith,
  type SocketClient,
  socketUrl,
  subscribeTo,
  tokenOf,
  until,
} from '../../support/sockets.js';
import { holdReports } from '../../support/stores/hold-reports.js';
import { startTextServer } from '../../support/text-server.js';

const ORIGIN = 'https://app.example.com';
const CHANGES = 'subscription { expenseReportChanged { id } }';
const ME = { type: 'subscribe', id: '1', payload: { query: '{ me { objectId } }' } };

let api: TestApi;
let url: string;
beforeAll(async () => {
  api = await startApi({ CORS_ORIGINS: ORIGIN, ENTRA_CLOCK_TOLERANCE_SECONDS: '0' });
  url = await socketUrl(api);
});
afterAll(() => api.close());

const bearer = async (overrides = {}) => `Bearer ${await api.emulator.issueAccessToken('erin', overrides)}`;

/** Returns the code that an operation is refused with. */
async function askInTurn(client: SocketClient): Promise<unknown> {
  const refusal = await client.ask('{ serverInfo { name } }').then(
    () => undefined,
    (errors) => errors[0],
  );
  return refusal?.extensions?.code;
}

/** Opens a connection and sends `connection_init`. Resolves to `connection_ack` or the close code. */
async function init(payload: unknown, headers: Record<string, string> = {}) {
  const connection = openSocket(url, { headers });
  await connection.opened;
  connection.send({ type: 'connection_init', ...(payload !== undefined && { payload }) });
  const outcome = await Promise.race([connection.received('connection_ack').then(() => 'accepted'), connection.closed]);
  return { ...connection, outcome };
}

describe('the access token', () => {
  it.each([
    ['in connection_init', async () => [{ authorization: await bearer() }, {}]],
    ['in connection_init, capitalised', async () => [{ Authorization: await bearer() }, {}]],
    ['in the header of the handshake', async () => [undefined, { authorization: await bearer() }]],
  ] as const)('is taken %s', async (_name, given) => {
    const [payload, headers] = await given();
    const { outcome, send, received, socket } = await init(payload, headers);
    expect(outcome).toBe('accepted');
    send(ME);
    expect(await received('next')).toMatchObject({ payload: { data: { me: { objectId: expect.any(String) } } } });
    socket.close();
  });

  it('may be missing: the caller is anonymous', async () => {
    const { outcome, send, received, socket } = await init(undefined);
    expect(outcome).toBe('accepted');
    send(ME);
    expect(await received('error')).toMatchObject({ payload: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    socket.close();
  });

  it.each([
    ['expired', async () => ({ authorization: await bearer({ expiresInSeconds: -600 }) }), 4401],
    ['of another audience', async () => ({ authorization: await bearer({ audience: 'api://other' }) }), 4401],
    ['cut', async () => ({ authorization: (await bearer()).slice(0, -4) }), 4401],
    ['of another scheme', async () => ({ authorization: 'Basic ZXJpbjpzZWNyZXQ=' }), 4401],
    ['no text', async () => ({ authorization: { token: 'x' } }), 4401],
    ['without the scheme', async () => ({ authorization: await api.emulator.issueAccessToken('erin') }), 4401],
    ['given twice', async () => ({ authorization: await bearer(), Authorization: await bearer() }), 4400],
    ['as token', async () => ({ token: await api.emulator.issueAccessToken('erin') }), 4400],
    ['as authToken with the scheme', async () => ({ authToken: await bearer() }), 4400],
    ['below headers', async () => ({ headers: { Authorization: await bearer() } }), 4400],
    ['below another name', async () => ({ auth: { jwt: await api.emulator.issueAccessToken('erin') } }), 4400],
    ['without any permission', async () => ({ authorization: await bearer({ claims: { scp: undefined } }) }), 4403],
  ])('%s closes the connection', async (_name, payload, code) => {
    const given = await payload();
    const before = api.logs.length;
    const { outcome, messages } = await init(given);
    expect(outcome).toMatchObject({ code, reason: expect.stringMatching(/^[ -~]{10,123}$/) });
    expect(messages).toEqual([]);
    const written = JSON.stringify([outcome, api.logs.slice(before)]);
    expect(written).toContain('access token refused');
    const [token = ''] = /[\w-]{30,}/.exec(JSON.stringify(given)) ?? ['no token'];
    expect(written).not.toContain(token);
  });

  it('under another name is refused with its right place', async () => {
    const { outcome } = await init({ headers: { authorization: await bearer() } });
    expect(Object(outcome).reason).toContain("authorization: 'Bearer <token>'");
  });

  it.each([
    { 'apollographql-client-name': 'web', version: 7, headers: null },
    { headers: { 'x-tenant': 'contoso' }, note: 'eye' },
  ])('is not taken for other parameters: %j', async (params) => {
    const { outcome, socket } = await init(params);
    expect(outcome).toBe('accepted');
    socket.close();
  });

  it('is taken from the header, and parameters may hold another token', async () => {
    const { outcome, socket } = await init({ idToken: 'eyJ' }, { authorization: await bearer() });
    expect(outcome).toBe('accepted');
    socket.close();
  });

  it('is refused if the header and connection_init both have one', async () => {
    const { outcome } = await init({ authorization: await bearer() }, { authorization: await bearer() });
    expect(outcome).toMatchObject({ code: 4400 });
  });

  it('is never read from the address', async () => {
    const connection = openSocket(`${url}?access_token=${await api.emulator.issueAccessToken('erin')}`);
    await connection.opened;
    connection.send({ type: 'connection_init' });
    expect(await connection.closed).toMatchObject({ code: 4400 });
  });

  it('that expires closes a connection with a subscription', async () => {
    const client = openClient(url, await api.emulator.issueAccessToken('erin', { expiresInSeconds: 2 }));
    const events = await subscribeTo(client, api, CHANGES);
    await expect(events.next()).rejects.toMatchObject({ code: 4440, reason: 'The access token has expired' });
  });

  it('cannot be changed on an open connection', async () => {
    const { send, closed } = await init(undefined);
    send({ type: 'connection_init', payload: { authorization: await bearer() } });
    expect(await closed).toMatchObject({ code: 4429 });
  });

  it('within an operation is ignored', async () => {
    const { send, received, socket } = await init(undefined);
    const authorization = await bearer();
    const payload = { ...ME.payload, authorization, extensions: { authorization }, variables: { authorization } };
    send({ ...ME, payload });
    expect(await received('error')).toMatchObject({ payload: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    socket.close();
  });

  it('that cannot be verified because keys are missing closes the connection with 1013', async () => {
    const cut = await startApi({ ENTRA_INSTANCE: 'http://127.0.0.1:9' });
    try {
      const client = openClient(await socketUrl(cut), await tokenOf(cut, 'erin'));
      await expect(client.ask('{ me { kind } }')).rejects.toMatchObject({ code: 1013 });
    } finally {
      await cut.close();
    }
  });
});

describe('a connection', () => {
  it('is closed when it begins without connection_init', async () => {
    const { opened, closed, send } = openSocket(url);
    await opened;
    send(ME);
    expect(await closed).toMatchObject({ code: 4401 });
  });

  it.each([
    ['no JSON', 'hello'],
    ['a message inside of a text', JSON.stringify(JSON.stringify({ type: 'ping' }))],
    ['a message that only servers send', JSON.stringify({ type: 'next', id: '1', payload: {} })],
  ])('is closed by %s', async (_name, text) => {
    const { socket, closed } = await init(undefined);
    socket.send(text);
    expect(await closed).toMatchObject({ code: 4400 });
  });

  it.each([
    ['within the bound is answered', 60_000, 'error'],
    ['beyond the bound closes it', 66_000, 1009],
  ])('a message %s', async (_name, bytes, expected) => {
    const { send, received, closed, socket } = await init(undefined);
    send({ type: 'subscribe', id: '1', payload: { query: `{ serverInfo { name } # ${'x'.repeat(bytes)} }` } });
    const outcome = await Promise.race([received('error').then(() => 'error'), closed.then(({ code }) => code)]);
    expect(outcome).toBe(expected);
    socket.close();
  });

  it('needs the protocol graphql-transport-ws', async () => {
    const { closed } = openSocket(url, { protocol: 'graphql-ws' });
    expect([1006, 4406]).toContain((await closed).code);
  });

  it('runs as many operations at once as the limit, and no more', async () => {
    const client = openClient(url, await tokenOf(api, 'erin'));
    for (let count = 0; count < defaultLimits.socketOperations; count += 1) await subscribeTo(client, api, CHANGES);
    expect(await refusedWith(client.ask(CHANGES))).toEqual(['RATE_LIMITED']);
    expect(client.closed).toEqual([]);
    await client.dispose();
  });
});

describe('a client', () => {
  it('that does not read its messages is disconnected', async () => {
    const { socket, closed } = await init(undefined);
    socket.pause();
    const payload = { text: 'x'.repeat(60_000) };
    for (let count = 0; count < 500; count += 1) socket.send(JSON.stringify({ type: 'ping', payload }));
    await until(() => api.logs.some(({ msg }) => msg === 'a WebSocket client does not read'));
    socket.resume();
    expect(await closed).toMatchObject({ code: 1006 });
  });
});

describe('the handshake', () => {
  it.each([
    ['elsewhere', '/elsewhere', {}, 404],
    ['at an address below', '/graphql/', {}, 404],
    ['from a page of another origin', '/graphql', { origin: 'https://evil.example' }, 403],
    ['from a page without an origin', '/graphql', { origin: 'null' }, 403],
    ['from a page of a listed origin', '/graphql', { origin: ORIGIN }, 101],
    ['with a query string', '/graphql?a=b', {}, 101],
  ])('%s', async (_name, path, headers, status) => {
    const { opened, socket } = openSocket(url.replace('/graphql', path), { headers });
    expect(await opened).toBe(status);
    socket.terminate();
  });

  it('from the server’s own page', async () => {
    const { opened, socket } = openSocket(url, { headers: { origin: new URL(url.replace('ws:', 'http:')).origin } });
    expect(await opened).toBe(101);
    socket.terminate();
  });

  it('for another protocol is an ordinary request', async () => {
    const body = JSON.stringify({ query: '{ me { kind } }' });
    const headers = {
      authorization: await bearer(),
      'content-type': 'application/json',
      'content-length': body.length,
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP__',
    };
    const answered = await new Promise<string>((resolve, reject) => {
      const sent = request(url.replace('ws:', 'http:'), { method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (part) => {
          text += part;
        });
        response.on('end', () => resolve(text));
      });
      sent.on('error', reject);
      sent.write(body.slice(0, 10));
      setTimeout(() => sent.end(body.slice(10)), 50);
    });
    expect(JSON.parse(answered)).toEqual({ data: { me: { kind: 'DELEGATED' } } });
  });
});

describe('when the server stops', () => {
  it('connections are closed with 1001, and nothing is left', async () => {
    const stopping = await startApi();
    const address = await socketUrl(stopping);
    const client = openClient(address, await tokenOf(stopping, 'erin'));
    const events = await subscribeTo(client, stopping, CHANGES);
    const ended = events.next().catch((event) => event);

    await stopping.app.close();
    expect(await ended).toMatchObject({ code: 1001 });

    const superuser = await openSuperuser(stopping.database);
    const { rows } = await superuser.query(
      `select application_name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    expect(rows).toEqual([]);
    await superuser.end();
    await stopping.close();
  });

  it('a mutation under way is answered before its connection is closed', async () => {
    const stopping = await startApi();
    const client = openClient(await socketUrl(stopping), await tokenOf(stopping, 'erin'));
    const held = await holdReports(stopping);
    const answer = client.ask(
      'mutation { createExpenseReport(input: { title: "Last", currency: "EUR", items: [] }) { expenseReport { title } } }',
    );
    await held.untilWaitedFor();

    const closed = stopping.app.close();
    await until(async () => (await askInTurn(client)) === 'SERVICE_UNAVAILABLE');
    await held.release();
    expect(await answer).toEqual({ data: { createExpenseReport: { expenseReport: { title: 'Last' } } } });
    await closed;
    expect(client.closed).toMatchObject([{ code: 1001 }]);
    await stopping.close();
  });

  it.each([
    ['is waited for until its time is over, and cut off then', false],
    ['that closes just within its time is not cut off', true],
  ])('a client %s', async (_what, isInTime) => {
    const cutOff = vi.spyOn(WebSocket.prototype, 'terminate');
    const close = vi.spyOn(WebSocket.prototype, 'close');
    const stopping = await startTextServer({}, { limits: { socketCloseSeconds: 600 } });
    const accepted = new Promise<Socket>((resolve) => stopping.app.server.once('connection', resolve));
    const { opened, socket } = openSocket(`ws://127.0.0.1:${stopping.port}/graphql`);
    await opened;
    const stream = await accepted;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    socket.pause();
    const ended = stopping.app.close();
    while (close.mock.calls.length === 0) {
      // Other parts of the server end before.
      vi.advanceTimersByTime(1);
      await setImmediate();
    }
    vi.advanceTimersByTime(defaultLimits.socketShutdownSeconds * 1000 - 1);
    expect([cutOff.mock.calls.length, stream.destroyed]).toEqual([0, false]);
    if (isInTime) socket.resume();
    else vi.advanceTimersByTime(1);
    await ended;
    expect([cutOff.mock.calls.length, stream.destroyed]).toEqual([isInTime ? 0 : 1, true]);
    cutOff.mockRestore();
    close.mockRestore();
    socket.terminate();
    vi.useRealTimers();
    await stopping.close();
  });
});

describe('pings', () => {
  const { socketPingSeconds } = defaultLimits;
  const PING_MS = socketPingSeconds * 1000;
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterAll(() => {
    vi.useRealTimers();
  });

  it.each([
    ['cut off a client that answers none', false, [{ code: 1006, reason: '' }]],
    ['let one that answers be', true, []],
  ])('%s', async (_what, autoPong, expected) => {
    const quiet = await startTextServer({}, { limits: { socketPingSeconds } });
    const socket = new WebSocket(`ws://127.0.0.1:${quiet.port}/graphql`, 'graphql-transport-ws', { autoPong });
    const ends: unknown[] = [];
    socket.on('close', (code, reason) => ends.push({ code, reason: String(reason) }));
    await new Promise((resolve) => socket.once('open', resolve));
    let pings = 0;
    socket.on('ping', () => {
      pings += 1;
    });
    for (let ping = 0; ping < 3 && ends.length === 0; ping += 1) {
      const pinged = new Promise((resolve) => socket.once('ping', resolve).once('close', resolve));
      vi.advanceTimersByTime(PING_MS - 1);
      expect(pings).toBe(ping);
      vi.advanceTimersByTime(1);
      await pinged;
      if (ends.length > 0) break;
      // The server has read all that came before the ping that it answers.
      socket.ping();
      await new Promise((resolve) => socket.once('pong', resolve).once('close', resolve));
    }
    expect(ends).toEqual(expected);
    await quiet.close();
  });

  it('disconnect every client whose message never ends', async () => {
    const server = await startTextServer({}, { limits: { socketPingSeconds } });
    const connections = EVERY_SIGN_IN.map(async (signIn) => {
      const token = await tokenOf(server, signIn);
      const connection = openSocket(`ws://127.0.0.1:${server.port}/graphql`);
      await connection.opened;
      connection.send({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });
      await connection.received('connection_ack');
      // The head of a masked text of 256 bytes. The answer to a ping becomes a part of it.
      Object(connection.socket)._socket.write(Buffer.from([0x81, 0xfe, 1, 0, 0, 0, 0, 0]));
      return connection;
    });
    const opened = await Promise.all(connections);
    const pinged = opened.map(({ socket }) => new Promise((resolve) => socket.once('ping', resolve)));
    vi.advanceTimersByTime(PING_MS);
    await Promise.all(pinged);
    // The server has read the answers when it answers a later connection.
    await fetch(`http://127.0.0.1:${server.port}/healthz`);
    expect(opened.every(({ socket }) => socket.readyState === WebSocket.OPEN)).toBe(true);
    vi.advanceTimersByTime(PING_MS);
    for (const { closed } of opened) expect(await closed).toMatchObject({ code: 1006 });
    await server.close();
  });
});
