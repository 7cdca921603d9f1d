import { afterEach, expect, it, vi } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { EVERY_SIGN_IN } from '../support/callers.js';
import { connectFrom, tokenOf } from '../support/sockets.js';

// An anonymous caller has no key. A token is judged before a query runs, so compiled queries have no cells here.

const PERSONAS = EVERY_SIGN_IN.filter((signIn) => signIn !== undefined);
const LOOKS = 5;
const QUERY = { query: '{ serverInfo { name } }' };
let api: TestApi;

afterEach(async () => {
  await api.close();
  vi.useRealTimers();
});

/** A server behind a proxy. Time since its start stands still until the test moves it. */
async function startStill(): Promise<TestApi> {
  vi.useFakeTimers({ toFake: ['performance'] });
  const started = await startApi({ TRUST_PROXY: '127.0.0.1' });
  await vi.waitUntil(async () => (await started.app.inject('/readyz')).statusCode === 200, { timeout: 20_000 });
  return started;
}

async function callFrom(address: string, token: string) {
  const answer = await api.post(`Bearer ${token}`, QUERY, { 'x-forwarded-for': address });
  return { status: answer.status, retryAfter: Number(answer.headers['retry-after']) };
}

/** One rotation uses a key that was announced before. */
async function rotateUnannounced(): Promise<void> {
  await api.emulator.rotateKeys();
  await api.emulator.rotateKeys();
}

/** A token that only lacks a known key. */
async function tokenOfKey(kid: string): Promise<string> {
  const [, payload, signature] = (await api.emulator.issueAccessToken('erin')).split('.');
  const header = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'RS256', kid })).toString('base64url');
  return `${header}.${payload}.${signature}`;
}

/** A token of each persona, signed with the current key. */
const personaTokens = () => Promise.all(PERSONAS.map(async (persona) => String(await tokenOf(api, persona))));

it('one address with made-up keys keeps no new key from being found', async () => {
  api = await startStill();
  const statuses: number[] = [];
  for (let index = 0; index < 20; index += 1) {
    statuses.push((await callFrom('192.0.2.66', await tokenOfKey(`made-up-${index}`))).status);
  }
  expect(statuses).toEqual([401, ...Array.from({ length: 19 }, () => 503)]);
  await rotateUnannounced();
  for (const token of await personaTokens()) expect((await callFrom('192.0.2.1', token)).status).toBe(200);
});

it('a new key is 503 with Retry-After while the looks are used up, over HTTP and WebSocket, and then accepted', async () => {
  api = await startStill();
  for (let index = 0; index < LOOKS; index += 1) {
    expect((await callFrom(`192.0.2.${100 + index}`, await tokenOfKey(`made-up-${index}`))).status).toBe(401);
  }
  await rotateUnannounced();
  const tokens = await personaTokens();
  for (const token of tokens) {
    expect(await callFrom('192.0.2.1', token)).toEqual({ status: 503, retryAfter: 60 });
    expect(await connectFrom('192.0.2.1', api, token)).toBe(1013);
  }
  vi.advanceTimersByTime(60_000);
  for (const token of tokens) {
    expect((await callFrom('192.0.2.1', token)).status).toBe(200);
    expect(await connectFrom('192.0.2.1', api, token)).toBe('accepted');
  }
});

it('a key that is looked for and not there is 401', async () => {
  api = await startStill();
  const token = await tokenOfKey('made-up');
  const statuses = [
    await callFrom('192.0.2.1', token),
    await callFrom('192.0.2.1', token),
    await callFrom('192.0.2.2', token),
  ];
  expect(statuses.map(({ status }) => status)).toEqual([401, 401, 401]);
});
