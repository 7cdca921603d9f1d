import { describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { defaultLimits } from '../../../../src/config/limits.js';
import { boundTraffic, countMessages } from '../../../../src/graphql/websocket/bounds/socket-traffic.js';

/** A connection to a client that has left so many bytes unread. */
function socketWith(bufferedAmount: number, counts = countMessages(), holder = () => 'erin') {
  const socket = {
    readyState: 1,
    OPEN: 1,
    bufferedAmount,
    on: vi.fn(),
    close: vi.fn(),
    terminate: vi.fn(),
    send: vi.fn((_text: string, done: () => void) => done()),
  };
  const onLimit = vi.fn();
  const options = { counts, holder, log: { warn: vi.fn() }, onLimit };
  const traffic = boundTraffic(socket as unknown as WebSocket, defaultLimits, options);
  return { socket, traffic, limitsHit: () => onLimit.mock.calls.flat() };
}

describe('a text for a client that leaves things unread', () => {
  it.each([
    ['that fits is sent', 0, 'sent'],
    ['that is one byte longer cuts it off', 1, 'cut off'],
  ])('%s', async (_name, more, outcome) => {
    const text = 'x'.repeat(100);
    const { socket, traffic, limitsHit } = socketWith(defaultLimits.socketBufferedBytes - text.length + more);
    await traffic.send(text);
    const calls = [socket.send.mock.calls.length, socket.terminate.mock.calls.length];
    expect(calls).toEqual(outcome === 'sent' ? [1, 0] : [0, 1]);
    expect(limitsHit()).toEqual(outcome === 'sent' ? [] : ['socketBufferedBytes']);
  });
});

describe('operations that are refused', () => {
  const { socketMessagesPerSecond, socketRefusalMessages } = defaultLimits;
  const most = socketMessagesPerSecond / socketRefusalMessages;

  /** Sends so many operations within one second. Each is refused. */
  function refuse(count: number) {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { socket, traffic, limitsHit } = socketWith(0);
    const handled = Array.from({ length: count }, () => {
      const isHandled = traffic.mayHandle();
      if (isHandled) traffic.noteRefusal();
      return isHandled;
    });
    vi.useRealTimers();
    return { handled: handled.filter(Boolean).length, closes: socket.close.mock.calls, limitsHit: limitsHit() };
  }

  it('count as five messages each: a hundred a second are answered', () => {
    expect(refuse(most)).toEqual({ handled: most, closes: [], limitsHit: [] });
  });

  it('close the connection with the next one', () => {
    const words = `At most ${socketMessagesPerSecond} messages a second are allowed, and a refused operation counts as ${socketRefusalMessages}`;
    expect(refuse(most + 1)).toEqual({
      handled: most,
      closes: [[1008, words]],
      limitsHit: ['socketMessagesPerSecond'],
    });
  });
});

describe('messages on many connections of one caller', () => {
  const { socketMessagesPerSecond, callerMessagesPerSecond } = defaultLimits;

  /** Sends as many messages as a connection may, on each of so many connections, within one second. */
  function send(connections: number, holderOf: (connection: number) => string) {
    vi.useFakeTimers({ toFake: ['Date'] });
    const counts = countMessages();
    const sockets = Array.from({ length: connections }, (_, at) => socketWith(0, counts, () => holderOf(at)));
    // The first message of a connection does not count.
    for (const { traffic } of sockets) traffic.mayHandle();
    vi.setSystemTime(Date.now() + 1_000);
    for (const { traffic } of sockets) {
      for (let sent = 0; sent < socketMessagesPerSecond; sent += 1) traffic.mayHandle();
    }
    vi.useRealTimers();
    return sockets.map(({ limitsHit }) => limitsHit()[0]);
  }

  const full = callerMessagesPerSecond / socketMessagesPerSecond;

  it('are handled up to the bound of the caller, and the connection with one more is closed', () => {
    const handled = Array.from({ length: full }, () => undefined);
    expect(send(full + 1, () => 'erin')).toEqual([...handled, 'callerMessagesPerSecond']);
  });

  it('do not keep a new connection of the same address from sending its token', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const counts = countMessages();
    counts.add('an address', callerMessagesPerSecond);
    let holder = 'an address';
    const { traffic, limitsHit } = socketWith(0, counts, () => holder);
    expect(traffic.mayHandle()).toBe(true);
    holder = 'erin';
    expect([traffic.mayHandle(), limitsHit()]).toEqual([true, []]);
    const anonymous = socketWith(0, counts, () => 'an address');
    expect([anonymous.traffic.mayHandle(), anonymous.traffic.mayHandle()]).toEqual([true, false]);
    vi.useRealTimers();
  });

  it('of several callers do not count together', () => {
    expect(send(2 * full, (at) => `caller ${at % 2}`)).toEqual(Array.from({ length: 2 * full }, () => undefined));
  });
});
