import { describe, expect, it } from 'vitest';
import { HeldKeys } from '../../../src/authentication/keys/held-keys.js';
import { isKeyOf, parseSigningKey, type SigningKey } from '../../../src/authentication/keys/signing-key.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { createKey, ids } from '../../support/tenant.js';

const TRUSTED_FOR_MS = AUTHENTICATION_LIMITS.signingKeySeconds.default * 1000;
const MOST_KEYS = AUTHENTICATION_LIMITS.heldSigningKeys.default;
const issuerOf = (tenantId: string) => `https://login.microsoftonline.com/${tenantId}/v2.0`;
const tenantOf = (tenantId: string) => ({ tenantId, issuer: issuerOf(tenantId) });
const work = tenantOf(ids.tenant);
const personal = tenantOf(ids.consumerTenant);

const { jwk } = createKey();
/** The same entry for another issuer. */
const keyFor = (issuer: string | undefined) => parseSigningKey({ ...jwk, kid: 'one-kid', issuer }, undefined);

function merge(held: HeldKeys, keys: readonly SigningKey[], ...unusableKids: string[]): void {
  held.merge({ keys, unusable: unusableKids.map((kid) => ({ kid, reason: 'any' })) });
}

function holding(...keys: SigningKey[]): HeldKeys {
  const held = new HeldKeys(() => 0);
  merge(held, keys);
  return held;
}

describe('a key is for', () => {
  it.each([
    ['the tenant it names', issuerOf(ids.tenant), work, true],
    ['no other tenant than that', issuerOf(ids.tenant), personal, false],
    ['every tenant by a template', issuerOf('{tenantid}'), work, true],
    ['not that of personal accounts by a template', issuerOf('{tenantid}'), personal, false],
    ['that of personal accounts when it names it', issuerOf(ids.consumerTenant), personal, true],
    ['every tenant when it names no issuer (v1.0)', undefined, work, true],
    ['no tenant of another cloud', 'https://login.microsoftonline.us/{tenantid}/v2.0', work, false],
    ['no issuer that differs in a slash', `${issuerOf('{tenantid}')}/`, work, false],
    ['no issuer that differs in case', issuerOf(ids.tenant).replace('login', 'LOGIN'), work, false],
    ['no issuer whose template names something else', issuerOf('{tenant}'), work, false],
  ])('%s', (_name, issuer, tenant, expected) => {
    expect(isKeyOf(keyFor(issuer), tenant)).toBe(expected);
  });
});

it('a key is trusted for a day after it was last seen', () => {
  const clock = { elapsedMs: 7 };
  const held = new HeldKeys(() => clock.elapsedMs);
  merge(held, [keyFor(undefined)]);
  clock.elapsedMs += TRUSTED_FOR_MS - 1;
  expect([held.find('one-kid')?.kid, held.count]).toEqual(['one-kid', 1]);
  clock.elapsedMs += 1;
  expect([held.find('one-kid'), held.count]).toEqual([undefined, 0]);
});

describe('of two keys with one kid', () => {
  const forWork = keyFor(issuerOf(ids.tenant));
  const forPersonal = keyFor(issuerOf(ids.consumerTenant));
  const forAll = keyFor(issuerOf('{tenantid}'));

  const manyKeys = (length: number) => Array.from({ length }, (_, index) => ({ ...forAll, kid: String(index) }));

  it('each tenant has its own, whatever their order', () => {
    for (const held of [holding(forWork, forPersonal), holding(forPersonal, forWork)]) {
      expect(held.find('one-kid', work)).toBe(forWork);
      expect(held.find('one-kid', personal)).toBe(forPersonal);
    }
  });

  it('the one that names the tenant goes before the one for all', () => {
    for (const held of [holding(forAll, forPersonal), holding(forPersonal, forAll)]) {
      expect(held.find('one-kid', work)).toBe(forAll);
      expect(held.find('one-kid', personal)).toBe(forPersonal);
    }
  });

  it('a third tenant finds one that is not for it', () => {
    const found = holding(forWork, forPersonal).find('one-kid', tenantOf(ids.otherTenant));
    expect(found && isKeyOf(found, tenantOf(ids.otherTenant))).toBe(false);
  });

  it('both count', () => {
    expect(holding(forWork, forPersonal).count).toBe(2);
  });

  it('only what the latest key set says of the kid holds', () => {
    const held = holding(forWork, forPersonal);
    merge(held, [forPersonal]);
    expect([held.find('one-kid', work), held.count]).toEqual([forPersonal, 1]);
  });

  it('each stays the same object when it is seen again', () => {
    const held = holding(forWork, forPersonal);
    merge(held, [{ ...forPersonal }, { ...forWork }]);
    expect(held.find('one-kid', work)).toBe(forWork);
    expect(held.find('one-kid', personal)).toBe(forPersonal);
  });

  it('a thousand are held', () => {
    const held = new HeldKeys(() => 0);
    merge(held, manyKeys(MOST_KEYS));
    expect([held.find('0')?.kid, held.count]).toEqual(['0', MOST_KEYS]);
  });

  it('the oldest is forgotten for one more', () => {
    const held = new HeldKeys(() => 0);
    merge(held, manyKeys(MOST_KEYS + 1));
    expect([held.find('0'), held.find('1')?.kid, held.count]).toEqual([undefined, '1', MOST_KEYS]);
  });

  it('the key of exactly that issuer goes before one whose template fits it as well', () => {
    for (const held of [holding(forAll, forWork), holding(forWork, forAll)]) {
      expect(held.find('one-kid', work)).toBe(forWork);
      expect(held.find('one-kid')).toBeDefined();
    }
  });

  it('both count among the thousand keys that are held', () => {
    const held = new HeldKeys(() => 0);
    merge(held, [
      { ...forWork, kid: 'oldest' },
      { ...forPersonal, kid: 'oldest' },
    ]);
    merge(held, manyKeys(MOST_KEYS - 1));
    expect([held.find('oldest'), held.count]).toEqual([undefined, MOST_KEYS - 1]);
  });
});

describe('a held key is', () => {
  const held = () => holding(keyFor(undefined));
  const other = { ...keyFor(undefined), kid: 'other-kid' };

  it('kept when a key set does not have its kid', () => {
    const keys = held();
    merge(keys, [other]);
    expect([keys.find('one-kid')?.kid, keys.count]).toEqual(['one-kid', 2]);
  });

  it('forgotten when a key set has its kid without a usable key', () => {
    const keys = held();
    merge(keys, [other], 'one-kid');
    expect([keys.find('one-kid'), keys.count]).toEqual([undefined, 1]);
  });

  it('kept, the same object, when a key set has its kid also for another issuer, where it is not usable', () => {
    const key = keyFor(undefined);
    const keys = holding(key);
    merge(keys, [{ ...key }], 'one-kid');
    expect(keys.find('one-kid')).toBe(key);
  });

  it('kept when another kid has no usable key', () => {
    const keys = held();
    merge(keys, [other], 'third-kid');
    expect(keys.count).toBe(2);
  });
});
