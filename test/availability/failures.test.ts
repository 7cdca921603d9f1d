import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';

const LIMIT = 3;
const QUERY = { query: '{ me { objectId } }' };
const bad = 'Bearer not-a-token';
let api: TestApi;

beforeAll(async () => {
  api = await startApi({ RATE_LIMIT_FAILURES_PER_MINUTE: String(LIMIT), TRUST_PROXY: '10.0.0.0/8' });
});
afterAll(() => api.close());

/** Status of a request that a trusted proxy passes on. */
async function throughProxy(forwardedFor: string, authorization: string): Promise<number> {
  const answer = await api.app.inject({
    method: 'POST',
    url: '/graphql',
    remoteAddress: '10.1.2.3',
    headers: { authorization, 'x-forwarded-for': forwardedFor },
    payload: QUERY,
  });
  return answer.statusCode;
}

async function inOrder<T, R>(values: readonly T[], run: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const value of values) results.push(await run(value));
  return results;
}

describe('148 one client is one client', () => {
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
