import type { FastifyBaseLogger } from 'fastify';
import type { WebSocket } from 'ws';
import type { Limits } from '../../config/limits.js';

const SECOND_MS = 1_000;
/** RFC 6455 s.7.4.1: a message violates the policy of the server. */
const POLICY_VIOLATION = 1008;

/** RFC 6455 s.7.4.1: a message is too large. */
const TOO_LARGE = 1009;

/** Bounds what a WebSocket client sends in a second, and what it leaves unread. */
export interface SocketTraffic {
  /** Resolves when the text has left, so that a client that reads slowly is sent slowly. */
  send(text: string): Promise<void>;
  /** Tells whether a message may be handled. If not, the connection is being closed. */
  mayHandle(): boolean;
  /** Counts an operation that was refused like several messages: it takes as long. */
  noteRefusal(): void;
}

/** Watches the traffic of a connection. Pings and pongs count like messages. */
export function boundTraffic(
  socket: WebSocket,
  limits: Pick<Limits, 'socketBufferedBytes' | 'socketMessagesPerSecond' | 'socketRefusalMessages'>,
  log: Pick<FastifyBaseLogger, 'warn'>,
): SocketTraffic {
  let startMs = 0;
  let count = 0;
  let hasRefusals = false;

  function add(messages: number): void {
    const nowMs = Date.now();
    if (nowMs - startMs >= SECOND_MS) {
      startMs = nowMs;
      count = 0;
    }
    count += messages;
  }

  function mayHandle(): boolean {
    if (socket.readyState !== socket.OPEN) return false;
    if (isUnread(0)) return false;
    add(1);
    if (count <= limits.socketMessagesPerSecond) return true;
    log.warn('a WebSocket client sends too many messages');
    const words = `At most ${limits.socketMessagesPerSecond} messages a second are allowed`;
    const weight = `, and a refused operation counts as ${limits.socketRefusalMessages}`;
    socket.close(POLICY_VIOLATION, hasRefusals ? `${words}${weight}` : words);
    return false;
  }

  /** Cuts a client off that leaves too much unread. A close frame would wait behind it. */
  function isUnread(bytes: number): boolean {
    const waiting = socket.bufferedAmount;
    if (waiting === 0 || waiting + bytes <= limits.socketBufferedBytes) return false;
    log.warn({ bytes: waiting }, 'a WebSocket client does not read');
    socket.terminate();
    return true;
  }

  socket.on('ping', (data) => {
    if (mayHandle()) socket.pong(data);
  });
  socket.on('pong', mayHandle);
  return {
    mayHandle,
    noteRefusal() {
      hasRefusals = true;
      // One is the message itself.
      add(limits.socketRefusalMessages - 1);
    },
    send: (text) =>
      new Promise((resolve) => {
        if (socket.readyState !== socket.OPEN || isUnread(text.length)) resolve();
        // An error means that the connection is broken; its `close` follows.
        else socket.send(text, () => resolve());
      }),
  };
}

/** Gives a reason to the closes of the library. It closes with a code alone when a message breaks one of its bounds. */
export function explainCloses(
  socket: WebSocket,
  limits: Pick<Limits, 'socketMessageBytes' | 'socketMessageFragments'>,
): void {
  const reasons = new Map([
    [TOO_LARGE, `At most ${limits.socketMessageBytes} bytes a message are allowed`],
    [POLICY_VIOLATION, `At most ${limits.socketMessageFragments} fragments a message are allowed, in larger packets`],
  ]);
  const close = socket.close.bind(socket);
  socket.close = (code, reason) => close(code, reason ?? reasons.get(code ?? 0));
}
