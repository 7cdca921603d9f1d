import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DocumentError, type Fetch } from '../../../src/authentication/keys/bounded-fetch.js';
import { directFetch } from '../../../src/authentication/keys/direct-fetch.js';
import { createProxiedFetch } from '../../../src/authentication/keys/proxied-fetch.js';
import { fetchAdvice } from '../../../src/cli/doctor/fetch-advice.js';
import { createReadOne } from '../../support/read-one.js';

/** What `fetch` rejects with: the reason is in the cause. */
const failed = (message: string, code: string) => {
  const cause = new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
  return new DocumentError('https://login.example.com/keys', message, cause);
};
const answered = (reason: string) => new DocumentError('https://login.example.com/keys', reason);

it.each([
  ['DNS', failed('getaddrinfo ENOTFOUND login.example.com', 'ENOTFOUND'), /looked up/],
  ['DNS for now', failed('getaddrinfo EAI_AGAIN login.example.com', 'EAI_AGAIN'), /looked up/],
  ['the network', failed('connect ECONNREFUSED 10.0.0.1:443', 'ECONNREFUSED'), /firewall/],
  ['TLS', failed('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'), /NODE_EXTRA_CA_CERTS/],
  ['a proxy', failed('Proxy response (407) !== 200 when HTTP Tunneling', 'UND_ERR_ABORTED'), /password in HTTPS_PROXY/],
  ['time', failed('Connect Timeout Error', 'UND_ERR_CONNECT_TIMEOUT'), /5 seconds/],
  ['a login page', answered('not a JSON object but HTML (a login page of a proxy?)'), /answers in its place/],
  ['the tenant', answered('status 400'), /ENTRA_TENANT_ID/],
  ['a redirect', answered('status 302'), /Redirects/],
  ['the provider', answered('status 503'), /disturbed/],
  ['another authority', answered('its issuer is not the one of the configured authority and tenant'), /ENTRA_INSTANCE/],
  ['something else', answered('more than 1048576 bytes'), /Open the address/],
])('a failure of %s has advice of its own', (_what, error, advice) => {
  expect(fetchAdvice(error, false)).toMatch(advice);
});

it.each([
  ['DNS', failed('getaddrinfo ENOTFOUND proxy.example.com', 'ENOTFOUND'), /name of the proxy/],
  ['the network', failed('connect ECONNREFUSED 10.0.0.1:8080', 'ECONNREFUSED'), /no way to the proxy/],
  ['TLS', failed('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'), /NODE_EXTRA_CA_CERTS/],
  ['a proxy', failed('Proxy response (407) !== 200 when HTTP Tunneling', 'UND_ERR_ABORTED'), /password in HTTPS_PROXY/],
  ['a login page', answered('not a JSON object but HTML (a login page of a proxy?)'), /answers in its place/],
])('where a proxy is used, so has a failure of %s', (_what, error, advice) => {
  expect(fetchAdvice(error, true)).toMatch(advice);
});

/** Takes connections and says nothing, like a firewall that drops packets. */
const taken = new Set<Socket>();
const silent = createServer((socket) => taken.add(socket.on('error', () => {})));
let silentAddress: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const bound = silent.address();
  silentAddress = `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : ''}`;
});
afterAll(async () => {
  for (const socket of taken) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

/** How a fetch fails that the server itself gives up. */
async function givenUp(fetch: Fetch, address: string): Promise<DocumentError> {
  const bounds = { timeoutMs: 100, maxBytes: 100, signal: new AbortController().signal };
  const error: unknown = await createReadOne(fetch, bounds)(address).catch((reason) => reason);
  if (error instanceof DocumentError) return error;
  throw new Error('it was answered');
}

it('a provider that never answers is told from other failures', async () => {
  expect(fetchAdvice(await givenUp(directFetch, silentAddress), false)).toMatch(/firewall that drops packets/);
});

it.each(['http', 'https'])('so is a proxy that never answers, on the way to %s', async (scheme) => {
  const fetch = createProxiedFetch({ httpProxy: silentAddress, httpsProxy: silentAddress });
  const error = await givenUp(fetch, `${scheme}://login.example.com/keys`);
  expect(fetchAdvice(error, true)).toMatch(/through the proxy.*HTTPS_PROXY/);
});

it('a circle of causes ends', () => {
  const error = answered('odd');
  error.cause = error;
  expect(fetchAdvice(error, false)).toMatch(/Open the address/);
});
