import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.js';

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

it('a token of 1 MB reaches no handler', async () => {
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
