import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createStateLog } from '../../../src/http/health/health.js';
import { PartlyReadyError } from '../../../src/http/health/readiness.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

function watched() {
  const lines: unknown[] = [];
  const log = {
    info: (_fields: unknown, text?: string) => lines.push(text),
    warn: (_fields: unknown, text?: string) => lines.push(text),
  };
  return { note: createStateLog(log), lines };
}
const missing = new Error('not fetched yet');

it('a dependency that is ready within five seconds of the first question is not logged', () => {
  const { note, lines } = watched();
  note('signing keys', missing);
  vi.advanceTimersByTime(4_999);
  note('signing keys', missing);
  note('signing keys');
  expect(lines).toEqual([]);
});

it('one that is still not ready after five seconds is logged, and again each minute', () => {
  const { note, lines } = watched();
  note('signing keys', missing);
  for (let second = 0; second < 70; second += 1) {
    vi.advanceTimersByTime(1_000);
    note('signing keys', missing);
  }
  expect(lines).toEqual(['not ready', 'not ready']);
  note('signing keys');
  expect(lines.at(-1)).toBe('ready again');
});

it('one that was ready is logged at once, from the first moment', () => {
  const { note, lines } = watched();
  note('database');
  note('database', missing);
  expect(lines).toEqual(['not ready']);
});

it('one that is there in part is logged as that', () => {
  const { note, lines } = watched();
  note('signing keys');
  note('signing keys', new PartlyReadyError('no keys of one authority'), true);
  expect(lines).toEqual(['ready in part: in service without the rest']);
});

it('one that may be missing for a time is logged at once, and again when the time is over', () => {
  const { note, lines } = watched();
  note('database');
  for (let second = 0; second < 3; second += 1) note('database', missing, true);
  for (let second = 0; second < 3; second += 1) note('database', missing);
  note('database');
  expect(lines).toEqual(['not ready: in service without it for a time', 'not ready', 'ready again']);
});
