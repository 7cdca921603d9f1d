import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, expect } from 'vitest';
import { findLeaks, noteTokens, startLogScan } from './log-scan.js';

/** Requests that a test sends: nothing else here sees the tokens that go to a server in a process of its own. */
const SENT: readonly (readonly [channel: string, note: (message: unknown) => void])[] = [
  ['undici:request:create', (message) => noteTokens(Object(message).request.headers)],
  ['http.client.request.start', (message) => noteTokens(Object(message).request.getHeader('authorization'))],
];

startLogScan();
beforeAll(() => {
  for (const [channel, note] of SENT) subscribe(channel, note);
});
/** Fails the file whose servers have logged more of a token than its five ids. */
afterAll(() => {
  for (const [channel, note] of SENT) unsubscribe(channel, note);
  expect(findLeaks(), 'the log has claims of tokens').toEqual([]);
});
