import { LRUCache } from 'lru-cache';
import { describe, expect, it, vi } from 'vitest';
import { TRUSTED_FOR_MS } from '../../../src/authentication/keys/held-keys.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { OPTION_RANGES } from '../../../src/authentication/options/option-ranges.js';
import { VerifiedTokenCache } from '../../../src/authentication/token/verified-token-cache.js';
import { refusal } from '../../support/refusal.js';
import { createKey, createTenant, NOW, settle } from '../../support/tenant.js';

const HOUR = 3_600_000;

describe('a token seen before', () => {
  it('gives the very same caller, so that decisions can be kept with it', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken();
    const first = await authentication.verify(token);
    expect(await authentication.verify(token)).toBe(first);
    expect((await authentication.verify(tenant.signAccessToken({ claims: { uti: 'other' } }))).caller).not.toBe(
      first.caller,
    );
  });

  it('is refused once it has expired', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken({ claims: { exp: NOW + 10 } });
    await authentication.verify(token);
    tenant.clock.nowMs = (NOW + 69) * 1000;
    expect(await refusal(authentication.verify(token))).toBe('accepted');
    tenant.clock.nowMs = (NOW + 70) * 1000;
    expect(await refusal(authentication.verify(token))).toBe('TOKEN_EXPIRED');
  });

  it.each([
    ['nbf', { nbf: NOW, iat: NOW - 1000 }],
    ['iat', { nbf: NOW - 1000, iat: NOW }],
  ])('is refused when the clock is set back before its %s', async (_claim, claims) => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken({ claims });
    await authentication.verify(token);
    tenant.clock.nowMs = (NOW - 60) * 1000;
    expect(await refusal(authentication.verify(token))).toBe('accepted');
    tenant.clock.nowMs = (NOW - 61) * 1000;
    expect(await refusal(authentication.verify(token))).toBe('TOKEN_NOT_YET_VALID');
  });

  it.each([
    ['ends', { exp: NOW + 10 }, NOW + 69],
    ['begins', { nbf: NOW, iat: NOW - 1000 }, NOW - 60],
    ['was issued', { nbf: NOW - 1000, iat: NOW }, NOW - 60],
  ])('is known to the last second of the tolerance in which it %s', async (_moment, claims, seconds) => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken({ claims });
    const first = await authentication.verify(token);
    tenant.clock.nowMs = seconds * 1000;
    expect(await authentication.verify(token)).toBe(first);
  });

  it('is known where several keys share its kid', async () => {
    const tenant = createTenant();
    const { jwk } = tenant.key;
    const issuer = 'https://login.microsoftonline.com/{tenantid}/v2.0';
    tenant.keySets['2.0'] = [
      { ...createKey().jwk, kid: tenant.key.kid, issuer: `${issuer}/other` },
      { ...jwk, issuer },
    ];
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken();
    expect(await authentication.verify(token)).toBe(await authentication.verify(token));
  });

  it('is refused when its key is no longer trusted', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken({ claims: { exp: NOW + 25 * 3600 } });
    await authentication.verify(token);
    tenant.keySets['2.0'] = [createKey().jwk];
    await tenant.advance(TRUSTED_FOR_MS + HOUR);
    tenant.clock.nowMs = (NOW + 24 * 3600 + 3600) * 1000;
    expect(await refusal(authentication.verify(token))).toBe('SIGNING_KEY_UNKNOWN');
  });

  it('is refused when another key took the place of its own', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken({ claims: { exp: NOW + 2 * 3600 } });
    await authentication.verify(token);
    tenant.keySets['2.0'] = [{ ...createKey().jwk, kid: tenant.key.kid }];
    await tenant.advance(HOUR);
    expect(await refusal(authentication.verify(token))).toBe('SIGNATURE_INVALID');
  });

  it('survives a refresh that changes nothing', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken({ claims: { exp: NOW + 2 * 3600 } });
    const first = await authentication.verify(token);
    await tenant.advance(HOUR);
    expect(await authentication.verify(token)).toBe(first);
  });
});

describe('the estimated bytes of remembered tokens', () => {
  const bounds = { maxBytes: 1024 * 1024, clockToleranceSeconds: 60, now: () => NOW * 1000 };

  /** The estimate for one token with these roles. */
  async function sizeWith(roles: readonly string[], maxEntries = 1) {
    const cache = new VerifiedTokenCache({ maxEntries, ...bounds });
    const remember = vi.spyOn(VerifiedTokenCache.prototype, 'remember');
    const tenant = createTenant();
    const token = tenant.signAccessToken({ claims: { roles } });
    await tenant.authentication().verify(token);
    const [[, verification] = []] = remember.mock.calls;
    remember.mockRestore();
    if (verification) cache.remember(token, verification);
    return cache.size;
  }

  it('grow with the number and the length of the roles', async () => {
    const one = await sizeWith(['r'.repeat(100)]);
    expect(await sizeWith(['r'.repeat(200)])).toBe(one + 100);
    expect(await sizeWith(Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(100, 'r')))).toBeGreaterThan(
      one + 99 * 100,
    );
  });

  it('count two for each character of a role that is not Latin', async () => {
    const latin = await sizeWith(['r'.repeat(100)]);
    expect(await sizeWith([`${'r'.repeat(99)}€`])).toBe(latin + 100);
  });

  it('leave room for as many tokens as are remembered by default, and not for one more', async () => {
    const remember = vi.spyOn(VerifiedTokenCache.prototype, 'remember');
    const tenant = createTenant();
    await tenant.authentication().verify(tenant.signAccessToken());
    const [[, verification] = []] = remember.mock.calls;
    remember.mockRestore();
    if (!verification) throw new Error('nothing was remembered');
    const maxEntries = AUTHENTICATION_LIMITS.verifiedTokens.default;
    const maxBytes = AUTHENTICATION_LIMITS.verifiedTokenCacheBytes.default;
    const cache = new VerifiedTokenCache({ ...bounds, maxEntries, maxBytes });
    const token = (at: number) => `token.of.${String(at).padStart(20, '0')}`;
    for (let at = 0; at < maxEntries; at += 1) cache.remember(token(at), verification);
    expect(cache.find(token(0))).toBeDefined();
    cache.remember(token(maxEntries), verification);
    expect([0, 1, maxEntries].map((at) => cache.find(token(at)) !== undefined)).toEqual([true, false, true]);
  });

  it('are none where no token is remembered', async () => {
    expect(await sizeWith(['role'], 0)).toBe(0);
  });
});

