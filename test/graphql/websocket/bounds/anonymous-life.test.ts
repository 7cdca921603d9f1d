import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../../../src/config/limits.js';
import { watchAnonymous } from '../../../../src/graphql/websocket/bounds/anonymous-life.js';

const IDLE_MS = defaultLimits.anonymousIdleSeconds * 1000;
const LIFE_MS = defaultLimits.anonymousSocketSeconds * 1000;

describe('a connection without a token', () => {
  const end = vi.fn();
  let running = 0;
  let lastOperationMs = 0;
  let stop: () => void;
  beforeEach(() => {
    vi.useFakeTimers();
    end.mockReset();
    running = 0;
    lastOperationMs = 0;
    stop = watchAnonymous({
      limits: defaultLimits,
      countOperations: () => running,
      lastOperationMs: () => lastOperationMs,
      end,
    });
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  /** Asks now and is answered before the next look. */
  const ask = () => {
    lastOperationMs = Date.now();
  };

  it('ends when nothing is asked for anonymousIdleSeconds', () => {
    vi.advanceTimersByTime(IDLE_MS - 1);
    expect(end).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(end).toHaveBeenCalledWith({ code: 1013, reason: expect.stringContaining('is idle 10 s') });
  });

  it('stays while it asks again and again, however short the answers take', () => {
    for (let ms = 0; ms < LIFE_MS - IDLE_MS; ms += IDLE_MS - 1) {
      ask();
      vi.advanceTimersByTime(IDLE_MS - 1);
    }
    expect(end).not.toHaveBeenCalled();
  });

  it('stays while an operation runs, and ends after anonymousSocketSeconds all the same', () => {
    running = 1;
    vi.advanceTimersByTime(LIFE_MS - 1);
    expect(end).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(end).toHaveBeenCalledWith({ code: 1013, reason: expect.stringContaining('lasts 60 s') });
  });
});
