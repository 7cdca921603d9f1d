import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAuthentication } from '../../../src/authentication/authentication.js';
import { createDefaultFetch, type ProxyEnvironment } from '../../../src/authentication/fetch/default-fetch.js';
import { createReadOne } from '../../support/network/read-one.js';
import { ids } from '../../support/tenant.js';

// No name server is asked for a label of more than 63 characters.
const NOWHERE = `https://${'x'.repeat(64)}.example.com`;
const PROXY = 'http://someone:hunter2@proxy.example.com:8080';

let server: Server;
let address: string;
beforeAll(async () => {
  server = createServer((_request, response) => response.end('{"from":"server"}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  address = `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : ''}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
afterEach(() => vi.unstubAllEnvs());

const bounds = { timeoutMs: 5000, maxBytes: 1000, signal: new AbortController().signal };
const read = (environment: ProxyEnvironment) => createReadOne(createDefaultFetch(environment), bounds);

describe('who gives no fetch', () => {
  it('is not led through the proxy of the environment', async () => {
    expect(await read({ HTTP_PROXY: 'http://127.0.0.1:1' })(address)).toEqual({ from: 'server' });
  });

  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])(
    'is warned that %s is not used when no direct way exists',
    async (name) => {
      const reason = expect.stringMatching(/^getaddrinfo ENOTFOUND .*; .*names a proxy.*createProxiedFetch/);
      await expect(read({ [name]: PROXY })(NOWHERE)).rejects.toMatchObject({ reason });
      await expect(read({ [name]: PROXY })(NOWHERE)).rejects.not.toMatchObject({
        reason: expect.stringMatching(/someone|hunter2/),
      });
    },
  );

  it.each<[string, ProxyEnvironment]>([
    ['none is named', {}],
    ['an empty one is named', { HTTPS_PROXY: '' }],
    ['NO_PROXY leads past it', { HTTPS_PROXY: PROXY, NO_PROXY: 'example.com' }],
    ['no_proxy leads past it', { HTTPS_PROXY: PROXY, no_proxy: 'example.com' }],
  ])('hears nothing of a proxy when %s', async (_when, environment) => {
    const reason = expect.stringMatching(/^getaddrinfo ENOTFOUND [\w.]+$/);
    await expect(read(environment)(NOWHERE)).rejects.toMatchObject({ reason });
  });

  it('reads it in the log of createAuthentication', async () => {
    vi.stubEnv('HTTPS_PROXY', PROXY);
    vi.stubEnv('NO_PROXY', '');
    const logged = await new Promise<object>((resolve) => {
      const authentication = createAuthentication({
        tenantId: ids.tenant,
        clientId: ids.api,
        instance: NOWHERE,
        logger: { info() {}, error() {}, warn: resolve },
      });
      authentication.start();
    });
    expect(logged).toMatchObject({ reason: expect.stringContaining('createProxiedFetch') });
  });
});
