import { expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { shorten } from '../../../src/graphql/apollo/bounded-errors.js';

it('a message as long as is allowed stays whole, and one character more is cut', () => {
  const most = defaultLimits.errorMessageLength;
  const longest = 'x'.repeat(most);
  expect(shorten(longest, most)).toBe(longest);
  expect(shorten(`${longest}x`, most)).toBe(`${longest.slice(1)}…`);
});
