import { connect, createServer, type Socket } from 'node:net';

/** A TCP relay in front of PostgreSQL that behaves badly on demand. */
export interface Relay {
  /** The address of PostgreSQL, led through the relay. */
  readonly url: string;
  /** The parameters with which clients started each connection. */
  readonly startups: readonly string[];
  /** From now on passes nothing and closes nothing, as a network does that drops packets. */
  swallow(): void;
  /** Swallows what comes over the connections that are open now. New ones work. */
  forgetConnections(): void;
  /** Swallows as soon as it has passed a message with this text to PostgreSQL: the answer is lost. */
  swallowAnswerTo(text: string): void;
  close(): Promise<void>;
}

const NOTIFICATION = 'A'.charCodeAt(0);

/** @param losesNotifications as a pooler in transaction mode: LISTEN succeeds, and nothing that is sent arrives */
export async function openRelay(url: string, { losesNotifications = false } = {}): Promise<Relay> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const startups: string[] = [];
  let isSwallowing = false;
  const forgotten = new Set<Socket>();
  let lastText: string | undefined;
  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname);
    const pass = (from: Socket, to: Socket, filter: (data: Buffer) => Buffer) => {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => isSwallowing || to.destroy());
      from.on('data', (data) => isSwallowing || forgotten.has(from) || to.write(filter(data)));
    };
    client.once('data', (data) => startups.push(data.toString('latin1')));
    pass(client, database, (data) => {
      isSwallowing ||= lastText !== undefined && data.includes(lastText);
      return data;
    });
    pass(database, client, losesNotifications ? withoutNotifications() : (data) => data);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const led = new URL(url);
  led.host = `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  return {
    url: led.href,
    startups,
    swallow: () => {
      isSwallowing = true;
    },
    forgetConnections: () => {
      for (const socket of sockets) forgotten.add(socket);
    },
    swallowAnswerTo: (text) => {
      lastText = text;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Cuts messages out of the server's stream: each is a letter, a length that counts itself, and a body. */
function withoutNotifications(): (data: Buffer) => Buffer {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    const passed: Buffer[] = [];
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const length = rest.readInt32BE(1) + 1;
      if (rest[0] !== NOTIFICATION) passed.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return Buffer.concat(passed);
  };
}
