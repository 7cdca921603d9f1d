import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../../support/raw-http.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

let server: TextServer;
let token: string;
beforeAll(async () => {
  server = await startTextServer();
  token = await server.emulator.issueAccessToken('erin');
});
afterAll(() => server.close());

/** Returns a request that is refused with an answer many times its size, after its token was looked at. */
function refused(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n`;
}

function mutation(length: number): string {
  const body = JSON.stringify({ query: `mutation { write(length: ${length}) }` });
  return [
    'POST /graphql HTTP/1.1',
    'Host: a',
    'Content-Type: application/json',
    `Authorization: Bearer ${token}`,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** Returns the value of `Connection` in each answer. */
function connectionHeaders(text: string): (string | undefined)[] {
  return text.split(/(?=HTTP\/1\.1 \d)/).map((answer) => /^connection: ([^\r]*)/im.exec(answer)?.[1]);
}

describe('a connection that ends with an answer', () => {
  it('answers every request that was taken first, and says so in the last answer alone', async () => {
    const before = server.written.length;
    const { statuses, text, closed } = await sendRaw(
      server.port,
      refused('/graphql?query={me}') + mutation(11) + mutation(12),
    );
    const written = server.written.slice(before);
    expect(written[0]).toBe(11);
    expect({ statuses, closed }).toEqual({ statuses: [401, ...written.map(() => 200)], closed: true });
    expect(connectionHeaders(text)).toEqual([...written.map(() => 'keep-alive'), 'close']);
  });

  it('runs nothing that arrives after the answer that says so', async () => {
    const before = server.written.length;
    // Refused without looking at a token, and so before the next request is parsed.
    const { statuses, text } = await sendRaw(server.port, refused('/nothing') + mutation(13));
    expect({ statuses, written: server.written.slice(before) }).toEqual({ statuses: [404], written: [] });
    expect(connectionHeaders(text)).toEqual(['close']);
  });

  it('ends although its last answer was ready before one that ends it', async () => {
    const { statuses, closed } = await sendRaw(
      server.port,
      `${refused('/graphql?query={me}')}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    expect({ statuses, closed }).toEqual({ statuses: [401, 200], closed: true });
  });
});
