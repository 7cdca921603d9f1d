import { expect, it } from 'vitest';
import { Forgeries } from '../../../src/authentication/token/forgeries.js';

const forged = true;
const good = false;

function after(...outcomes: readonly (readonly [boolean, number])[]): boolean {
  const forgeries = new Forgeries();
  for (const [outcome, times] of outcomes) for (let count = 0; count < times; count += 1) forgeries.add(outcome);
  return forgeries.areFrequent;
}

it.each<[string, boolean, (readonly [boolean, number])[]]>([
  ['none', false, []],
  ['nineteen', false, [[forged, 19]]],
  ['twenty', true, [[forged, 20]]],
  [
    'twenty after many good ones',
    true,
    [
      [good, 1000],
      [forged, 20],
    ],
  ],
  [
    'twenty-one and a good one',
    false,
    [
      [forged, 21],
      [good, 1],
    ],
  ],
  [
    'twenty-two and a good one',
    true,
    [
      [forged, 22],
      [good, 1],
    ],
  ],
  [
    'a flood and forty good ones',
    true,
    [
      [forged, 10_000],
      [good, 40],
    ],
  ],
  [
    'a flood and forty-one good ones',
    false,
    [
      [forged, 10_000],
      [good, 41],
    ],
  ],
])('%s: frequent? %s', (_name, expected, outcomes) => {
  expect(after(...outcomes)).toBe(expected);
});
