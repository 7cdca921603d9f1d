import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { defaultLimits, type Limits } from '../../../src/config/limits.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { sendRaw } from '../../support/raw-http.js';
import { openSocket, tokenOf, until } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// WebSockets of clients that say nothing, too much, or not who they are.

/** Parts in which one frame may come, with the head of the frame in one more. */
const MOST_PARTS = defaultLimits.socketMessageParts + defaultLimits.socketMessageBytes / defaultLimits.partBytes;
const ORIGIN = 'https://app.example.com';
let server: TextServer;
beforeAll(async () => {
  server = await startTextServer({ CORS_ORIGINS: ORIGIN, PUBLIC_URL: 'https://api.example.com' });
});
afterAll(() => server.close());

const urlOf = ({ port }: TextServer) => `ws://127.0.0.1:${port}/graphql`;

/** A token of a user of its own. */
async function newToken({ emulator }: TextServer): Promise<string> {
  return `Bearer ${await emulator.issueAccessToken('erin', { claims: { oid: randomUUID() } })}`;
}

/** Opens a connection and sends `connection_init`. The outcome is `accepted` or the code of the close. */
async function connect(to: TextServer, authorization?: string) {
  const connection = openSocket(urlOf(to));
  await connection.opened;
  connection.send({ type: 'connection_init', ...(authorization && { payload: { authorization } }) });
  const accepted = new Promise<string>((resolve) => {
    connection.socket.on('message', (text) => String(text).includes('connection_ack') && resolve('accepted'));
  });
  const outcome = await Promise.race([accepted, connection.closed.then(({ code }) => code)]);
  return { ...connection, outcome };
}

/** The same for many connections, all at once. */
async function outcomes(to: TextServer, authorizations: readonly (string | undefined)[]) {
  return (await Promise.all(authorizations.map((each) => connect(to, each)))).map(({ outcome }) => outcome);
}

async function within(
  options: { readonly limits: Partial<Limits> },
  run: (small: TextServer) => Promise<void>,
): Promise<void> {
  const small = await startTextServer({}, options);
  try {
    await run(small);
  } finally {
    await small.close();
  }
}

describe('places', () => {
  it('let in a thousand clients of one address that connect at once, beside silent and anonymous ones', async () => {
    const busy = await startTextServer();
    const tokens = await Promise.all(Array.from({ length: 1_000 }, () => newToken(busy)));
    const silent = Array.from({ length: 200 }, () => openSocket(urlOf(busy)));
    await Promise.all(silent.map(({ opened }) => opened));
    const anonymous = await outcomes(busy, Array(60).fill(undefined));
    expect(anonymous.filter((outcome) => outcome === 'accepted')).toHaveLength(50);
    expect(anonymous.filter((outcome) => outcome === 1013)).toHaveLength(10);
    expect(new Set(await outcomes(busy, tokens))).toEqual(new Set(['accepted']));
    await busy.close();
  });

  it('of verified callers are not taken by anonymous clients, nor the other way round', () =>
    within({ limits: { verifiedSockets: 2, anonymousSockets: 3 } }, async (small) => {
      expect((await outcomes(small, Array(5).fill(undefined))).sort()).toEqual([
        1013,
        1013,
        ...Array(3).fill('accepted'),
      ]);
      const tokens = await Promise.all([1, 2, 3].map(() => newToken(small)));
      expect((await outcomes(small, tokens)).sort()).toEqual([1013, 'accepted', 'accepted']);
    }));

  it('are given back', () =>
    within({ limits: { verifiedSockets: 1 } }, async (small) => {
      for (let time = 0; time < 3; time += 1) {
        const { outcome, socket, closed } = await connect(small, await newToken(small));
        expect(outcome).toBe('accepted');
        socket.close();
        await closed;
        await until(() => small.app.server.listening);
      }
    }));

  it('of all are not held by clients that are refused and do not close their connections', () =>
    within({ limits: { verifiedSockets: 3, callerSockets: 2 } }, async (small) => {
      const authorization = await newToken(small);
      await outcomes(small, [authorization, authorization]);
      const refused = openSocket(urlOf(small));
      await refused.opened;
      // The library answers a close frame with this.
      const code = new Promise((close) => Object.assign(refused.socket, { close }));
      refused.send({ type: 'connection_init', payload: { authorization } });
      expect(await code).toBe(1013);
      expect((await connect(small, await newToken(small))).outcome).toBe('accepted');
    }));

  it('of handshakes are taken from the oldest that say nothing', () =>
    within({ limits: { openingSockets: 10, socketInitSeconds: 60 } }, async (small) => {
      const silent = [];
      for (let count = 0; count < 25; count += 1) {
        const connection = openSocket(urlOf(small));
        await connection.opened;
        silent.push(connection);
      }
      const ends = await Promise.all(silent.slice(0, 15).map(({ closed }) => closed));
      expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1013]));
      expect((await connect(small, await newToken(small))).outcome).toBe('accepted');
      expect(silent.slice(16).every(({ socket }) => socket.readyState === WebSocket.OPEN)).toBe(true);
    }));
});

