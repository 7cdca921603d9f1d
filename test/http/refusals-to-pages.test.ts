import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/config/limits.js';
import { sendRaw } from '../support/raw-http.js';
import { startTextServer, type TextServer } from '../support/text-server.js';

// A page that may not read a refusal gets a network error instead.

const ORIGIN = 'https://app.example.com';
const BODY = '{"query":"{__typename}"}';
const many = Array.from({ length: defaultLimits.requestHeaders }, (_, index) => `a${index}: b`);

/** Faulty requests, by the status of their answer. */
const REFUSALS: readonly (readonly [what: string, status: number, first: string, lines?: readonly string[]])[] = [
  ['a body that is not GraphQL', 400, 'POST /graphql', ['Content-Type: application/json', 'Content-Length: 2']],
  ['a URL that cannot be decoded', 400, 'GET /%E0%A4%A'],
  ['two Host headers', 400, 'GET /graphql', ['Host: other']],
  ['a bad access token', 401, 'POST /graphql', ['Authorization: Bearer x', 'Content-Length: 0']],
  ['an address that is not served', 404, 'GET /nothing'],
  ['a method that is not served', 405, 'PUT /graphql'],
  ['a body that is too large', 413, 'POST /graphql', ['Content-Type: application/json', 'Content-Length: 999999999']],
  ['a URL that is too long', 414, `GET /graphql?${'a'.repeat(defaultLimits.requestUrlBytes)}`],
  ['an encoded body', 415, 'POST /graphql', ['Content-Encoding: gzip', 'Content-Length: 0']],
  [
    'a media type that is not served',
    415,
    'POST /graphql',
    ['Content-Type: text/xml', `Content-Length: ${BODY.length}`],
  ],
  ['an unknown expectation', 417, 'POST /graphql', ['Expect: secret', 'Content-Length: 0']],
  ['too many headers', 431, 'GET /graphql', many],
];

let server: TextServer;
beforeAll(async () => {
  server = await startTextServer({ CORS_ORIGINS: ORIGIN });
});
afterAll(() => server.close());

describe.each(REFUSALS.map(([what, status, first, lines = []]) => ({ what, status, first, lines })))(
  '$what',
  (refusal) => {
    const { status, first, lines } = refusal;

    async function ask(origin: string, id: string): Promise<string> {
      const head = [
        `${first} HTTP/1.1`,
        'Host: api',
        `Origin: ${origin}`,
        `X-Request-Id: ${id}`,
        'Connection: close',
        ...lines,
      ];
      const { text, statuses } = await sendRaw(
        server.port,
        `${head.join('\r\n')}\r\n\r\n${status === 400 ? '{}' : BODY}`,
      );
      expect(statuses).toEqual([status]);
      return text.toLowerCase();
    }

    it('may be read by a page of an allowed origin, and has an id that is in the log', async () => {
      const id = `page-${status}-${first.length}`;
      const answer = await ask(ORIGIN, id);
      expect(answer).toContain(`access-control-allow-origin: ${ORIGIN}`);
      expect(answer.match(/access-control-allow-origin/g)).toHaveLength(1);
      expect(answer).toContain(`x-request-id: ${id}`);
      expect(server.logs.map(({ reqId }) => reqId)).toContain(id);
    });

    it('may not be read by another page', async () => {
      expect(await ask('https://other.example.com', 'other')).not.toContain('access-control-allow-origin');
    });
  },
);
