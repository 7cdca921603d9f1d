import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../../src/config/limits.js';
import { createDependencyReadiness, PartlyReadyError } from '../../../src/http/health/readiness.js';

const GRACE_MS = 10_000;

/** A dependency whose next checks go as `next` says, and a clock. */
function arrange(graceMs: number | undefined = GRACE_MS) {
  const dependency = { next: 'ready' as 'ready' | 'missing' | 'silent' };
  const check = async () => {
    if (dependency.next === 'missing') throw new Error('missing');
    if (dependency.next === 'silent') await new Promise(() => undefined);
  };
  const clock = { ms: 0 };
  const judge = createDependencyReadiness({ check, graceMs }, () => clock.ms);
  return { dependency, clock, state: async () => (await judge()).state };
}

describe('a dependency', () => {
  it('that is ready again in time never makes the server unready, however often it is missing', async () => {
    const { dependency, clock, state } = arrange();
    for (let outage = 0; outage < 5; outage += 1) {
      dependency.next = 'ready';
      expect(await state()).toBe('ready');
      dependency.next = 'missing';
      expect(await state()).toBe('degraded');
      clock.ms += GRACE_MS - 1;
      expect(await state()).toBe('degraded');
    }
  });

  it('that is missing for longer makes the server unready until it is back', async () => {
    const { dependency, clock, state } = arrange();
    await state();
    dependency.next = 'missing';
    await state();
    clock.ms += GRACE_MS;
    expect(await state()).toBe('unavailable');
    dependency.next = 'ready';
    expect(await state()).toBe('ready');
  });

  it('has its time from the first check that misses it, not from the last one that did not', async () => {
    const { dependency, clock, state } = arrange();
    await state();
    clock.ms += 60_000;
    dependency.next = 'missing';
    expect(await state()).toBe('degraded');
  });

  it('that was never ready has no such time', async () => {
    const { dependency, state } = arrange();
    dependency.next = 'missing';
    expect(await state()).toBe('unavailable');
  });

  it('that is there in part leaves the server in service for as long', async () => {
    const rejecting = () => Promise.reject(new PartlyReadyError('no keys of one authority'));
    const judge = createDependencyReadiness({ check: rejecting }, () => 0);
    expect(await judge()).toMatchObject({ state: 'degraded' });
  });

  it.each([0, undefined])('with a time of %s is needed at once', async (graceMs) => {
    const { dependency, state } = arrange(graceMs ?? 0);
    await state();
    dependency.next = 'missing';
    expect(await state()).toBe('unavailable');
  });
});

describe('a dependency that does not answer', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  it('is missing after half a second, before a probe gives up', async () => {
    const { dependency, state } = arrange();
    await state();
    dependency.next = 'silent';
    let settled: string | undefined;
    void state().then((found) => {
      settled = found;
    });
    await vi.advanceTimersByTimeAsync(LIMITS.readinessAnswerMs.default - 1);
    expect(settled).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toBe('degraded');
  });

  it('is waited for after its time, as one without such a time', async () => {
    const { dependency, clock, state } = arrange();
    await state();
    dependency.next = 'silent';
    const first = state();
    await vi.advanceTimersByTimeAsync(LIMITS.readinessAnswerMs.default);
    await first;
    clock.ms += GRACE_MS;
    let settled: string | undefined;
    void state().then((found) => {
      settled = found;
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(settled).toBeUndefined();
  });
});
