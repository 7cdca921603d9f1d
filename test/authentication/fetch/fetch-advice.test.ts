import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DocumentError, type Fetch } from '../../../src/authentication/fetch/bounded-fetch.js';
import { createDefaultFetch } from '../../../src/authentication/fetch/default-fetch.js';
import { directFetch } from '../../../src/authentication/fetch/direct-fetch.js';
import { fetchAdvice } from '../../../src/authentication/fetch/fetch-advice.js';
import { createProxiedFetch } from '../../../src/authentication/fetch/proxied-fetch.js';
import type { ProxyFailure } from '../../../src/authentication/fetch/proxy-error.js';
import { FAULTY_PROXIES } from '../../support/network/faulty-proxies.js';
import { createReadOne } from '../../support/network/read-one.js';

/** An error as `fetch` rejects with it. Its cause has the reason. */
const failed = (message: string, code: string) => {
  const cause = new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
  return new DocumentError('https://login.example.com/keys', message, cause);
};
const answered = (reason: string) => new DocumentError('https://login.example.com/keys', reason);

it.each<[string, DocumentError, RegExp]>([
  ['DNS', failed('getaddrinfo ENOTFOUND login.example.com', 'ENOTFOUND'), /looked up/],
  ['DNS for now', failed('getaddrinfo EAI_AGAIN login.example.com', 'EAI_AGAIN'), /looked up/],
  ['DNS for good', failed('getaddrinfo EAI_FAIL login.example.com', 'EAI_FAIL'), /looked up/],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL'].map(
    (code): [string, DocumentError, RegExp] => [`the way (${code})`, failed(code, code), /host cannot reach/],
  ),
  ['the network', failed('connect ECONNREFUSED 10.0.0.1:443', 'ECONNREFUSED'), /firewall/],
  ['TLS', failed('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'), /NODE_EXTRA_CA_CERTS/],
  ['time', failed('Connect Timeout Error', 'UND_ERR_CONNECT_TIMEOUT'), /5 seconds/],
  ['a login page', answered('not a JSON object but HTML (a login page of a proxy?)'), /answers in its place/],
  ['the tenant', answered('status 400 (AADSTS90002)'), /^The provider knows no such tenant: check ENTRA_TENANT_ID/],
  ['another number of Entra', answered('status 400 (AADSTS50059)'), /look it up/],
  ['the tenant, perhaps', answered('status 400'), /^Probably .*ENTRA_TENANT_ID.*ENTRA_ACCEPT_V1_TOKENS/],
  ['a page in the place of the tenant', answered('status 404, with HTML (a page of a proxy?)'), /answers in its place/],
  ['a filter', answered('status 403'), /filter or a firewall/],
  ['a sign-in', answered('status 401'), /HTTPS_PROXY/],
  ...[301, 302, 303, 307, 308].map((status): [string, DocumentError, RegExp] => [
    `a redirect (${status})`,
    answered(`status ${status}`),
    /Redirects/,
  ]),
  ['an answer from a cache that was not asked for', answered('status 304'), /Open the address/],
  ['the provider', answered('status 503'), /has an outage/],
  ['another authority', answered('its issuer is not the one of the configured authority and tenant'), /ENTRA_INSTANCE/],
  ['something else', answered('more than 1048576 bytes'), /Open the address/],
])('a failure of %s has advice of its own', (_what, error, advice) => {
  expect(fetchAdvice(error)).toMatch(advice);
});

const ADVICE: Readonly<Record<ProxyFailure, RegExp>> = {
  unreachable: /name, port and scheme of the proxy/,
  refused: /login and password into HTTPS_PROXY/,
  untrusted: /opens TLS.*NODE_EXTRA_CA_CERTS/,
  broken: /cuts the connection/,
  'no-answer': /firewall drops packets/,
  unused: /createProxiedFetch/,
};

it.each(FAULTY_PROXIES)('a proxy that %s has advice of its own', async (_what, failure, _reason, start) => {
  const proxy = await start();
  const timeoutMs = failure === 'no-answer' ? 100 : 5000;
  const error = await givenUp(
    createProxiedFetch({ httpsProxy: proxy.address }),
    'https://login.example.com/keys',
    timeoutMs,
  );
  await proxy.close();
  const fitting = Object.entries(ADVICE).filter(([, advice]) => advice.test(fetchAdvice(error)));
  expect(fitting.map(([name]) => name)).toEqual([failure]);
});

/** Takes connections and says nothing, like a firewall that drops packets. */
const taken = new Set<Socket>();
const silent = createServer((socket) => taken.add(socket.on('error', () => {})));
let silentAddress: string;

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : ''}`;
}

beforeAll(async () => {
  silentAddress = await listening(silent);
});
afterAll(async () => {
  for (const socket of taken) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

/** How a fetch fails, at the latest when the server itself gives up. */
async function givenUp(fetch: Fetch, address: string, timeoutMs = 100): Promise<DocumentError> {
  const bounds = { timeoutMs, maxBytes: 100, signal: new AbortController().signal };
  const error: unknown = await createReadOne(fetch, bounds)(address).catch((reason) => reason);
  if (error instanceof DocumentError) return error;
  throw new Error('it was answered');
}

it('a provider that never answers is distinguished from other failures', async () => {
  expect(fetchAdvice(await givenUp(directFetch, silentAddress))).toMatch(/firewall that drops packets/);
});

it.each([
  ['http', (socket: Socket) => socket.destroy()],
  ['https', (socket: Socket) => socket.destroy()],
  ['http', (socket: Socket) => socket.resetAndDestroy()],
  ['http', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{')],
])('a connection over %s that was made and then closed is not a closed way', async (scheme, close) => {
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => close(socket)));
  const address = await listening(server);
  const error = await givenUp(directFetch, `${scheme}${address.slice('http'.length)}`, 5000);
  server.close();
  expect(fetchAdvice(error)).toMatch(/accepted and then closed/);
  expect(fetchAdvice(error)).not.toMatch(/cannot reach|firewall/);
});

it.each([
  [
    'no answer, and no IPv6',
    ['connect ETIMEDOUT 192.0.2.1:443', 'connect ENETUNREACH 2001:db8::1:443'],
    /drops packets/,
  ],
  [
    'no IPv6, and no answer',
    ['connect ENETUNREACH 2001:db8::1:443', 'connect ETIMEDOUT 192.0.2.1:443'],
    /drops packets/,
  ],
  [
    'no route at all',
    ['connect ENETUNREACH 192.0.2.1:443', 'connect ENETUNREACH 2001:db8::1:443'],
    /host cannot reach/,
  ],
  [
    'nothing that listens',
    ['connect ECONNREFUSED 192.0.2.1:443', 'connect ENETUNREACH 2001:db8::1:443'],
    /host cannot reach/,
  ],
])('several addresses have one advice: %s', (_name, messages, advice) => {
  const cause = new AggregateError(messages.map((message) => new Error(message)));
  expect(fetchAdvice(new DocumentError('https://login.example.com/', messages.join(', '), cause))).toMatch(advice);
});

it('a proxy that is named and not used has advice of its own', async () => {
  const fetch = createDefaultFetch({ HTTPS_PROXY: 'http://proxy.example.com' });
  const error = await givenUp(fetch, `https://${'x'.repeat(64)}.example.com/keys`, 5000);
  expect(fetchAdvice(error)).toMatch(ADVICE.unused);
});

it('causes that form a circle are read to an end', () => {
  const error = answered('odd');
  error.cause = error;
  expect(fetchAdvice(error)).toMatch(/Open the address/);
});
