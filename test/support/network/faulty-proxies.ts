import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';
import type { ProxyFailure } from '../../../src/authentication/fetch/proxy-error.js';

/** A proxy that fails on the way to the identity provider. */
export interface FaultyProxy {
  /** With a login and a password, which must stay secret. */
  readonly address: string;
  /** Host and port, as failures name it. */
  readonly host: string;
  close(): Promise<void>;
}

/** The login of {@link FaultyProxy.address}. */
export const SECRETS = /someone|hunter2/;

/** Handles the first bytes that it gets. */
type Fault = (socket: Socket) => unknown;

const answers =
  (status: string, rest = ''): Fault =>
  (socket) =>
    socket.end(`HTTP/1.1 ${status}\r\n${rest}\r\n`);
const TUNNEL = 'HTTP/1.1 200 Connection established\r\n\r\n';
const HTML = 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>Sign in</html>';
const REFUSED = (status: number) =>
  new RegExp(`^the proxy .* does not connect to login.example.com:443 .status ${status}.`);
/** Alert 40 of TLS: handshake failure. */
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 40]);

/** Faults of proxies, with the kind and the description of each failure. */
export const FAULTY_PROXIES: readonly (readonly [string, ProxyFailure, RegExp, () => Promise<FaultyProxy>])[] = [
  ['has an unknown name', 'unreachable', /^the proxy .* cannot be used: .*ENOTFOUND/, unknownProxy],
  ['is not there', 'unreachable', /^the proxy .* cannot be used: .*ECONNREFUSED/, absentProxy],
  [
    'hangs up',
    'unreachable',
    /^the proxy .*: the connection was made, and closed/,
    faulty((socket) => socket.destroy()),
  ],
  ['speaks no TLS itself', 'unreachable', /^the proxy .*: TLS cannot be spoken/, faulty(answers('400 No'), 'https:')],
  ['has a bad certificate itself', 'untrusted', /of the proxy .* itself is not trusted: self-signed/, untrusted],
  ['is not a proxy', 'unreachable', /^the proxy .*: .*HTTP/, faulty((socket) => socket.end('220 mail\r\n'))],
  ['wants a login', 'refused', REFUSED(407), faulty(answers('407 Login'))],
  ['forbids the host', 'refused', REFUSED(403), faulty(answers('403 No'))],
  ['gets no further', 'refused', REFUSED(502), faulty(answers('502 No'))],
  ['sends to a page', 'refused', REFUSED(302), faulty(answers('302 Go', 'location: /\r\n'))],
  ['sends a page', 'broken', /^through the proxy .*: TLS cannot be spoken/, faulty((socket) => socket.end(HTML))],
  ['opens TLS', 'untrusted', /^the certificate that comes through the proxy .*self-signed/, openingTls],
  ['cuts the tunnel', 'broken', /^through the proxy .*closed too soon/, () => startTunnel((socket) => socket.end())],
  [
    'leads to other TLS',
    'broken',
    /^through the proxy .*: .*handshake failure/,
    () => startTunnel((socket) => socket.end(ALERT)),
  ],
  ['says nothing', 'no-answer', /^no answer through the proxy .*: timeout of \d+ ms/, faulty(() => {})],
];

function faulty(fault: Fault, scheme = 'http:'): () => Promise<FaultyProxy> {
  return () =>
    listen(
      createServer((socket) => socket.once('data', () => fault(socket))),
      scheme,
    );
}

/** Starts a proxy that makes tunnels, and does this with the first that comes through each. */
export const startTunnel = (fault: Fault): Promise<FaultyProxy> =>
  faulty((socket) => {
    socket.write(TUNNEL);
    socket.once('data', () => fault(socket));
  })();

async function absentProxy(): Promise<FaultyProxy> {
  const gone = await listen(createServer(), 'http:');
  await gone.close();
  return { ...gone, close: async () => {} };
}

/** No name server is asked for a label of more than 63 characters. */
async function unknownProxy(): Promise<FaultyProxy> {
  const host = `${'x'.repeat(64)}.example.com:8080`;
  return { address: `http://someone:hunter2@${host}`, host, close: async () => {} };
}

async function untrusted(): Promise<FaultyProxy> {
  return listen(await tlsServer(), 'https:');
}

async function openingTls(): Promise<FaultyProxy> {
  const inside = await tlsServer();
  return listen(
    createServer((socket) =>
      socket.once('data', () => {
        socket.write(TUNNEL);
        inside.emit('connection', socket);
      }),
    ),
    'http:',
  );
}

async function tlsServer(): Promise<Server> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256' });
  return createTlsServer({ key, cert }).on('tlsClientError', () => {});
}

/** A name and not 127.0.0.1, because TLS needs a name. */
async function listen(server: Server, scheme: string): Promise<FaultyProxy> {
  const taken = new Set<Socket>();
  server.on('connection', (socket) => taken.add(socket.on('error', () => {})));
  await once(server.listen(0, 'localhost'), 'listening');
  const bound = server.address();
  const host = `localhost:${bound !== null && typeof bound === 'object' ? bound.port : ''}`;
  return {
    address: `${scheme}//someone:hunter2@${host}`,
    host,
    async close() {
      for (const socket of taken) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
