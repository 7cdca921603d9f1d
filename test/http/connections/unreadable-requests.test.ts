import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';
import { readFrames } from '../../support/network/frames.js';
import { framesOfClient, mutatedRequest, openingBytes, READ } from '../../support/network/mutated-clients.js';
import { openConnection, statusesOf } from '../../support/raw-http.js';
import { findLeaks } from '../../support/vitest/log-scan.js';

// What Node's own reader of HTTP makes of a request, which `inject` passes by: these go over a connection.

const BODY = '{"query":"{ me { kind } }"}';
let api: TestApi;
let good: string;
beforeAll(async () => {
  api = await startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: '0' });
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  good = await api.emulator.issueAccessToken('erin');
});
afterAll(() => api.close());

/** The answer to a request with these header lines, to the end of the connection. */
async function send(...lines: string[]): Promise<string> {
  const { port } = new URL(api.app.listeningOrigin);
  const socket = connect(Number(port), '127.0.0.1');
  let answer = '';
  socket.on('data', (part) => {
    answer += part;
  });
  // A server that has seen enough closes while the rest is still on its way.
  socket.on('error', () => {});
  const fixed = ['Host: api', 'Connection: close', 'Content-Type: application/json', `Content-Length: ${BODY.length}`];
  socket.write(`POST /graphql HTTP/1.1\r\n${[...fixed, ...lines].join('\r\n')}\r\n\r\n${BODY}`);
  await once(socket, 'close');
  return answer;
}

/** Status of the answer, and code of the error in it. */
async function answerTo(...lines: string[]): Promise<string> {
  const [head = '', body = ''] = (await send(...lines)).split('\r\n\r\n');
  const code = JSON.parse(body).errors?.[0].extensions.code ?? 'no error';
  return `${head.split(' ')[1]} ${code}`;
}

const bearer = (token: string) => `Authorization: Bearer ${token}`;

describe('over a connection', () => {
  it('a good token is answered', async () => {
    expect(await answerTo(bearer(good))).toBe('200 no error');
  });

  it.each([
    ['two Authorization headers', () => [bearer(good), bearer(good)], '400 BAD_REQUEST'],
    ['two that differ in case', () => [bearer(good), bearer(good).replace('A', 'a')], '400 BAD_REQUEST'],
    ['CR and LF within the token', () => [bearer(`${good.slice(0, 50)}\r\n${good.slice(50)}`)], '400 BAD_REQUEST'],
    ['LF within the token', () => [bearer(`${good.slice(0, 50)}\n${good.slice(50)}`)], '400 BAD_REQUEST'],
    ['a folded header', () => [bearer(`${good.slice(0, 50)}\r\n ${good.slice(50)}`)], '400 BAD_REQUEST'],
    ['NUL', () => [bearer(`${good}\0`)], '400 BAD_REQUEST'],
    ['a character beyond ASCII', () => [bearer(`${good}\u200b`)], '401 UNAUTHENTICATED'],
    ['a token of 15 kB', () => [bearer('a'.repeat(15_000))], '401 UNAUTHENTICATED'],
    ['a token of 16 385 bytes', () => [bearer('a'.repeat(16_385))], '401 UNAUTHENTICATED'],
    ['a token of 30 kB', () => [bearer('a'.repeat(30_000))], '431 LIMIT_EXCEEDED'],
    ['a space before the colon', () => [bearer(good).replace(':', ' :')], '400 BAD_REQUEST'],
  ])('%s', async (_name, lines, expected) => {
    expect(await answerTo(...lines())).toBe(expected);
  });
});

it('a huge token reaches no handler', async () => {
  const before = api.logs.length;
  expect(await send(bearer('a'.repeat(1_000_000)))).toMatch(/^(HTTP\/1\.1 431 .*)?$/s);
  expect(api.logs.slice(before)).toEqual([]);
});