describe('a connection without a token', () => {
  it.each([
    ['without an operation is closed soon', { limits: { anonymousIdleSeconds: 1 } }, false, 'is idle 1 s'],
    [
      'with an operation is closed later',
      { limits: { anonymousSocketSeconds: 2, anonymousIdleSeconds: 1 } },
      true,
      'lasts 2 s',
    ],
  ])('%s', (_name, options, subscribes, reason) =>
    within(options, async (small) => {
      const { send, closed } = await connect(small);
      if (subscribes) send({ type: 'subscribe', id: '1', payload: { query: 'subscription { quiet }' } });
      expect(await closed).toEqual({ code: 1013, reason: `A connection without an access token ${reason} at most` });
    }),
  );

  it('that says nothing at all is closed', () =>
    within({ limits: { socketInitSeconds: 1 } }, async (small) => {
      const { opened, closed } = openSocket(urlOf(small));
      await opened;
      expect(await closed).toMatchObject({ code: 4408 });
    }));

  it('with a token stays', () =>
    within({ limits: { anonymousSocketSeconds: 1, anonymousIdleSeconds: 1 } }, async (small) => {
      const verified = await connect(small, await newToken(small));
      const anonymous = await connect(small);
      await anonymous.closed;
      verified.send({ type: 'ping' });
      expect(await verified.received('pong')).toBeDefined();
    }));
});

