import { expect, it } from 'vitest';
import { checkOptions, object, objectWith, webAddress } from '../../../src/authentication/options/check-options.js';

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

it.each([
  ['https://api.example.com/a?b=c', true],
  ['http://[::1]:4000', true],
  ['https://api.example.com/a b', false],
  ['https://api.example.com/"', false],
  ['ftp://api.example.com', false],
  ['https://:1', false],
  [7, false],
])('the address %j fits: %s', (value, fits) => {
  expect(webAddress.fits(value)).toBe(fits);
});

it.each([
  [{}, true],
  [[], true],
  [null, false],
  ['text', false],
  [() => undefined, false],
])('%j is an object: %s', (value, fits) => {
  expect(object.fits(value)).toBe(fits);
});

it.each([
  ['pert', 'pert: no such option. Did you mean part? The options are part'],
  ['completely', 'completely: no such option. The options are part'],
])('the unknown option %s is refused, with the option that was probably meant', (name, message) => {
  expect(() => checkOptions({ [name]: {} }, { part: object })).toThrow(new TypeError(message));
});

it('an option without a default is refused by its name where it is left out', () => {
  expect(() => checkOptions({}, { part: object }, ['part'])).toThrow(new TypeError('part is required: an object'));
});
