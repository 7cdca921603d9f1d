import { describe, expect, it } from 'vitest';
import { createExpiringMap } from '../../src/emulator/expiring-map.js';

function createMap(capacity = 2) {
  const clock = { nowMs: 0 };
  return { clock, map: createExpiringMap<number>({ capacity, lifetimeSeconds: 10, now: () => clock.nowMs }) };
}

describe('expiring map', () => {
  it('gives back what was put in', () => {
    const { map } = createMap();
    map.set('a', 1);
    expect(map.get('a')).toBe(1);
  });

  it('keeps an entry until just before its time', () => {
    const { map, clock } = createMap();
    map.set('a', 1);
    clock.nowMs = 9_999;
    expect(map.get('a')).toBe(1);
  });

  it('forgets an entry when its time has come', () => {
    const { map, clock } = createMap();
    map.set('a', 1);
    clock.nowMs = 10_000;
    expect(map.get('a')).toBeUndefined();
  });

  it('holds as many entries as it may', () => {
    const { map } = createMap(2);
    map.set('a', 1);
    map.set('b', 2);
    expect([map.get('a'), map.get('b')]).toEqual([1, 2]);
  });

  it('drops the oldest entry rather than hold one more', () => {
    const { map } = createMap(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 2, 3]);
  });

  it('drops nothing when an entry is replaced', () => {
    const { map } = createMap(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('b', 3);
    expect([map.get('a'), map.get('b')]).toEqual([1, 3]);
  });

  it('gives an entry once when it is taken', () => {
    const { map } = createMap();
    map.set('a', 1);
    expect([map.take('a'), map.take('a')]).toEqual([1, undefined]);
  });

  it('does not give an expired entry to a caller of take', () => {
    const { map, clock } = createMap();
    map.set('a', 1);
    clock.nowMs = 10_000;
    expect(map.take('a')).toBeUndefined();
  });
});