describe('floods', () => {
  it.each([
    ['messages', 1008, (socket: WebSocket) => repeat(1_000, () => socket.send('{"type":"ping"}'))],
    ['pings', 1008, (socket: WebSocket) => repeat(1_000, () => socket.ping('x'))],
    ['pongs', 1008, (socket: WebSocket) => repeat(1_000, () => socket.pong('x'))],
    ['empty fragments', 1008, (socket: WebSocket) => repeat(70, () => socket.send('', { fin: false }))],
    [
      'fragments that are too large together',
      1009,
      (socket: WebSocket) => repeat(20, () => socket.send('x'.repeat(4_000), { fin: false })),
    ],
    [
      'a long id, which is sent back with each event',
      4400,
      (socket: WebSocket) =>
        socket.send(
          JSON.stringify({
            type: 'subscribe',
            id: 'x'.repeat(defaultLimits.socketOperationIdLength + 1),
            payload: { query: '{ __typename }' },
          }),
        ),
    ],
  ])('of %s close the connection', async (_name, code, flood) => {
    const { socket, closed, outcome } = await connect(server, await newToken(server));
    expect(outcome).toBe('accepted');
    let bytes = 0;
    socket.on('message', (text) => {
      bytes += String(text).length;
    });
    flood(socket);
    // A client that goes on sending can lose the close frame.
    expect([code, 1006]).toContain((await closed).code);
    expect(bytes).toBeLessThan(20_000);
  });

  it.each([
    ['messages', (socket: WebSocket) => repeat(1_100, () => socket.send('{"type":"ping"}'))],
    ['pings', (socket: WebSocket) => repeat(1_100, () => socket.ping('x'))],
    ['empty fragments', (socket: WebSocket) => repeat(70, () => socket.send('', { fin: false }))],
  ])('of %s in one packet close the connection of every caller', async (_name, flood) => {
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(server, signIn);
      const { socket, closed, outcome } = await connect(server, token && `Bearer ${token}`);
      cork(socket, () => flood(socket));
      expect([signIn, outcome]).toEqual([signIn, 'accepted']);
      // A client that goes on sending can lose the close frame.
      expect([1008, 1006]).toContain((await closed).code);
    }
  });

  it('do not include an id as long as is allowed', async () => {
    const { send, messages, socket } = await connect(server, await newToken(server));
    const id = 'x'.repeat(defaultLimits.socketOperationIdLength);
    send({ type: 'subscribe', id, payload: { query: '{ __typename }' } });
    await until(() => messages.some((message) => message.type === 'complete' && message.id === id));
    socket.close();
  });

  it('do not include as many messages as are allowed', async () => {
    const { send, messages, socket } = await connect(server, await newToken(server));
    repeat(499, () => send({ type: 'ping' }));
    await until(() => messages.filter(({ type }) => type === 'pong').length === 499);
    socket.close();
  });

  it('do not include as many pings in one packet as are allowed', async () => {
    const { socket } = await connect(server, await newToken(server));
    let pongs = 0;
    socket.on('pong', () => {
      pongs += 1;
    });
    cork(socket, () => repeat(defaultLimits.socketMessagesPerSecond - 1, () => socket.ping('x')));
    await until(() => pongs === defaultLimits.socketMessagesPerSecond - 1);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
  });

  it('of pings in one packet get the reason', async () => {
    const { socket, closed } = await connect(server, await newToken(server));
    cork(socket, () => repeat(defaultLimits.socketMessagesPerSecond + 1, () => socket.ping('x')));
    expect(await closed).toEqual({ code: 1008, reason: 'At most 500 messages a second are allowed' });
  });

  it('whose operations are refused count as five, and close a connection that goes on with them', () =>
    within({ limits: { socketMessagesPerSecond: 12 } }, async (small) => {
      const { send, messages, closed } = await connect(small, await newToken(small));
      const refuse = (id: string) => send({ type: 'subscribe', id, payload: { query: '{ unknown }' } });
      refuse('first');
      await until(() => messages.some(({ type }) => type === 'error'));
      for (let id = 0; id < 13; id += 1) refuse(`more-${id}`);
      const { code, reason } = await closed;
      expect([code, reason]).toEqual([
        1008,
        `At most 12 messages a second are allowed, and a refused operation counts as ${defaultLimits.socketRefusalMessages}`,
      ]);
    }));

  it('that are compressed are not taken: compression is off', async () => {
    const socket = new WebSocket(urlOf(server), 'graphql-transport-ws', { perMessageDeflate: true });
    await new Promise((resolve) => socket.once('open', resolve));
    expect(socket.extensions).toBe('');
    socket.terminate();
  });
});

