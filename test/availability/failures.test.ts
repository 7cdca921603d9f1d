import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { startApi, type TestApi } from '../support/api.js';
import { EVERY_SIGN_IN } from '../support/callers.js';
import { connectFrom, tokenOf } from '../support/sockets.js';

// A token is judged before a query runs, so compiled queries have no cells here. An anonymous caller has no token that fails.

const LIMIT = 3;
const QUERY = { query: '{ serverInfo { name } }' };
const bad = 'Bearer not-a-token';
let api: TestApi;

beforeAll(async () => {
  api = await startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: String(LIMIT), TRUST_PROXY: '10.0.0.0/8,127.0.0.1' });
});
afterAll(() => api.close());
afterEach(() => {
  vi.useRealTimers();
});

/** Status of a request that a trusted proxy passes on. */
async function throughProxy(forwardedFor: string, authorization: string | undefined): Promise<number> {
  const answer = await api.app.inject({
    method: 'POST',
    url: '/graphql',
    remoteAddress: '10.1.2.3',
    headers: { ...(authorization && { authorization }), 'x-forwarded-for': forwardedFor },
    payload: QUERY,
  });
  return answer.statusCode;
}

async function inOrder<T, R>(values: readonly T[], run: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const value of values) results.push(await run(value));
  return results;
}

describe('one client is one client', () => {
  it.each([
    ['with a port', ['192.0.2.1:50001', '192.0.2.1:50002', '192.0.2.1:50003', '192.0.2.1']],
    ['in brackets', ['[2001:db8::1]:50001', '[2001:db8::1]:50002', '[2001:DB8:0::1]', '2001:db8::1']],
    ['with IPv4 in the form of IPv6', ['::ffff:192.0.2.2', '::FFFF:c000:202', '[::ffff:192.0.2.2]:1', '192.0.2.2']],
    ['from anywhere in its network', ['2001:db8:1:1::1', '2001:db8:1:1::2', '2001:db8:1:1:9::', '2001:db8:1:1::4']],
    ['with a zone id', ['fe80::1%eth0', 'fe80::1%eth1', '[fe80::1%eth2]:80', 'fe80::1']],
    ['with made-up addresses before its own', ['1.1.1.1, 192.0.2.3', '2.2.2.2,192.0.2.3:9', '192.0.2.3 ', '192.0.2.3']],
  ])('%s', async (_form, addresses) => {
    expect(await inOrder(addresses, (address) => throughProxy(address, bad))).toEqual([401, 401, 401, 429]);
  });

  it('whose proxy reports text instead of an address, which never becomes an address', async () => {
    const texts = ['unknown', '_hidden', '', '999.1.1.1', 'x'.repeat(10_000)];
    expect(await inOrder(texts, (text) => throughProxy(text, bad))).toEqual([401, 401, 401, 429, 429]);
  });
});

describe('expired tokens', () => {
  const hourAgo = () => Math.floor(Date.now() / 1000) - 7200;
  const expired = (_: unknown, nth = 0) => {
    const iat = hourAgo();
    const persona = PERSONAS[nth % PERSONAS.length] ?? '';
    return api.emulator.issueAccessToken(persona, { claims: { iat, nbf: iat, exp: iat + 3600 } });
  };
  const forgedExpired = async () => forge(await expired(undefined));

  it('that are genuine leave every caller of their address its answer, over HTTP and WebSocket', async () => {
    const address = '192.0.2.46';
    const tokens = await Promise.all(Array.from({ length: 60 }, expired));
    const statuses = await inOrder(tokens, (token) => throughProxy(address, `Bearer ${token}`));
    expect(new Set(statuses)).toEqual(new Set([401]));
    for (const token of tokens.slice(0, LIMIT + 1)) expect(await connectFrom(address, api, token)).toBe(4401);
    await everyoneIsAnswered(address);
    expect(await throughProxy(address, bad)).toBe(401);
  });

  it('that are forged count', async () => {
    const tokens = await Promise.all(Array.from({ length: LIMIT + 1 }, forgedExpired));
    const statuses = await inOrder(tokens, (token) => throughProxy('192.0.2.47', `Bearer ${token}`));
    expect(statuses).toEqual([401, 401, 401, 429]);
  });
});

describe('a thousand bad tokens of one address', () => {
  it.each([
    ['forged', forge],
    ['malformed', () => 'not-a-token'],
    ['of another audience', (token: string) => withClaims(token, { aud: 'api://other' })],
  ])('that are %s leave every caller its answer, over HTTP and WebSocket', async (_how, spoil) => {
    const address = `192.0.2.${150 + _how.length}`;
    const token = await good();
    const flood = Array.from({ length: 1000 }, () => spoil(token));
    const statuses = await inOrder(flood, (bad) => throughProxy(address, `Bearer ${bad}`));
    expect(statuses.slice(0, LIMIT)).toEqual(Array.from({ length: LIMIT }, () => 401));
    expect(new Set(statuses.slice(LIMIT))).toEqual(new Set([429]));
    await everyoneIsAnswered(address);
    expect(await connectFrom(address, api, spoil(token))).toBe(1013);
  });

  it('have their signatures checked within a budget, over HTTP and WebSocket, and malformed ones have none checked', async () => {
    const few = await startApi(
      { RATE_LIMIT_FAILURES_PER_MINUTE: String(LIMIT) },
      { limits: { signatureChecksPerSecond: 1 } },
    );
    const post = async (token: string) => {
      const { status, headers, body } = await few.post(`Bearer ${token}`, QUERY);
      return { status, retryAfter: headers['retry-after'], limit: body.errors?.[0]?.extensions.limit?.name };
    };
    // The budget does not grow meanwhile.
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let index = 0; index < 100; index += 1) await post('not-a-token');
    expect(await post(await few.emulator.issueAccessToken('erin'))).toMatchObject({ status: 200 });
    const beyond = { status: 429, retryAfter: '1', limit: 'signatureChecksPerSecond' };
    for (const persona of PERSONAS) {
      const token = await few.emulator.issueAccessToken(persona);
      expect([persona, await post(token), await connectFrom('', few, token)]).toEqual([persona, beyond, 1013]);
    }
    expect(await few.query(undefined, QUERY.query)).toMatchObject({ status: 200 });
    expect(await connectFrom('', few, undefined)).toBe('accepted');
    await few.close();
  });
});

const good = () => api.emulator.issueAccessToken('erin');

const PERSONAS = emulatorSettings.personas.map(({ name }) => name);

/** Expects that an anonymous client and a new token of each persona are accepted from an address. */
async function everyoneIsAnswered(address: string): Promise<void> {
  for (const signIn of EVERY_SIGN_IN) {
    const token = await tokenOf(api, signIn);
    const outcomes = [
      await throughProxy(address, token && `Bearer ${token}`),
      // A token that the server has accepted is remembered.
      await connectFrom(address, api, await tokenOf(api, signIn)),
    ];
    expect([signIn, ...outcomes]).toEqual([signIn, 200, 'accepted']);
  }
}

/** The same token with another signature of the right length. */
function forge(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[9] = (bytes[9] ?? 0) ^ 1;
  return `${header}.${payload}.${bytes.toString('base64url')}`;
}

function withClaims(token: string, claims: object): string {
  const [header, payload = '', signature] = token.split('.');
  const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims };
  return `${header}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${signature}`;
}
