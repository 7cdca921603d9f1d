import { describe, expect, it } from 'vitest';
import { findNearest } from '../../../src/authentication/options/nearest-name.js';

const NAMES = ['audiences', 'allowedClients', 'allowedTenants', 'fetch'];

describe('a misspelt name is most like', () => {
  it.each([
    ['audience', 'audiences'],
    ['audiencess', 'audiences'],
    ['audeinces', 'audiences'],
    ['AUDIENCES', 'audiences'],
    ['allowedTenant', 'allowedTenants'],
    ['alowedClient', 'allowedClients'],
    ['fetsh', 'fetch'],
  ])('%s: %s', (name, nearest) => {
    expect(findNearest(name, NAMES)).toBe(nearest);
  });
});

it.each(['colour', 'x'.repeat(100), ''])('a name that is like none has no nearest: %s', (name) => {
  expect(findNearest(name, NAMES)).toBeUndefined();
});

it('the name with fewer changes is nearest, whatever the order of the names', () => {
  expect(findNearest('abcd', ['abxy', 'abcx'])).toBe('abcx');
  expect(findNearest('abcd', ['abcx', 'abxy'])).toBe('abcx');
});

it('a change counts the same wherever it is, and too many make another name', () => {
  expect(findNearest('abcde', ['xyzde'])).toBe('xyzde');
  expect(findNearest('abcde', ['wxyze'])).toBeUndefined();
  expect(findNearest('abcde', ['abcdefgh'])).toBe('abcdefgh');
  expect(findNearest('abcde', ['abcdefghi'])).toBeUndefined();
});

it('a name of the longest size is compared, a longer one is not', () => {
  expect(findNearest('x'.repeat(100), ['x'.repeat(99)])).toBe('x'.repeat(99));
  expect(findNearest('x'.repeat(101), ['x'.repeat(100)])).toBeUndefined();
});
