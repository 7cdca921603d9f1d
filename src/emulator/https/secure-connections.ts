import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { TlsCertificate } from './tls-certificate.js';

/**
 * First byte of a TLS connection. It is the record type of its handshake (RFC 8446 s.5.1). HTTP methods never begin with
 * it.
 */
const HANDSHAKE = 22;
/** Browsers open connections for later. A silent one is closed and the browser opens another. */
const FIRST_BYTE_MS = 60_000;

/**
 * Makes an http server answer https too on the same port. Two ports would make two emulators of it. A token of one would
 * then be foreign to a server that knows the other.
 */
export function acceptSecureConnections(server: Server, { key, cert }: TlsCertificate): void {
  const secureContext = createSecureContext({ key, cert });
  const serve = server.listeners('connection');
  const open = new Set<Socket>();
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    readFirstByte(socket, (byte) => {
      const stream = byte === HANDSHAKE ? secure(socket, secureContext) : socket;
      for (const listener of serve) listener.call(server, stream);
    });
  });
  // Node closes the connections that it serves. Those that have said nothing yet would keep the server open.
  const { closeAllConnections } = server;
  server.closeAllConnections = () => {
    closeAllConnections.call(server);
    for (const socket of open) socket.destroy();
  };
}

function readFirstByte(socket: Socket, proceed: (byte: number) => void): void {
  const fail = () => socket.destroy();
  socket.setTimeout(FIRST_BYTE_MS, fail);
  socket.once('error', fail);
  socket.once('readable', () => {
    const first: Buffer | null = socket.read(1);
    socket.setTimeout(0);
    socket.off('timeout', fail).off('error', fail);
    if (first?.[0] === undefined) return void fail();
    socket.unshift(first);
    proceed(first[0]);
  });
}

function secure(socket: Socket, secureContext: SecureContext): TLSSocket {
  const stream = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
  // A client that does not trust the certificate ends the handshake with an error.
  stream.on('error', () => stream.destroy());
  stream.once('close', () => socket.destroy());
  return stream;
}
