import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LOOK_SPACING_MS,
  LOOK_WINDOW_MS,
  LOOKS_AT_ONCE,
  LookBudget,
  MAX_LOOKS,
} from '../../../src/authentication/keys/look-budget.js';

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
  it('are two at once and then one in 15 seconds, five a minute for all sources together', () => {
    const { clock, budget, take } = create();
    const sources = Array.from({ length: LOOKS_AT_ONCE + 1 }, (_, index) => `source${index}`);
    expect(sources.map(take)).toEqual([true, true, false]);
    const looksAtMs: number[] = [];
    for (clock.elapsedMs = 1; clock.elapsedMs < LOOK_WINDOW_MS; clock.elapsedMs += 1) {
      if (take(`source at ${clock.elapsedMs}`)) looksAtMs.push(clock.elapsedMs);
    }
    expect(looksAtMs).toEqual([1, 2, 3].map((nth) => nth * LOOK_SPACING_MS));
    expect([LOOK_SPACING_MS, MAX_LOOKS, budget.waitMs('another')]).toEqual([15_000, 5, 0]);
  });

  it('are one a minute for a source', () => {
    const { clock, budget, take } = create();
    expect([take('one'), take('one'), take('other')]).toEqual([true, false, true]);
    expect(budget.waitMs('one')).toBe(LOOK_WINDOW_MS);
    clock.elapsedMs += LOOK_WINDOW_MS;
    expect(take('one')).toBe(true);
  });

  it('are given back to a source whose key was found, and count for all', () => {
    const { clock, budget, take } = create();
    const giveBack = budget.add('one');
    expect(take('one')).toBe(false);
    giveBack();
    expect([take('one'), take('other')]).toEqual([true, false]);
    clock.elapsedMs += LOOK_SPACING_MS;
    expect(budget.waitMs('one')).toBe(LOOK_WINDOW_MS - LOOK_SPACING_MS);
  });

  it('are as few where sources are not known', () => {
    const { clock, take } = create();
    expect([1, 2, 3].map(() => take())).toEqual([true, true, false]);
    clock.elapsedMs += LOOK_SPACING_MS;
    expect([take(), take()]).toEqual([true, false]);
  });

  it('are never further away than 15 seconds for a source that has had none, whatever others take', () => {
    const { clock, budget, take } = create();
    for (let nth = 0; nth < 10_000; nth += 1) {
      expect(budget.waitMs('good')).toBeLessThanOrEqual(LOOK_SPACING_MS);
      take(`attacker ${nth}`);
      clock.elapsedMs += 100;
    }
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
