import { expect, it } from 'vitest';
import { LabelledCounter } from '../../../src/http/metrics/server-counts.js';

it('a tally begins with its labels and adds by one', () => {
  const tally = new LabelledCounter<string>(['A', 'B']);
  tally.add('B');
  tally.add('B');
  tally.add('C');
  expect(Object.fromEntries(tally.sums())).toEqual({ A: 0, B: 2, C: 1 });
});