describe('what is remembered', () => {
  it('no second spelling of an accepted token', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken();
    await authentication.verify(token);
    expect(await refusal(authentication.verify(`${token}=`))).toBe('TOKEN_ENCODING_INVALID');
  });

  it('no refusal: a token whose key comes later is accepted then', async () => {
    const tenant = createTenant();
    const [entry] = tenant.keySets['2.0'];
    tenant.keySets['2.0'] = [createKey().jwk];
    const authentication = tenant.authentication();
    authentication.start();
    await settle();
    const token = tenant.signAccessToken({ claims: { exp: NOW + 2 * 3600 } });
    expect(await refusal(authentication.verify(token))).toBe('SIGNING_KEY_UNKNOWN');
    tenant.keySets['2.0'].push(entry);
    await tenant.advance(HOUR);
    expect(await refusal(authentication.verify(token))).toBe('accepted');
  });

  it('as many tokens as configured, the latest used ones', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication({ verifiedTokenCacheSize: 4 });
    const tokens = Array.from({ length: 7 }, (_, index) => tenant.signAccessToken({ claims: { uti: `t${index}` } }));
    const [used = '', ...others] = tokens;
    const first = await authentication.verify(used);
    for (const other of others.slice(0, 3)) await authentication.verify(other);
    expect(await authentication.verify(used)).toBe(first);
    for (const other of others.slice(3, 4)) await authentication.verify(other);
    expect(await authentication.verify(used)).toBe(first);
    for (const other of others.slice(2)) await authentication.verify(other);
    expect(await authentication.verify(used)).not.toBe(first);
  });

  it('no more bytes than configured: tokens with many roles are fewer', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication({
      verifiedTokenCacheBytes: OPTION_RANGES.verifiedTokenCacheBytes[0],
    });
    const roles = Array.from({ length: 800 }, (_, index) => `role${index}`);
    const tokens = Array.from({ length: 40 }, (_, index) =>
      tenant.signAccessToken({ claims: { roles, uti: `t${index}` } }),
    );
    const [first = '', last = ''] = [tokens.at(0), tokens.at(-1)];
    const verified = await authentication.verify(first);
    expect(await authentication.verify(first)).toBe(verified);
    for (const token of tokens.slice(1)) await authentication.verify(token);
    expect(await authentication.verify(last)).toBe(await authentication.verify(last));
    expect(await authentication.verify(first)).not.toBe(verified);
  });

  it('others as well, while one is used all the time', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication({ verifiedTokenCacheSize: 4 });
    const [oldest = '', ...others] = ['a', 'b', 'c', 'd'].map((uti) => tenant.signAccessToken({ claims: { uti } }));
    const first = await authentication.verify(oldest);
    for (const other of others) await authentication.verify(other);
    for (const again of [others[1], others[1], others[1]]) await authentication.verify(again ?? '');
    expect(await authentication.verify(oldest)).toBe(first);
  });

  it('no token: neither as a key nor as a value', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    await authentication.verify(tenant.signAccessToken({ claims: { uti: 'first' } }));
    const token = tenant.signAccessToken();
    const sets = [vi.spyOn(Map.prototype, 'set'), vi.spyOn(LRUCache.prototype, 'set')];
    await authentication.verify(token);
    const calls = sets.map((set) => set.mock.calls);
    for (const set of sets) set.mockRestore();
    expect(calls.map(({ length }) => length > 0)).toEqual([true, true]);
    const kept = calls.flat().flatMap(([key, value]) => [String(key), JSON.stringify(value)]);
    // The header says nothing but which key it was.
    const [, payload = '', signature = ''] = token.split('.');
    for (const part of [payload, signature]) {
      expect(kept.filter((text) => text.includes(part.slice(-100)))).toEqual([]);
    }
  });

  it('nothing, when the size is zero', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication({ verifiedTokenCacheSize: 0 });
    const token = tenant.signAccessToken();
    expect(await authentication.verify(token)).not.toBe(await authentication.verify(token));
  });

  it('each token for itself, also where the signature is the same', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const token = tenant.signAccessToken();
    const [header, , signature] = token.split('.');
    const [, payload] = tenant.signAccessToken({ claims: { roles: ['Admin'] } }).split('.');
    const verified = await authentication.verify(token);
    expect(await refusal(authentication.verify(`${header}.${payload}.${signature}`))).toBe('SIGNATURE_INVALID');
    expect(await authentication.verify(token)).toBe(verified);
  });
});
