import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApi, type TestApi } from '../../../support/api.js';
import { openSocket, socketUrl, until } from '../../../support/sockets.js';

// The test's connections come from 127.0.0.1, which is a trusted proxy for `api` and a plain client for `direct`.

const LIMIT = 3;
const bad = 'Bearer not-a-token';
let api: TestApi;
let direct: TestApi;
let clients = 0;

beforeAll(async () => {
  const limit = { RATE_LIMIT_FAILURES_PER_MINUTE: String(LIMIT) };
  [api, direct] = await Promise.all([
    startApi({ ...limit, TRUST_PROXY: '127.0.0.1' }),
    startApi({ ...limit, TRUST_PROXY: '10.0.0.0/8' }),
  ]);
});
afterAll(() => Promise.all([api.close(), direct.close()]));
afterEach(() => {
  vi.useRealTimers();
});

/** Returns an address that has not sent a request before. */
function freshAddress(): string {
  clients += 1;
  return `192.0.2.${clients}`;
}

const good = async () => `Bearer ${await api.emulator.issueAccessToken('erin')}`;

interface From {
  readonly address?: string;
  readonly header?: string;
  readonly init?: string;
  readonly at?: TestApi;
}

/** How a connection goes: the status of a refused handshake, the code of the close, or `accepted`. */
async function connectFrom({ address, header, init, at = api }: From): Promise<number | 'accepted'> {
  const headers = { ...(address && { 'x-forwarded-for': address }), ...(header && { authorization: header }) };
  const connection = openSocket(await socketUrl(at), { headers });
  const status = await connection.opened;
  if (status !== 101) return status;
  connection.send({ type: 'connection_init', ...(init && { payload: { authorization: init } }) });
  const acknowledged = connection.received('connection_ack').then(() => 'accepted' as const);
  const outcome = await Promise.race([acknowledged, connection.closed.then(({ code }) => code)]);
  connection.socket.terminate();
  return outcome;
}

async function each(count: number, from: From): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (let index = 0; index < count; index += 1) seen.push(await connectFrom(from));
  return seen;
}

async function overHttp(address: string, authorization: string): Promise<number> {
  const headers = { 'x-forwarded-for': address, authorization };
  const payload = { query: '{ me { objectId } }' };
  return (await api.app.inject({ method: 'POST', url: '/graphql', headers, payload })).statusCode;
}

describe('bad tokens over WebSocket', () => {
  it.each([
    ['in connection_init', { init: bad }, 1013],
    ['in the header of the handshake', { header: bad }, 429],
  ])('%s are judged up to the limit', async (_where, token, beyond) => {
    const from = { address: freshAddress(), ...token };
    expect(await each(LIMIT + 1, from)).toEqual([4401, 4401, 4401, beyond]);
  });

  it('count over HTTP too', async () => {
    const address = freshAddress();
    await each(LIMIT, { address, init: bad });
    expect(await overHttp(address, bad)).toBe(429);
  });

  it('are not judged when too many came over HTTP', async () => {
    const address = freshAddress();
    for (let index = 0; index < LIMIT; index += 1) await overHttp(address, bad);
    expect([await connectFrom({ address, header: bad }), await connectFrom({ address, init: bad })]).toEqual([
      429, 1013,
    ]);
  });

  it('are one line in the log when it is reached', async () => {
    const lines = () => api.logs.filter(({ code }) => code === 'RATE_LIMITED');
    const before = lines().length;
    await each(LIMIT + 3, { address: freshAddress(), init: bad });
    expect(lines().slice(before)).toEqual([
      expect.objectContaining({ retryAfterSeconds: expect.any(Number), reqId: expect.any(String) }),
    ]);
  });

  it('are judged again when the minute is over', async () => {
    const from = { address: freshAddress(), init: bad };
    await each(LIMIT, from);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await connectFrom(from)).toBe(4401);
  });

  it('count though the client is gone before it hears of it', async () => {
    const address = freshAddress();
    const refused = () => api.logs.filter(({ msg }) => msg === 'access token refused').length;
    const before = refused();
    for (let index = 0; index < LIMIT; index += 1) {
      const { opened, socket, send } = openSocket(await socketUrl(api), { headers: { 'x-forwarded-for': address } });
      await opened;
      send({ type: 'connection_init', payload: { authorization: bad } });
      socket.terminate();
    }
    await until(() => refused() === before + LIMIT);
    expect(await connectFrom({ address, init: bad })).toBe(1013);
  });

  it('the refused handshake says when to come again', async () => {
    const address = freshAddress();
    await each(LIMIT, { address, header: bad });
    const answer = await handshake({ 'x-forwarded-for': address, authorization: bad });
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(answer).toMatch(/^retry-after: [1-9]\d?\r$/m);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(answer).toContain('"code":"RATE_LIMITED"');
    expect(answer).not.toMatch(/^www-authenticate/im);
  });
});

describe('others', () => {
  it('at the same address go on with a token that is known to be good', async () => {
    const address = freshAddress();
    const known = await good();
    expect(await connectFrom({ address, init: known })).toBe('accepted');
    await each(LIMIT, { address, init: bad });
    expect(await connectFrom({ address, init: known })).toBe('accepted');
    expect(await connectFrom({ address, header: known })).toBe('accepted');
  });

  it('at the same address go on without a token', async () => {
    const address = freshAddress();
    await each(LIMIT, { address, init: bad });
    expect(await connectFrom({ address })).toBe('accepted');
  });

  it('at the same address go on with a token that is new', async () => {
    const address = freshAddress();
    await each(LIMIT + 1, { address, init: bad });
    expect(await connectFrom({ address, init: await good() })).toBe('accepted');
    expect(await connectFrom({ address, header: await good() })).toBe('accepted');
  });

  it('at another address notice nothing', async () => {
    await each(LIMIT + 1, { address: freshAddress(), init: bad });
    expect(await connectFrom({ address: freshAddress(), init: await good() })).toBe('accepted');
  });
});

it('the end of a token that was good is not counted', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const ageing = await startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: '1' });
  const init = `Bearer ${await ageing.emulator.issueAccessToken('erin', { expiresInSeconds: 30 })}`;
  const { opened, send, received, closed } = openSocket(await socketUrl(ageing));
  await opened;
  send({ type: 'connection_init', payload: { authorization: init } });
  await received('connection_ack');
  vi.setSystemTime(Date.now() + 91_000);
  send({ type: 'subscribe', id: '1', payload: { query: '{ me { kind } }' } });
  expect(await closed).toEqual({ code: 4440, reason: 'The access token has expired' });
  for (let time = 0; time < 3; time += 1) expect(await connectFrom({ init, at: ageing })).toBe(4401);
  expect(await connectFrom({ init: bad, at: ageing })).toBe(4401);
  expect(await connectFrom({ init: bad, at: ageing })).toBe(1013);
  await ageing.close();
});

it('a client that is not a proxy cannot say that it is another', async () => {
  const lying = async () => connectFrom({ address: freshAddress(), init: bad, at: direct });
  expect([await lying(), await lying(), await lying(), await lying()]).toEqual([4401, 4401, 4401, 1013]);
});

/** The answer to a handshake, to the end of the connection. */
async function handshake(more: Record<string, string>): Promise<string> {
  const { port, hostname } = new URL(await socketUrl(api));
  const headers = {
    host: 'localhost',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (part) => {
    answer += part;
  });
  socket.write(`GET /graphql HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'close');
  return answer;
}
