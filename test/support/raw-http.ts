import { connect, type Socket } from 'node:net';

/** The end of a connection that has been written to. */
export interface RawAnswer {
  /** Everything that came, byte by byte. */
  readonly text: string;
  /** Statuses of the answers, in order. */
  readonly statuses: readonly number[];
  /** Whether the connection was closed before the time was over. */
  readonly closed: boolean;
}

/**
 * Opens a connection to a port of this machine. Errors of it are the end of it.
 *
 * @param localAddress address from which it comes
 */
export function openConnection(port: number, localAddress = '127.0.0.1'): Socket {
  return connect({ port, host: '127.0.0.1', localAddress }).on('error', () => undefined);
}

/**
 * Sends bytes over a connection of their own and reads until the server closes it.
 *
 * @param waitMs how long a connection that stays open is read
 */
export async function sendRaw(port: number, bytes: string | Buffer, waitMs = 5_000): Promise<RawAnswer> {
  const socket = openConnection(port);
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  socket.write(bytes);
  const closed = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), waitMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
  socket.destroy();
  const text = Buffer.concat(parts).toString('latin1');
  return { text, statuses: statusesOf(text), closed };
}

/** Returns the statuses of the answers in a text, in order. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
