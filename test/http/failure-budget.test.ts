import { describe, expect, it } from 'vitest';
import { AccessTokenError, SignatureNotCheckedError } from '../../src/authentication/refusals/access-token-error.js';
import { createDescribeLimit } from '../../src/config/limit-error.js';
import { defaultLimits } from '../../src/config/limits.js';
import { createFailureLimit } from '../../src/http/failure-limit.js';

const FAILURES = 3;
const CHECKS = 5;
const limits = { ...defaultLimits, signatureChecksPerSecond: CHECKS };
const NONE = { secondsToWait: 0, usedUpForSeconds: 0 };
const forged = new AccessTokenError('SIGNATURE_INVALID');
const expired = (isGenuine: boolean | undefined) =>
  new AccessTokenError('TOKEN_EXPIRED').withGenuineness(() => isGenuine);

function create(failuresPerMinute = FAILURES) {
  const clock = { nowMs: 1_800_000_000_000 };
  const describeLimit = createDescribeLimit(limits, true);
  const limit = createFailureLimit({ failuresPerMinute, limits, describeLimit, now: () => clock.nowMs });
  const refuse = (error: unknown, times = 1) => Array.from({ length: times }, () => limit.refuse('one', error)).at(-1);
  /** Whether each of so many new tokens gets its signature checked. */
  const checks = (times: number) =>
    Array.from({ length: times }, () => limit.begin('one').mayCheckSignature?.() ?? 'unbounded');
  return { clock, limit, refuse, checks };
}

describe('refused tokens of an address', () => {
  it('are answered by what is wrong with them up to the limit, then 429 to the end of the minute', () => {
    const { clock, limit, refuse } = create();
    expect(refuse(forged, FAILURES - 1)).toEqual(NONE);
    expect(limit.isOver('one')).toBe(false);
    clock.nowMs += 10_000;
    expect(refuse(forged)).toEqual({ secondsToWait: 0, usedUpForSeconds: 50 });
    expect(limit.isOver('one')).toBe(true);
    expect(refuse(forged)).toEqual({ secondsToWait: 50, usedUpForSeconds: 0 });
    expect([limit.isOver('other'), limit.refuse('other', forged)]).toEqual([false, NONE]);
    clock.nowMs += 50_000;
    expect(limit.isOver('one')).toBe(false);
    expect(refuse(forged)).toEqual(NONE);
  });

  it('are not counted for longer when the clock is set back', () => {
    const { clock, limit, refuse } = create();
    refuse(forged, FAILURES);
    clock.nowMs -= 86_400_000;
    expect(limit.isOver('one')).toBe(false);
  });

  it('are not counted when they are expired and not known to be forged', () => {
    const { limit, refuse } = create();
    expect(refuse(expired(true), 100)).toEqual(NONE);
    expect(refuse(expired(undefined), 100)).toEqual(NONE);
    expect(limit.isOver('one')).toBe(false);
  });

  it('are counted when they are expired and forged, as far as signatures may be checked', () => {
    const { limit, refuse } = create();
    expect(refuse(expired(false), FAILURES)).toMatchObject({ usedUpForSeconds: 60 });
    expect(limit.isOver('one')).toBe(true);
    expect(refuse(expired(false))).toEqual({ secondsToWait: 60, usedUpForSeconds: 0 });
    expect(refuse(expired(true))).toEqual(NONE);
    expect(refuse(expired(true))).toMatchObject({ secondsToWait: 1, error: { extensions: { code: 'RATE_LIMITED' } } });
  });

  it('count as nothing when they are expired and their signature may not be checked', () => {
    const { limit, refuse } = create(FAILURES + CHECKS);
    expect(refuse(expired(false), 100)).toEqual(NONE);
    expect(limit.isOver('one')).toBe(false);
  });

  it('are not failures of the client when the keys cannot be had', () => {
    const { limit, refuse } = create();
    expect(refuse(new Error('no keys'), FAILURES)).toEqual(NONE);
    expect(limit.isOver('one')).toBe(false);
  });

  it('are not counted when the limit is turned off', () => {
    const { limit, refuse, checks } = create(0);
    expect(refuse(forged, 100)).toEqual(NONE);
    expect([limit.isOver('one'), ...checks(1)]).toEqual([false, 'unbounded']);
  });
});

describe('signatures of new tokens', () => {
  it('are checked without a bound while the address is within the limit', () => {
    const { refuse, checks } = create();
    refuse(forged, FAILURES - 1);
    expect(new Set(checks(100))).toEqual(new Set(['unbounded']));
  });

  it('are checked so many times a second beyond it, evenly', () => {
    const { clock, refuse, checks } = create();
    refuse(forged, FAILURES);
    expect(checks(CHECKS + 1)).toEqual([true, true, true, true, true, false]);
    clock.nowMs += 1000 / CHECKS - 1;
    expect(checks(1)).toEqual([false]);
    clock.nowMs += 1;
    expect(checks(2)).toEqual([true, false]);
    clock.nowMs += 10_000;
    expect(checks(CHECKS + 1)).toEqual([true, true, true, true, true, false]);
  });

  it('are not checked more often because the clock is set back or a new minute begins', () => {
    const { clock, refuse, checks } = create();
    refuse(forged, FAILURES);
    checks(CHECKS);
    clock.nowMs -= 5_000;
    refuse(forged, FAILURES);
    expect(checks(1)).toEqual([false]);
  });

  it('that were not checked are 429 with the bound, which no setting raises', () => {
    expect(create().refuse(new SignatureNotCheckedError())).toEqual({
      secondsToWait: 1,
      usedUpForSeconds: 0,
      error: {
        message: expect.stringMatching(
          /At most 5 signatures a second are allowed\. Try again later, with fewer requests at a time\.$/,
        ),
        extensions: {
          code: 'RATE_LIMITED',
          limit: { name: 'signatureChecksPerSecond', maximum: CHECKS },
        },
      },
    });
  });
});

it('so many addresses are remembered, and the one that failed longest ago is forgotten first', () => {
  const few = { ...limits, failingAddresses: 2 };
  const limit = createFailureLimit({
    failuresPerMinute: 1,
    limits: few,
    describeLimit: createDescribeLimit(few, true),
  });
  for (const address of ['one', 'two']) limit.refuse(address, forged);
  expect([limit.isOver('one'), limit.isOver('two')]).toEqual([true, true]);
  limit.refuse('three', forged);
  expect([limit.isOver('one'), limit.isOver('two'), limit.isOver('three')]).toEqual([false, true, true]);
});
