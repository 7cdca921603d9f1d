import { setImmediate } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { WebSocket } from 'ws';
import type { LimitName, Limits } from '../../../config/limits.js';

const SECOND_MS = 1_000;
/** RFC 6455 s.7.4.1: a message violates the policy of the server. */
const POLICY_VIOLATION = 1008;

/** RFC 6455 s.7.4.1: a message is too large. */
const TOO_LARGE = 1009;

/** Bounds the messages that a WebSocket client sends in a second, and the bytes that it leaves unread. */
export interface SocketTraffic {
  /** Resolves when the text has left, so that a client that reads slowly is sent slowly. */
  send(text: string): Promise<void>;
  /** Returns whether a message may be handled. If not, the connection is being closed. */
  mayHandle(): boolean;
  /** Counts a refused operation as several messages, because it takes as long as several. */
  noteRefusal(): void;
}

export interface MessageCounts {
  /** Adds messages, and returns how many there were in this second. */
  add(of: unknown, messages: number): number;
}

export function countMessages(): MessageCounts {
  const counts = new Map<unknown, number>();
  let startMs = 0;
  return {
    add(of, messages) {
      const nowMs = Date.now();
      if (nowMs - startMs >= SECOND_MS) {
        startMs = nowMs;
        counts.clear();
      }
      const count = (counts.get(of) ?? 0) + messages;
      counts.set(of, count);
      return count;
    },
  };
}

type TrafficLimits = Pick<
  Limits,
  'socketBufferedBytes' | 'socketMessagesPerSecond' | 'callerMessagesPerSecond' | 'socketRefusalMessages'
>;

/** Watches the traffic of a connection. Pings and pongs count like messages. */
export function boundTraffic(
  socket: WebSocket,
  limits: TrafficLimits,
  options: {
    readonly counts: MessageCounts;
    /** Returns the name under which the caller is counted now. */
    holder(): string;
    readonly log: Pick<FastifyBaseLogger, 'warn'>;
    onLimit(name: LimitName): void;
  },
): SocketTraffic {
  const { counts, holder, log, onLimit } = options;
  const own = countMessages();
  /** Whether the client has sent nothing. Its caller is known after the first message, `connection_init`. */
  let isNew = true;
  let hasRefusals = false;
  /** Whether a check of what is unread is under way. */
  let isChecking = false;

  /** Returns the bound that these messages exceed. */
  function add(messages: number): 'socketMessagesPerSecond' | 'callerMessagesPerSecond' | undefined {
    // Otherwise anonymous clients of an address could keep callers with a token from connecting.
    const ofCaller = isNew ? 0 : counts.add(holder(), messages);
    isNew = false;
    if (own.add(socket, messages) > limits.socketMessagesPerSecond) return 'socketMessagesPerSecond';
    return ofCaller > limits.callerMessagesPerSecond ? 'callerMessagesPerSecond' : undefined;
  }

  function mayHandle(): boolean {
    if (socket.readyState !== socket.OPEN) return false;
    if (isBeyond(0) && !isChecking) void checkUnread();
    const beyond = add(1);
    if (!beyond) return true;
    log.warn('a WebSocket client sends too many messages');
    onLimit(beyond);
    const onAll = beyond === 'callerMessagesPerSecond' ? ' on all connections together' : '';
    const words = `At most ${limits[beyond]} messages a second are allowed${onAll}`;
    const weight = `, and a refused operation counts as ${limits.socketRefusalMessages}`;
    socket.close(POLICY_VIOLATION, hasRefusals ? `${words}${weight}` : words);
    return false;
  }

  function isBeyond(bytes: number): boolean {
    const waiting = socket.bufferedAmount;
    return waiting > 0 && waiting + bytes > limits.socketBufferedBytes;
  }

  /**
   * Cuts off a client that leaves too much unread. Waits for one turn of the event loop, in which data of this turn can leave.
   * Sends no close frame, because it would wait behind the unread data.
   */
  async function cutOffUnread(bytes: number): Promise<boolean> {
    await setImmediate();
    if (!isBeyond(bytes)) return false;
    if (socket.readyState === socket.OPEN) {
      log.warn({ bytes: socket.bufferedAmount }, 'a WebSocket client does not read');
      onLimit('socketBufferedBytes');
      socket.terminate();
    }
    return true;
  }

  async function sendIfRead(text: string): Promise<void> {
    if (!(await cutOffUnread(text.length))) await write(text);
  }

  function write(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve();
      // An error means that the connection is broken; its `close` follows.
      socket.send(text, () => resolve());
    });
  }

  async function checkUnread(): Promise<void> {
    isChecking = true;
    await cutOffUnread(0);
    isChecking = false;
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
    send: (text) => (isBeyond(text.length) ? sendIfRead(text) : write(text)),
  };
}

/** Adds a reason when the library closes a connection because of its own bounds. The library sends only a code. */
export function explainCloses(
  socket: WebSocket,
  limits: Pick<Limits, 'socketMessageBytes' | 'socketMessageFragments'>,
  onLimit: (name: LimitName) => void,
): void {
  const { socketMessageBytes, socketMessageFragments } = limits;
  const bounds = new Map<number | undefined, readonly [LimitName, reason: string]>([
    [TOO_LARGE, ['socketMessageBytes', `At most ${socketMessageBytes} bytes a message are allowed`]],
    [
      POLICY_VIOLATION,
      [
        'socketMessageFragments',
        `At most ${socketMessageFragments} fragments a message are allowed, in larger packets`,
      ],
    ],
  ]);
  const close = socket.close.bind(socket);
  socket.close = (code, reason) => {
    const [name, explanation] = (reason === undefined && bounds.get(code)) || [];
    if (name) onLimit(name);
    close(code, reason ?? explanation);
  };
}
