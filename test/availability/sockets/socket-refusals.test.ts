import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openSocket, tokenOf, until } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// Refused messages on one WebSocket, one after the other: the server sends little for what it is sent.

const COUNT = 60;
const { refusalBytesPerByte, errorMessageLength } = defaultLimits;

let server: TextServer;
beforeAll(async () => {
  // All of these connections have one address, and on a fast machine several of them fall into one second.
  server = await startTextServer({}, { limits: { callerMessagesPerSecond: 1_000_000, refusalLines: 1 } });
});
afterAll(() => server.close());

type SentError = { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> };

/** Sends the same operation again and again, each time when the one before was refused. */
async function refuseAll(
  payload: Record<string, unknown>,
  { port, token }: { port: number; token?: string | undefined } = server,
) {
  const [count, id] = [COUNT, '1'];
  const { socket, opened, send, received } = openSocket(`ws://127.0.0.1:${port}/graphql`);
  await opened;
  send({ type: 'connection_init', payload: token ? { authorization: `Bearer ${token}` } : {} });
  await received('connection_ack');
  const refusals: string[] = [];
  socket.on('message', (text) => refusals.push(String(text)));
  const message = JSON.stringify({ id, type: 'subscribe', payload });
  const closed = once(socket, 'close').then(([code, reason]) => {
    if (refusals.length < count) throw new Error(`closed with ${code} ${reason} after ${refusals.length} refusals`);
  });
  for (let sent = 0; sent < count; sent += 1) {
    const answered = Promise.race([once(socket, 'message'), closed]);
    socket.send(message);
    await answered;
  }
  socket.terminate();
  const errors: SentError[] = JSON.parse(refusals[0] ?? '').payload;
  return { bytesIn: count * message.length, bytesOut: refusals.join('').length, kinds: new Set(refusals), errors };
}

const many = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');

describe('refused messages', () => {
  it.each<[string, Record<string, unknown>]>([
    ['a few unknown fields', { query: '{a b c d e}' }],
    ['more unknown fields than are shown', { query: '{a b c d e f g h}' }],
    ['a hundred unknown fields', { query: `{${many(100, (at) => `f${at}`)}}` }],
    ['bad syntax', { query: '{' }],
    ['arguments that are missing', { query: '{a:text b:text c:text d:text e:text}' }],
    [
      'variables that are missing',
      { query: 'query($a:Int!$b:Int!$c:Int!$d:Int!){a:text(length:$a)b:text(length:$b)}' },
    ],
    ['variables that do not fit', { query: 'query($a:[Int!]){x:text(length:$a)}', variables: { a: ['', '', '', ''] } }],
    ['an unknown operation', { query: 'query A{hello}query B{hello}' }],
    ['two operations with one name', { query: 'query A{a}query A{a}' }],
    ['denied fields', { query: 'mutation{a:write(length:1)b:write(length:1)c:write(length:1)d:write(length:1)}' }],
    ['the schema twice', { query: '{__schema{description}b:__schema{description}}' }],
    ['too many aliases', { query: `{${many(201, (at) => `a${at}:__typename`)}}` }],
  ])('with %s', async (_what, payload) => {
    const { bytesIn, bytesOut, kinds, errors } = await refuseAll(payload);
    expect(bytesOut).toBeLessThanOrEqual(2_000 + refusalBytesPerByte * bytesIn);
    expect(kinds.size).toBe(1);
    expect(errors.length).toBeGreaterThan(0);
    for (const { message, extensions } of errors) {
      expect(message.length).toBeLessThanOrEqual(errorMessageLength);
      expect(extensions.code).toEqual(expect.any(String));
    }
  });

  it.each(['on', 'off'])('of every caller, with GRAPHQL_COMPILED=%s', async (compiled) => {
    const limits = { callerMessagesPerSecond: 1_000_000 };
    const own = await startTextServer({ GRAPHQL_COMPILED: compiled }, { limits });
    for (const signIn of EVERY_SIGN_IN) {
      const client = { port: own.port, token: await tokenOf(own, signIn) };
      for (const payload of [
        { query: '{a b c d e f g h}' },
        { query: 'query($a:[Int!]){x:text(length:$a)}', variables: { a: ['', '', '', ''] } },
      ]) {
        const { bytesIn, bytesOut, kinds, errors } = await refuseAll(payload, client);
        expect([signIn, kinds.size, errors.length > 0]).toEqual([signIn, 1, true]);
        expect(bytesOut).toBeLessThanOrEqual(2_000 + refusalBytesPerByte * bytesIn);
      }
    }
    await own.close();
  });
});

it('operations that are refused have lines of the log up to a bound, and the others are counted by code', async () => {
  const code = 'GRAPHQL_PARSE_FAILED';
  const hitBefore = await server.limitsHit('refusalLines');
  const before = server.logs.length;
  await refuseAll({ query: '{' });
  const since = () => server.logs.slice(before);
  expect(since().filter((line) => line.msg === 'operation' && line.code === code).length).toBeLessThan(COUNT / 2);
  await until(() => since().some(({ byCode }) => Object(byCode)[code] > 0));
  expect(await server.limitsHit('refusalLines')).toBeGreaterThan(hitBefore);
});
