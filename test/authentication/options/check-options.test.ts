import { expect, it } from 'vitest';
import { checkOptions, objectWith } from '../../../src/authentication/options/check-options.js';

it.each([
  [['check'], 'the function check'],
  [['check', 'isPublic'], 'the functions check and isPublic'],
  [['info', 'warn', 'error'], 'the functions info, warn and error'],
])('an object without the functions %j is refused by their names', (functions, listed) => {
  const check = () => checkOptions({ part: {} }, { part: objectWith(...functions) });
  expect(check).toThrow(new TypeError(`part must be an object with ${listed}`));
});

it('an object with all functions fits, inherited ones included', () => {
  const part = Object.assign(Object.create({ check: () => {} }), { isPublic: () => {} });
  expect(() => checkOptions({ part }, { part: objectWith('check', 'isPublic') })).not.toThrow();
});
