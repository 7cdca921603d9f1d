import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { closeLingering } from '../../../src/http/connections/lingering-close.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection whose client goes on sending after it was refused. */
function linger() {
  const socket = new Duplex({ read: () => undefined, write: (_part, _encoding, done) => done() });
  closeLingering(socket, defaultLimits);
  return socket;
}

describe('a refused client', () => {
  it('may send as much as is discarded, and is cut off for one more byte', () => {
    const socket = linger();
    socket.emit('data', Buffer.alloc(defaultLimits.lingerBytes));
    expect(socket.destroyed).toBe(false);
    socket.emit('data', Buffer.alloc(1));
    expect(socket.destroyed).toBe(true);
  });

  it('has its time to stop, and is cut off after it', () => {
    const socket = linger();
    vi.advanceTimersByTime(defaultLimits.lingerSeconds * 1000 - 1);
    expect(socket.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(socket.destroyed).toBe(true);
  });
});
