import { expect, it } from 'vitest';
import { inputError } from '../../src/api/input.js';

// Aliases repeat a wrong argument, and a stack takes 25 µs.
it('makes the error of a wrong argument without a stack', () => {
  const { stack, extensions } = inputError('"first" must be from 1 to 100.');
  expect([stack, extensions]).toEqual(['GraphQLError: "first" must be from 1 to 100.', { code: 'BAD_USER_INPUT' }]);
});