it('a connection that the client resets is not a failure of the server', async () => {
  const { port } = new URL(api.app.listeningOrigin);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /graphql HTTP/1.1\r\nHost: api\r\nContent-Length: 100\r\n\r\n{');
  socket.resetAndDestroy();
  expect(await answerTo(bearer(good))).toBe('200 no error');
});

describe('mutated bytes', () => {
  /** The long form of `npm run test:fuzz`, which has other bytes in each round. */
  const seconds = Number(process.env.FUZZ_TEST_SECONDS ?? 0);
  const seed = Number(process.env.FUZZ_TEST_SEED ?? (seconds > 0 ? Date.now() % 2 ** 31 : 1));
  const limitMs = seconds * 1000 + 60_000;
  /** Statuses for a feature that is not implemented and for another version of HTTP. */
  const notServed = new Set([501, 505]);
  /** The message about a key that is unknown and must not be looked for now. The status is 503. */
  const unknownKey = 'access token could not be verified';
  let lines = 0;

  /** New lines of the log about faults of the server. */
  function faults() {
    const found = api.logs.slice(lines).filter(({ level, msg }) => Number(level) >= 50 && msg !== unknownKey);
    lines = api.logs.length;
    return found;
  }

  async function open() {
    const socket = openConnection(Number(new URL(api.app.listeningOrigin).port));
    const parts: Buffer[] = [];
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', (part) => parts.push(part));
    await Promise.race([once(socket, 'connect'), closed]);
    return { socket, closed, received: () => Buffer.concat(parts) };
  }

  /** Sends bytes. Returns all that came until the end, which the client makes when another client was answered. */
  async function exchange({ socket, closed, received }: Awaited<ReturnType<typeof open>>, bytes: Buffer) {
    socket.write(bytes);
    const { status, body } = await askOverConnection();
    expect([status, body.data.expenseReports.nodes.length]).toEqual([200, 1]);
    socket.end();
    await closed;
    return received();
  }

  /** Takes as long as the requests and messages that were mutated, so that they are answered by then. */
  async function askOverConnection() {
    const headers = { authorization: `Bearer ${good}`, 'content-type': 'application/json' };
    const url = `${api.app.listeningOrigin}/graphql`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: READ }) });
    return { status: answer.status, body: Object(await answer.json()) };
  }

  /** Statuses that no answer may have. 503 is right if it says when to come again. */
  function wrongStatuses(text: string): number[] {
    const unavailable = text.match(/HTTP\/1\.1 503 .*?\r\n\r\n/gs) ?? [];
    const isRight = unavailable.every((head) => /^retry-after: \d/im.test(head));
    return statusesOf(text).filter((status) => status >= 500 && !notServed.has(status) && !(status === 503 && isRight));
  }

  async function check<T>(property: fc.IAsyncProperty<T>, numRuns: number): Promise<void> {
    const endsAt = Date.now() + (seconds * 1000) / 2;
    let round = 0;
    for (; round === 0 || Date.now() < endsAt; round += 1) {
      await fc.assert(property, { seed: seed + round, numRuns });
      expect(findLeaks()).toEqual([]);
    }
    if (seconds > 0) process.stdout.write(`${round * numRuns} connections, FUZZ_TEST_SEED=${seed}\n`);
  }

  it(
    'of requests never get a 500, and the next client is answered',
    async () => {
      const seen = new Set<number>();
      const property = fc.asyncProperty(mutatedRequest, async (request) => {
        const bytes = Buffer.from(request.replaceAll('TOKEN', good), 'latin1');
        const text = String(await exchange(await open(), bytes));
        for (const status of statusesOf(text)) seen.add(status);
        expect([wrongStatuses(text), text.includes('INTERNAL_SERVER_ERROR'), faults()]).toEqual([[], false, []]);
      });
      await check(property, 100);
      expect([...seen]).toEqual(expect.arrayContaining([200, 400, 401]));
    },
    limitMs,
  );

  it(
    'of messages over WebSocket never end in a fault of the server, and the next client is answered',
    async () => {
      const seen = new Set<unknown>();
      const property = fc.asyncProperty(fc.array(framesOfClient, { minLength: 1, maxLength: 5 }), async (all) => {
        const connection = await open();
        connection.socket.write(openingBytes(good));
        await acknowledged(connection);
        const { messages, closeCode } = readFrames(await exchange(connection, Buffer.concat(all)));
        for (const text of messages) seen.add(JSON.parse(text).type);
        seen.add(closeCode);
        expect(closeCode).not.toBe(1011);
        expect([messages.join().includes('INTERNAL_SERVER_ERROR'), faults()]).toEqual([false, []]);
      });
      await check(property, 60);
      expect([...seen]).toEqual(expect.arrayContaining(['next', 'error', 'pong', 1002, 4400, undefined]));
    },
    limitMs,
  );

  async function acknowledged({ socket, closed, received }: Awaited<ReturnType<typeof open>>): Promise<void> {
    const ended = closed.then(() => Promise.reject(new Error('the connection was not let in')));
    ended.catch(() => undefined);
    while (!received().includes('connection_ack')) await Promise.race([once(socket, 'data'), ended]);
  }
});
