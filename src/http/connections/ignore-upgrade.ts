import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Limits } from '../../config/limits.js';
import { type Connections, whenAnswered } from './connections.js';

/** Headers that concern only the upgrade. */
const UPGRADE_HEADERS: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings']);

/** Headers that frame a body, which is sent on with its length. */
const FRAMING_HEADERS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'trailer']);

/**
 * Serves requests that ask for a protocol other than WebSocket as if they did not ask (RFC 9110 s.7.8). Java's HTTP client
 * sends `Upgrade: h2c` to every server without TLS. Node emits `upgrade` for it and offers no way to decline, so the request
 * is written back to the connection without those headers and parsed again.
 *
 * Node stops parsing at such a request, so it waits until the requests before it are answered.
 */
export function ignoreOtherUpgrades(
  server: Server,
  connections: Connections,
  limits: Pick<Limits, 'requestBodyBytes'>,
) {
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // Handshakes of WebSockets have a listener of their own.
    if (request.headers.upgrade?.toLowerCase() === 'websocket' && request.method === 'GET') return;
    const { socket } = request;
    // Node takes its own listener off. Without one, a client that resets the connection ends the process.
    socket.on('error', ignoreError);
    const again = (body: Buffer, rest: Buffer) => {
      whenAnswered(connections.get(socket), () => parseAgain(server, socket, [headOf(request, body), body, rest]));
    };
    // Until Node 24, the body is not parsed and is part of `head`.
    if (!parsesBodies()) again(Buffer.alloc(0), head);
    else if (stream === socket) again(request.read() ?? Buffer.alloc(0), head);
    else collectBody(request, limits.requestBodyBytes, (body) => again(body, stream.read() ?? Buffer.alloc(0)));
  });
}

function ignoreError(): void {}

/** Tells whether Node parses the body of a request with an upgrade. */
function parsesBodies(): boolean {
  return Number(process.versions.node.split('.')[0]) >= 26;
}

/** Collects a body that has not arrived as a whole. One that is too large closes the connection. */
function collectBody(request: IncomingMessage, maxBytes: number, action: (body: Buffer) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    parts.push(part);
    bytes += part.length;
    if (bytes > maxBytes) request.socket.destroy();
  });
  request.once('end', () => action(Buffer.concat(parts)));
}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage, body: Buffer): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const isReplaced = parsesBodies() && FRAMING_HEADERS.has(name.toLowerCase());
    if (!isReplaced && !UPGRADE_HEADERS.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  if (parsesBodies() && (body.length > 0 || method !== 'GET')) lines.push(`Content-Length: ${body.length}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function parseAgain(server: Server, socket: Socket, parts: readonly Buffer[]): void {
  if (socket.destroyed) return;
  // Node adds these listeners each time that it takes a connection over.
  for (const name of ['resume', 'pause', 'data']) socket.removeAllListeners(name);
  socket.removeListener('error', ignoreError);
  socket.unshift(Buffer.concat(parts));
  server.emit('connection', socket);
}
