import { describe, expect, it } from 'vitest';
import { createDescribeLimit } from '../../src/config/limit-error.js';
import { defaultLimits } from '../../src/config/limits.js';
import { createCallerPlaces, holderOf, type LeavePlace } from '../../src/graphql/caller-places.js';
import { atFabrikam, callerOf } from '../support/callers.js';

const limits = { ...defaultLimits, callerOperations: 2 };
const arrange = () => createCallerPlaces('callerOperations', limits, createDescribeLimit(limits, true));
const request = { ip: '192.0.2.1', ips: [] };

/** Takes a place that has to be free. */
function take(places: ReturnType<typeof arrange>, holder: string): LeavePlace {
  const leave = places.take(holder);
  if (typeof leave !== 'function') throw new Error(leave.message);
  return leave;
}

describe('places of callers', () => {
  it('are as many for each caller as the limit says', () => {
    const places = arrange();
    take(places, 'one');
    take(places, 'one');
    take(places, 'other');
    expect(places.take('one')).toEqual({
      message:
        'The number of operations of one caller under way is 3. At most 2 operations are allowed. The setting LIMIT_CALLER_OPERATIONS raises it.',
      extensions: {
        code: 'RATE_LIMITED',
        limit: { name: 'callerOperations', maximum: 2, asked: 3, setting: 'LIMIT_CALLER_OPERATIONS' },
      },
    });
    expect(typeof places.take('other')).toBe('function');
  });

  it('are free again once given back, and giving one back twice frees one', () => {
    const places = arrange();
    const first = take(places, 'one');
    take(places, 'one');
    first();
    first();
    take(places, 'one');
    expect(typeof places.take('one')).toBe('object');
  });

  it('that are refused take nothing', () => {
    const places = arrange();
    const taken = [take(places, 'one'), take(places, 'one')];
    for (let count = 0; count < 100; count += 1) places.take('one');
    for (const leave of taken) leave();
    expect(places.holders()).toBe(0);
  });

  it('leave nothing behind, however many callers come and go', () => {
    const places = arrange();
    const all = Array.from({ length: 10_000 }, (_, index) => take(places, `caller ${index}`));
    expect(places.holders()).toBe(10_000);
    for (const leave of all) leave();
    expect(places.holders()).toBe(0);
  });
});

describe('a holder of places', () => {
  it('is the caller of the tenant, whatever the token and the address', () => {
    const erin = callerOf('erin');
    const name = holderOf(erin, request);
    expect(holderOf({ ...erin, clientId: 'another' }, { ip: '198.51.100.1', ips: [] })).toBe(name);
    expect(holderOf(atFabrikam(erin), request)).not.toBe(name);
    expect(holderOf(callerOf('mia'), request)).not.toBe(name);
  });

  it('is the address of an anonymous client, in one form', () => {
    const forms = ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1:443'].map((ip) => holderOf(undefined, { ip, ips: [] }));
    expect(new Set(forms)).toEqual(new Set(['192.0.2.1']));
    const network = ['2001:db8::1', '[2001:db8::2]:443', '2001:DB8:0:0:ffff::3'];
    expect(new Set(network.map((ip) => holderOf(undefined, { ip, ips: [] }))).size).toBe(1);
  });
});
