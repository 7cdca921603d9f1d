import { describe, expect, it } from 'vitest';
import { UnknownKeys } from '../../../src/authentication/keys/unknown-keys.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';

const WAIT_MS = AUTHENTICATION_LIMITS.unknownKeySeconds.default * 1000;
const MOST_MISSES = AUTHENTICATION_LIMITS.unknownKeyMisses.default;
const MOST_KIDS = AUTHENTICATION_LIMITS.unknownKeys.default;

function create() {
  const clock = { elapsedMs: 7 };
  return { clock, kids: new UnknownKeys(WAIT_MS, () => clock.elapsedMs) };
}

describe('mayLookFor', () => {
  it('allows a look for a key that was never looked for', () => {
    expect(create().kids.mayLookFor('new')).toBe(true);
  });

  it.each([1, 2, MOST_MISSES])('allows a look for a key that was not found %i times after as many waits', (times) => {
    const { clock, kids } = create();
    for (let time = 0; time < times; time += 1) kids.addMiss('bad');
    clock.elapsedMs += times * WAIT_MS - 1;
    expect(kids.mayLookFor('bad')).toBe(false);
    clock.elapsedMs += 1;
    expect(kids.mayLookFor('bad')).toBe(true);
  });

  it.each([MOST_MISSES + 1, 100])('allows a look for a key that was not found %i times after five waits', (times) => {
    const { clock, kids } = create();
    for (let time = 0; time < times; time += 1) kids.addMiss('bad');
    clock.elapsedMs += MOST_MISSES * WAIT_MS - 1;
    expect(kids.mayLookFor('bad')).toBe(false);
    clock.elapsedMs += 1;
    expect(kids.mayLookFor('bad')).toBe(true);
  });

  it('allows a look for a key after misses of another one', () => {
    const { kids } = create();
    kids.addMiss('bad');
    expect(kids.mayLookFor('other')).toBe(true);
  });
});

describe('a thousand kids are remembered', () => {
  it('the one that was looked for longest ago is forgotten first', () => {
    const { kids } = create();
    for (let index = 0; index < MOST_KIDS; index += 1) kids.addMiss(`kid${index}`);
    expect(kids.mayLookFor('kid0')).toBe(false);
    kids.addMiss('kid0');
    kids.addMiss('one more');
    expect(kids.mayLookFor('kid0')).toBe(false);
    expect(kids.mayLookFor('kid1')).toBe(true);
    expect(kids.mayLookFor('kid2')).toBe(false);
  });
});

describe('the memory for kids is bounded', () => {
  const longest = (index: number) => `${index}`.padEnd(128, 'k');

  it('a thousand of the usual length fit in it', () => {
    const { kids } = create();
    for (let index = 0; index < MOST_KIDS; index += 1) kids.addMiss(`${index}`.padEnd(27, 'k'));
    expect(kids.mayLookFor('0'.padEnd(27, 'k'))).toBe(false);
  });

  it('longer ones replace those that were looked for longest ago', () => {
    const { kids } = create();
    for (let index = 0; index < MOST_KIDS; index += 1) kids.addMiss(longest(index));
    expect(kids.size).toBeLessThanOrEqual(AUTHENTICATION_LIMITS.unknownKeyBytes.default);
    expect(kids.mayLookFor(longest(0))).toBe(true);
    expect(kids.mayLookFor(longest(500))).toBe(false);
  });
});
