import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { sendRaw } from '../../support/raw-http.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

let server: TextServer;
beforeAll(async () => {
  server = await startTextServer();
});
afterAll(() => server.close());

/** Sends two requests for nothing with a header of this length, without waiting. */
async function refuseTwo(length: number) {
  const request = (more: string) => `GET /nothing HTTP/1.1\r\nHost: api\r\nA: ${'a'.repeat(length)}\r\n${more}\r\n`;
  const { statuses, text } = await sendRaw(server.port, request('') + request('Connection: close\r\n'));
  return { isEnded: statuses.length === 1, answerBytes: text.length / statuses.length, bytes: request('').length };
}

it('a refusal ends the connection when it is larger than the bound for its request, and only then', async () => {
  let [outside, inside] = [0, 1_000];
  while (inside - outside > 1) {
    const middle = Math.floor((outside + inside) / 2);
    if ((await refuseTwo(middle)).isEnded) outside = middle;
    else inside = middle;
  }
  const [ended, served] = [await refuseTwo(outside), await refuseTwo(inside)];
  expect([ended.isEnded, served.isEnded]).toEqual([true, false]);
  // The bytes of the first line and of line ends are not counted, so the bound is a little lower than it has to be.
  const ratio = served.answerBytes / served.bytes;
  expect(ratio).toBeLessThanOrEqual(defaultLimits.refusalBytesPerByte);
  expect(ratio).toBeGreaterThan(defaultLimits.refusalBytesPerByte / 2);
});
