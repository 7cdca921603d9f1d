import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthentication } from '../../../src/authentication/authentication.js';
import { createProxiedFetch } from '../../../src/authentication/fetch/proxied-fetch.js';
import { FAULTY_PROXIES, type FaultyProxy, SECRETS, startTunnel } from '../../support/network/faulty-proxies.js';
import { createReadOne } from '../../support/network/read-one.js';
import { ids } from '../../support/tenant.js';

const proxies: FaultyProxy[] = [];
afterEach(() => Promise.all(proxies.splice(0).map((proxy) => proxy.close())));

async function started(starting: Promise<FaultyProxy>): Promise<FaultyProxy> {
  const proxy = await starting;
  proxies.push(proxy);
  return proxy;
}

const bounds = { timeoutMs: 5000, maxBytes: 10_000, signal: new AbortController().signal };
const INSTANCE = 'https://login.example.com';

describe.each(FAULTY_PROXIES)('a proxy that %s', (_what, failure, reason, start) => {
  const timeoutMs = failure === 'no-answer' ? 100 : 5000;

  it('is named, without its login, with what failed there, and at once', async () => {
    const { address, host } = await started(start());
    const read = createReadOne(createProxiedFetch({ httpsProxy: address }), { ...bounds, timeoutMs });
    const error: unknown = await read(`${INSTANCE}/keys`).catch((failed: unknown) => failed);
    expect(error).toMatchObject({ name: 'DocumentError', reason: expect.stringMatching(reason), cause: { failure } });
    expect(error).toHaveProperty('reason', expect.stringContaining(host));
    expect(inspect(error, { depth: 10 })).not.toMatch(SECRETS);
  });

  it('is named so in the log', async () => {
    const { address } = await started(start());
    const logged = await new Promise<object>((resolve) => {
      const authentication = createAuthentication({
        tenantId: ids.tenant,
        clientId: ids.api,
        acceptV1Tokens: false,
        instance: INSTANCE,
        requestTimeoutMs: timeoutMs,
        fetch: createProxiedFetch({ httpsProxy: address }),
        logger: { info() {}, error() {}, warn: resolve },
      });
      proxies.push({ address, host: '', close: async () => authentication.close() });
      authentication.start();
    });
    expect(logged).toMatchObject({ reason: expect.stringMatching(reason) });
    expect(JSON.stringify(logged)).not.toMatch(SECRETS);
  });
});

it('an answer that is cut on its way through the proxy names it', async () => {
  const begun = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{';
  const { address, host } = await started(startTunnel((socket) => socket.end(begun)));
  const read = createReadOne(createProxiedFetch({ httpProxy: address }), bounds);
  const error: unknown = await read('http://login.example.com/keys').catch((failed: unknown) => failed);
  expect(error).toMatchObject({ cause: { failure: 'broken' }, reason: expect.stringContaining(host) });
});

it('the port is named where the address leaves it out', async () => {
  const reasonOf = (httpsProxy: string) =>
    createReadOne(createProxiedFetch({ httpsProxy }), bounds)(`${INSTANCE}/keys`).catch(({ reason }) => reason);
  const unknown = `${'x'.repeat(64)}.example.com`;
  expect(await reasonOf(`http://${unknown}`)).toContain(`the proxy http://${unknown}:80 `);
  expect(await reasonOf(`https://${unknown}`)).toContain(`the proxy https://${unknown}:443 `);
});
