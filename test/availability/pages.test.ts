import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDescribeLimit } from '../../src/config/limit-error.js';
import { defaultLimits } from '../../src/config/limits.js';
import { createPage, serveAsset } from '../../src/explorer/send-page.js';
import { registerRequestErrors } from '../../src/http/answers/request-errors.js';
import { registerSecurityHeaders } from '../../src/http/answers/security-headers.js';
import { trackConnections } from '../../src/http/connections/connections.js';
import { boundUnreadAnswers } from '../../src/http/connections/slow-readers.js';
import { html } from '../../src/pages/html.js';
import { openConnection, sendRaw } from '../support/raw-http.js';

// Pages and files wait for clients that do not read, like answers of GraphQL.

const ROOM = 1024 * 1024;
const COUNT = 16;
const TEXT = 'a'.repeat(Math.ceil(ROOM / 4));

let server: FastifyInstance;
afterEach(() => server.close());

/** @param share of one address */
async function start(register: (fastify: FastifyInstance) => void, share = 2 * ROOM) {
  const describeLimit = createDescribeLimit(defaultLimits, true);
  server = Fastify();
  registerSecurityHeaders(server);
  registerRequestErrors(server, { describeLimit });
  boundUnreadAnswers(server, {
    connections: trackConnections(server.server),
    limits: { ...defaultLimits, bufferedBytes: ROOM, addressBufferedBytes: share },
    describeLimit,
    onLimit: () => undefined,
    isTrustedProxy: () => false,
  });
  register(server);
  await server.listen({ host: '127.0.0.1', port: 0 });
  return Number(new URL(server.listeningOrigin).port);
}

const get = (path: string, end = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${end}\r\n`;
/** Requests that are sent without waiting. */
const atOnce = (path: string) => get(path).repeat(COUNT - 1) + get(path, 'Connection: close\r\n');

describe('answers that wait for clients are bounded', () => {
  it.each([
    ['a page', createPage({ title: 'Page', body: html`${TEXT}` })],
    ['a text', (reply: { send(text: string): unknown }) => reply.send(TEXT)],
    ['bytes', (reply: { send(text: Buffer): unknown }) => reply.send(Buffer.from(TEXT))],
  ])('also %s', async (_name, send) => {
    const port = await start((fastify) => void fastify.get('/large', (_request, reply) => send(reply) as typeof reply));
    const { statuses, text } = await sendRaw(port, atOnce('/large'));
    const sent = statuses.filter((status) => status === 200).length;
    expect(statuses).toHaveLength(COUNT);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(4);
    expect(statuses.filter((status) => status === 503)).toHaveLength(COUNT - sent);
    expect(text).toContain('"code":"SERVICE_UNAVAILABLE"');
    expect(text.toLowerCase()).toContain('retry-after: 1');
  });

  it('also a file that pages load', async () => {
    const port = await start((fastify) => serveAsset(fastify, '/large', { type: 'text/javascript', text: TEXT }));
    const { statuses } = await sendRaw(port, atOnce('/large'));
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(4);
    expect(statuses).toContain(503);
  });

  it('and health is answered all the same', async () => {
    const port = await start((fastify) => {
      fastify.get('/large', (_request, reply) => reply.send(TEXT));
      fastify.get('/healthz', () => ({ status: 'ok' }));
    });
    const { statuses } = await sendRaw(port, get('/large').repeat(COUNT) + get('/healthz', 'Connection: close\r\n'));
    expect(statuses.slice(-2)).toEqual([503, 200]);
  });
});

describe('while too much waits for clients', () => {
  afterEach(() => vi.useRealTimers());

  it.each(['/graphql', '/%67raphql', '/%67%72aphql?query={a}', 'http://a/graphql'])(
    'a request of GraphQL is refused before it runs: %s',
    async (path) => {
      // The clock stands still: no client is slow for long enough to be cut off.
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
      let run = 0;
      const port = await start((fastify) => {
        // Refusals are not asked for room, but they wait like all other answers.
        fastify.get('/large', (_request, reply) => reply.code(404).send(TEXT.repeat(40)));
        fastify.get('/graphql', () => {
          run += 1;
          return {};
        });
      }, Number.POSITIVE_INFINITY);
      const ask = async () => (await sendRaw(port, get(path, 'Connection: close\r\n'))).statuses;
      expect([await ask(), run]).toEqual([[200], 1]);
      const unread = openConnection(port).pause();
      unread.write(get('/large'));
      await once(server.server, 'request');
      await setImmediate();
      vi.advanceTimersByTime(1_000);
      expect([await ask(), run]).toEqual([[503], 1]);
      unread.destroy();
    },
  );
});

it('a page and a file are written once, however often they are sent', async () => {
  const payloads = new Set<unknown>();
  await start((fastify) => {
    const send = createPage({ title: 'Page', body: html`text` });
    fastify.addHook('onSend', async (_request, _reply, payload) => void payloads.add(payload));
    fastify.get('/page', (_request, reply) => send(reply));
    serveAsset(fastify, '/file.css', { type: 'text/css', text: 'text' });
  });
  for (const url of ['/page', '/page', '/file.css', '/file.css']) await server.inject(url);
  expect(payloads.size).toBe(2);
});
