import { expect, it } from 'vitest';
import { innermostError, messageOf } from '../../../src/authentication/fetch/innermost-error.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';

const inner = new Error(' what it was\n');
const middle = new RangeError('wrapping', { cause: inner });

it.each([
  ['an error without a cause', inner, inner],
  ['an error in an error in an error', new TypeError('fetch failed', { cause: middle }), inner],
  ['an error whose cause is not an error', new Error('x', { cause: 'text' }), new Error('x')],
  ['a value that is not an error', 'text', 'text'],
])('%s', (_what, error, expected) => {
  expect(innermostError(error)).toEqual(expected);
});

it('stops at an error that needs no cause', () => {
  const outer = new TypeError('fetch failed', { cause: middle });
  expect(innermostError(outer, (error) => error instanceof RangeError)).toBe(middle);
});

it('as many causes as are allowed are looked at, and not one more', () => {
  const wrapped = (times: number): Error =>
    times === 0 ? inner : new Error(`${times}`, { cause: wrapped(times - 1) });
  const most = AUTHENTICATION_LIMITS.errorCauses.default;
  expect(innermostError(wrapped(most))).toBe(inner);
  expect(innermostError(wrapped(most + 1))).toEqual(new Error('1'));
});

it('a circle of causes ends', () => {
  const circle = new Error('round');
  circle.cause = circle;
  expect(innermostError(circle)).toBe(circle);
});

it.each([
  ['in one line', inner, 'what it was'],
  ['of each address', new AggregateError([new Error('one'), new Error('two')]), 'one, two'],
  [
    'of OpenSSL',
    new Error('write EPROTO 80EC:error:0A:SSL routines:f:bad number:../deps/x.c:350:\n'),
    /^TLS .*: bad number$/,
  ],
  ['for a value that is not an error', 'text', 'failed'],
])('a message %s', (_what, error, message) => {
  expect(messageOf(error)).toMatch(message);
});