describe('a message', () => {
  /** Opens a connection, and finds the server's end of it. */
  async function connectWatched() {
    const accepted = new Promise<Socket>((resolve) => server.app.server.once('connection', resolve));
    const connection = await connect(server, await newToken(server));
    return { ...connection, stream: Object(connection.socket)._socket as Socket, accepted: await accepted };
  }

  it.each([
    ['as many packets as are allowed', MOST_PARTS, undefined],
    ['one more packet', MOST_PARTS + 1, 'At most 64 fragments a message are allowed, in larger packets'],
  ])('in %s', async (_name, count, reason) => {
    const { stream, accepted, closed, received } = await connectWatched();
    const text = Buffer.from('{"type":"ping"}'.padEnd(count));
    // Final, text, masked by zeros, and a length of two bytes.
    const head = Buffer.from([0x81, 0xfe, count >> 8, count & 255, 0, 0, 0, 0]);
    stream.write(head);
    for (const byte of text) {
      const before = accepted.bytesRead;
      stream.write(Buffer.of(byte));
      // Bytes that were written later would come in the same packet.
      while (accepted.bytesRead === before && !accepted.destroyed) await setImmediate();
    }
    if (reason) expect(await closed).toEqual({ code: 1008, reason });
    else expect(await received('pong')).toBeDefined();
    stream.destroy();
  });

  it.each([
    ['as many fragments as are allowed', defaultLimits.socketMessageFragments, undefined],
    [
      'one more fragment',
      defaultLimits.socketMessageFragments + 1,
      'At most 64 fragments a message are allowed, in larger packets',
    ],
  ])('in %s', async (_name, count, reason) => {
    const { socket, closed, received } = await connectWatched();
    const text = '{"type":"ping"}'.padEnd(count);
    for (let at = 0; at < count; at += 1) {
      socket.send(at === count - 1 ? text.slice(at) : (text[at] ?? ''), { fin: at === count - 1 });
    }
    if (reason) expect(await closed).toEqual({ code: 1008, reason });
    else expect(await received('pong')).toBeDefined();
    socket.terminate();
  });

  it.each([
    ['as large as is allowed is answered', defaultLimits.socketMessageBytes, undefined],
    [
      'one byte larger closes the connection',
      defaultLimits.socketMessageBytes + 1,
      'At most 65536 bytes a message are allowed',
    ],
  ])('%s', async (_name, count, reason) => {
    const before = await server.limitsHit('socketMessageBytes');
    const { socket, closed, received } = await connectWatched();
    socket.send('{"type":"ping"}'.padEnd(count));
    if (reason) expect(await closed).toEqual({ code: 1009, reason });
    else expect(await received('pong')).toBeDefined();
    expect(await server.limitsHit('socketMessageBytes')).toBe(reason ? before + 1 : before);
    socket.terminate();
  });
});

describe('a handshake that is not one', () => {
  const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  const VERSION = 'Sec-WebSocket-Version: 13';
  it.each([
    ['without a key', [VERSION]],
    ['with a key that is too short', [VERSION, 'Sec-WebSocket-Key: secret']],
    ['without a version', [KEY]],
    ['of another version', [KEY, 'Sec-WebSocket-Version: 99']],
    ['with a malformed list of protocols', [KEY, VERSION, 'Sec-WebSocket-Protocol: secret,,']],
  ])('%s gets an answer of ours', async (_name, lines) => {
    const head = ['GET /graphql HTTP/1.1', 'Host: api', 'Connection: Upgrade', 'Upgrade: websocket'];
    const bytes = [...head, ...lines, '', ''].join('\r\n');
    const { text, statuses, closed } = await sendRaw(server.port, bytes);
    expect([statuses, closed]).toEqual([[400], true]);
    const [answered = '', body = ''] = text.split('\r\n\r\n');
    const names = answered.toLowerCase();
    expect(names).toContain('\r\nsec-websocket-version: 13');
    expect(names).toContain('\r\nx-content-type-options: nosniff');
    expect(names).toContain('\r\nx-request-id: ');
    expect(JSON.parse(body)).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }],
    });
    expect(text).not.toContain('secret');
    expect(text.length).toBeLessThanOrEqual(2_000 + 10 * bytes.length);
  });
});

describe('a page', () => {
  it.each([
    ['of the server may connect', { origin: 'https://api.example.com' }, 101],
    ['of a listed origin may connect', { origin: ORIGIN }, 101],
    ['of this machine may connect in development', { origin: 'http://localhost:3000' }, 101],
    ['of another origin may not', { origin: 'https://evil.example' }, 403],
    ['whose origin is that of a made-up Host may not', { origin: 'https://evil.example', host: 'evil.example' }, 403],
    ['of another port may not', { origin: 'https://api.example.com:8443' }, 403],
    ['without an origin may not', { origin: 'null' }, 403],
  ])('%s', async (_name, headers, status) => {
    const { opened, socket } = openSocket(urlOf(server), { headers });
    expect(await opened).toBe(status);
    socket.terminate();
  });
});

/** Sends what `action` sends in one packet. */
function cork(socket: WebSocket, action: () => void): void {
  const stream = Object(socket)._socket;
  stream.cork();
  action();
  stream.uncork();
}

function repeat(times: number, action: () => void): void {
  for (let time = 0; time < times; time += 1) action();
}
