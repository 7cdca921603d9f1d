import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Connections, whenAnswered } from './connections.js';

/** Headers that concern only the upgrade. */
const UPGRADE_HEADERS: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings']);

/**
 * Serves requests that ask for a protocol other than WebSocket as if they did not ask (RFC 9110 s.7.8). Java's HTTP client
 * sends `Upgrade: h2c` to every server without TLS.
 *
 * Until Node 24, `upgrade` is emitted with what follows the headers unparsed. The request waits until those before it are
 * answered, and is then written back to the connection without these headers and parsed again. From Node 26 on bodies are
 * parsed, and Node declines instead. It drops the bytes after such a request, so the connection ends with the answer.
 */
export function ignoreOtherUpgrades(server: Server, connections: Connections): void {
  if (parsesBodies()) {
    // The types are those of the oldest version that is supported.
    Object.assign(server, { shouldUpgradeCallback: isHandshake });
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.headers.upgrade !== undefined && !isHandshake(request)) response.shouldKeepAlive = false;
    });
  }
  server.on('upgrade', (request: IncomingMessage, _stream: Duplex, head: Buffer) => {
    // Handshakes of WebSockets have a listener of their own.
    if (isHandshake(request)) return;
    const { socket } = request;
    // Node takes its own listener off. Without one, a client that resets the connection ends the process.
    socket.on('error', ignoreError);
    whenAnswered(connections.get(socket), () => parseAgain(server, socket, [headOf(request), head]));
  });
}

/** Returns whether Node parses the body of a request with an upgrade. */
function parsesBodies(): boolean {
  return Number(process.versions.node.split('.')[0]) >= 26;
}

function isHandshake({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

function ignoreError(): void {}

function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!UPGRADE_HEADERS.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
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
