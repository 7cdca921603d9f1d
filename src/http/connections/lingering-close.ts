import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Limits } from '../../config/limits.js';
import type { Connection } from './connections.js';

type LingerLimits = Pick<Limits, 'lingerBytes' | 'lingerSeconds'>;

/**
 * Ends a connection after an answer and discards for a while what the client goes on sending. A connection that is closed
 * with unread bytes is reset, and then the client loses the answer that explains why (RFC 9112 s.9.6).
 */
export function closeLingering(socket: Duplex, { lingerBytes, lingerSeconds }: LingerLimits): void {
  let bytes = 0;
  // Node's HTTP parser must not see what follows. Adding a listener detaches it from the socket.
  socket.removeAllListeners('data');
  socket.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > lingerBytes) socket.destroy();
  });
  const timer = setTimeout(() => socket.destroy(), lingerSeconds * 1000).unref();
  socket.once('close', () => clearTimeout(timer));
  socket.on('error', () => undefined);
  socket.resume();
  socket.end();
}

/** Lets a connection linger when it closes while its client may still be sending. */
export function lingerAfterRefusal(connection: Connection, limits: LingerLimits): void {
  const { socket } = connection;
  const destroySoon = socket.destroySoon;
  // Node calls it after the last response of a connection.
  socket.destroySoon = function (this: Socket) {
    socket.destroySoon = destroySoon;
    if (connection.lastResponse || connection.lastRequest?.complete === false) closeLingering(socket, limits);
    else destroySoon.call(socket);
  };
}
