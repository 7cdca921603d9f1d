import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOOK_WINDOW_MS, LookBudget } from '../../../src/authentication/keys/look-budget.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';

const MAX_LOOKS = AUTHENTICATION_LIMITS.keyLooks.default;

function create() {
  const clock = { elapsedMs: 0 };
  const budget = new LookBudget(() => clock.elapsedMs);
  /** Whether a source gets a look now. */
  const take = (source?: string) => {
    const isAllowed = budget.waitMs(source) === 0;
    if (isAllowed) budget.add(source);
    return isAllowed;
  };
  return { clock, budget, take };
}

describe('the looks for unknown keys', () => {
  it('are five a minute for all sources together', () => {
    const { clock, budget, take } = create();
    const sources = Array.from({ length: MAX_LOOKS + 1 }, (_, index) => `source${index}`);
    expect(sources.map(take)).toEqual([true, true, true, true, true, false]);
    clock.elapsedMs += 1000;
    expect(budget.waitMs('another')).toBe(LOOK_WINDOW_MS - 1000);
    clock.elapsedMs += LOOK_WINDOW_MS - 1001;
    expect(take('another')).toBe(false);
    clock.elapsedMs += 1;
    expect(take('another')).toBe(true);
  });

  it('are one a minute for a source', () => {
    const { clock, budget, take } = create();
    expect([take('one'), take('one'), take('other')]).toEqual([true, false, true]);
    expect(budget.waitMs('one')).toBe(LOOK_WINDOW_MS);
    clock.elapsedMs += LOOK_WINDOW_MS;
    expect(take('one')).toBe(true);
  });

  it('are given back to a source whose key was found, and count for all', () => {
    const { budget, take } = create();
    const giveBack = budget.add('one');
    expect(take('one')).toBe(false);
    giveBack();
    expect(['one', 'two', 'three', 'four', 'five'].map(take)).toEqual([true, true, true, true, false]);
  });

  it('are five a minute where sources are not known', () => {
    const { take } = create();
    expect([1, 2, 3, 4, 5, 6].map(() => take())).toEqual([true, true, true, true, true, false]);
  });

  it('never exceed five in any minute, nor one of a source, whatever comes', () => {
    const event = fc.record({
      afterMs: fc.nat({ max: 40_000 }),
      source: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { clock, take } = create();
        const looks: { atMs: number; source: string }[] = [];
        for (const { afterMs, source } of events) {
          clock.elapsedMs += afterMs;
          if (take(source)) looks.push({ atMs: clock.elapsedMs, source });
        }
        for (const { atMs } of looks) {
          const minute = looks.filter((look) => look.atMs >= atMs && look.atMs < atMs + LOOK_WINDOW_MS);
          expect(minute.length).toBeLessThanOrEqual(MAX_LOOKS);
          expect(new Set(minute.map(({ source }) => source)).size).toBe(minute.length);
        }
      }),
    );
  });
});
