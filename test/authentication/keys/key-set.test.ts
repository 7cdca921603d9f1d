import { describe, expect, it } from 'vitest';
import { describeError } from '../../../src/authentication/authentication-logger.js';
import { readKeySet } from '../../../src/authentication/keys/key-set.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { createKey } from '../../support/tenant.js';

const metadata = { issuer: 'https://issuer.example', jwksUri: 'https://keys.example', cloudInstanceName: undefined };

it('usable keys, and what is wrong with the others', async () => {
  const good = createKey();
  const entries = [good.jwk, { ...createKey().jwk, kid: 'weak', e: 'AQ' }, { kty: 'RSA' }, null];
  const { keys, unusable } = await readKeySet(metadata, async () => ({ keys: entries }));
  expect(keys.map(({ kid }) => kid)).toEqual([good.kid]);
  expect(unusable.map(({ kid }) => kid)).toEqual(['weak', '(none)', '(none)']);
});

it.each([
  ['the same issuer', 'https://issuer.example/a', 'https://issuer.example/a', 0],
  ['no issuer', undefined, undefined, 0],
  ['an issuer each', 'https://issuer.example/a', 'https://issuer.example/b', 2],
  ['an issuer and none', 'https://issuer.example/a', undefined, 2],
])('two entries with one kid are used where their issuers differ: %s', async (_name, one, other, count) => {
  const kid = 'one-kid';
  const { jwk } = createKey();
  const entries = [jwk, { ...jwk, kid, issuer: one }, { ...jwk, kid, issuer: other }];
  const { keys, unusable } = await readKeySet(metadata, async () => ({ keys: entries }));
  expect(keys.filter((key) => key.kid === kid)).toHaveLength(count);
  expect(unusable).toHaveLength(2 - count);
});

it.each([
  ['as long as a book', 'x'.repeat(10_000)],
  ['that begins with another', `${'x'.repeat(128)}y`],
  ['of two words', 'two words'],
  ['with a new line', 'a\nline'],
  ['without a character', ''],
])('a kid %s is invalid and is not repeated', async (_name, kid) => {
  const { jwk } = createKey();
  const { unusable } = await readKeySet(metadata, async () => ({ keys: [jwk, { ...jwk, kid }] }));
  expect(unusable).toEqual([{ kid: '(malformed)', reason: 'no usable kid' }]);
});

it.each([
  [{}, 'no array of keys'],
  [{ keys: 'x' }, 'no array of keys'],
  [{ keys: Array(AUTHENTICATION_LIMITS.signingKeys.default + 1).fill({}) }, 'more than 200 keys'],
  [{ keys: [] }, 'no usable key'],
])('no key set: %.40j', async (document, reason) => {
  await expect(readKeySet(metadata, async () => document)).rejects.toMatchObject({
    name: 'DocumentError',
    message: `https://keys.example: ${reason}`,
    address: 'https://keys.example',
    reason,
  });
});

it('as many entries as are allowed are read', async () => {
  const { jwk, kid } = createKey();
  const entries = [jwk, ...Array(AUTHENTICATION_LIMITS.signingKeys.default - 1).fill({})];
  expect((await readKeySet(metadata, async () => ({ keys: entries }))).keys.map((key) => key.kid)).toEqual([kid]);
});

describe('a key set without a usable key says why', () => {
  const { jwk } = createKey();
  const reasonFor = async (entries: unknown[]) => {
    const error: unknown = await readKeySet(metadata, async () => ({ keys: entries })).catch(
      (failed: unknown) => failed,
    );
    return describeError(error).reason;
  };
  const unusable = (length: number) => Array.from({ length }, (_, index) => ({ ...jwk, kid: `k${index}`, d: 'AQ' }));

  it('names the fault of each key by its kid', async () => {
    const entries = [{ ...jwk, kid: 'one', use: 'enc' }, { ...jwk, kid: 'two words' }, null];
    expect(await reasonFor(entries)).toBe(
      'no usable key (kid one: use is not "sig"; kid (malformed): no usable kid; kid (none): no usable kid)',
    );
  });

  it('names as many faults as it may', async () => {
    expect(await reasonFor(unusable(AUTHENTICATION_LIMITS.toldKeys.default))).toMatch(
      /; kid k9: private key in the open\)$/,
    );
  });

  it('says how many more faults there are', async () => {
    const reason = await reasonFor(unusable(AUTHENTICATION_LIMITS.toldKeys.default + 1));
    expect(reason).toMatch(/; kid k9: private key in the open; and 1 more\)$/);
    expect(reason).not.toContain('k10');
  });
});

it('a bug is not taken for an unusable key', async () => {
  const entry = Object.defineProperty({ ...createKey().jwk }, 'use', {
    get() {
      throw new TypeError('a bug');
    },
  });
  const outcome = readKeySet(metadata, async () => ({ keys: [entry] }));
  await expect(outcome).rejects.toThrow(TypeError);
  expect(describeError(await outcome.catch((error: unknown) => error))).toEqual({ reason: 'TypeError: a bug' });
});
