import { describe, expect, it } from 'vitest';
import { LOOK_WINDOW_MS, MAX_LOOKS } from '../../../src/authentication/keys/look-budget.js';
import { refusal } from '../../support/refusal.js';
import { addresses, createKey, createTenant, type FakeKey, settle } from '../../support/tenant.js';

const DAY = 24 * 3_600_000;
/** Documents fetched for one look: metadata and key set of each version. */
const LOOK = 4;
const newKey = createKey();

async function startedTenant() {
  const tenant = createTenant();
  const authentication = tenant.authentication();
  authentication.start();
  await settle();
  /** A token of the present, with all else right. */
  const tokenOf = (key: FakeKey, claims: object = {}) => {
    const now = Math.floor(tenant.clock.nowMs / 1000);
    return tenant.signAccessToken({ key, claims: { iat: now, nbf: now, exp: now + 600, ...claims } });
  };
  const codeOf = (key: FakeKey, source?: string) => refusal(authentication.verify(tokenOf(key), { source }));
  /** Sends the made-up key ids of an attacker, each from another address. */
  const useUpLooks = async () => {
    for (let index = 0; index < MAX_LOOKS; index += 1) {
      await codeOf({ ...newKey, kid: `made-up-${index}-${tenant.clock.nowMs}` }, `attacker${index}`);
    }
  };
  return { tenant, authentication, tokenOf, codeOf, useUpLooks, fetchesBefore: tenant.fetched.length };
}

/** Holds the next answer with the key set back, as it was when it was asked for. */
function holdKeySet(tenant: ReturnType<typeof createTenant>) {
  let release = () => {};
  const usual = tenant.answers[addresses.v2Keys];
  const keys = [...tenant.keySets['2.0']];
  tenant.answers[addresses.v2Keys] = () => {
    tenant.answers[addresses.v2Keys] = usual;
    return new Promise((resolve) => {
      release = () => resolve(Response.json({ keys }));
    });
  };
  return () => release();
}

describe('a new key that was not announced', () => {
  it('is 503 with a time to try again while the looks are used up, then its token is accepted', async () => {
    const { tenant, authentication, tokenOf, codeOf, useUpLooks } = await startedTenant();
    await useUpLooks();
    tenant.keySets['2.0'].push(newKey.jwk);
    await tenant.advance(10_000);
    const fetches = tenant.fetched.length;
    for (let time = 0; time < 3; time += 1) {
      await expect(authentication.verify(tokenOf(newKey), { source: 'good' })).rejects.toMatchObject({
        code: 'SIGNING_KEYS_UNAVAILABLE',
        retryAfterSeconds: 50,
        details: { kid: newKey.kid },
      });
    }
    expect(tenant.fetched).toHaveLength(fetches);
    await tenant.advance(50_000);
    expect(await codeOf(newKey, 'good')).toBe('accepted');
  });

  it('is found by the look of another, which costs no further fetch', async () => {
    const { tenant, codeOf } = await startedTenant();
    tenant.keySets['2.0'].push(newKey.jwk);
    await codeOf(createKey(), 'attacker');
    const fetches = tenant.fetched.length;
    expect(await codeOf(newKey, 'good')).toBe('accepted');
    expect(tenant.fetched).toHaveLength(fetches);
  });

  it('is accepted though a look that began before it was published is under way', async () => {
    const { tenant, codeOf } = await startedTenant();
    const release = holdKeySet(tenant);
    const attack = codeOf(createKey(), 'attacker');
    await settle();
    tenant.keySets['2.0'].push(newKey.jwk);
    const good = [codeOf(newKey, 'good'), codeOf(newKey, 'another')];
    release();
    expect(await attack).toBe('SIGNING_KEY_UNKNOWN');
    expect(await Promise.all(good)).toEqual(['accepted', 'accepted']);
  });

  it('is 503 and not 401 when the look under way ends without it and no other is allowed', async () => {
    const { tenant, codeOf, useUpLooks } = await startedTenant();
    await useUpLooks();
    const release = holdKeySet(tenant);
    const { answers } = tenant;
    expect(answers[addresses.v2Keys]).toBeDefined();
    await tenant.advance(LOOK_WINDOW_MS);
    const attack = codeOf({ ...newKey, kid: 'made-up' }, 'attacker');
    await settle();
    tenant.keySets['2.0'].push(newKey.jwk);
    const good = codeOf(newKey, 'attacker');
    release();
    expect(await attack).toBe('SIGNING_KEY_UNKNOWN');
    expect(await good).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(await codeOf(newKey, 'good')).toBe('accepted');
  });

  it.each([
    ['aud', { aud: 'api://other' }],
    ['exp', { iat: 1, nbf: 1, exp: 2 }],
    ['iss', { iss: 'https://evil.example/' }],
    ['tid', { tid: '99999999-9999-4999-8999-999999999999' }],
  ])('is 401 while the looks are used up when its %s is wrong too', async (_claim, claims) => {
    const { authentication, tokenOf, useUpLooks } = await startedTenant();
    await useUpLooks();
    const outcome = refusal(authentication.verify(tokenOf(newKey, claims), { source: 'good' }));
    expect(await outcome).toBe('SIGNING_KEY_UNKNOWN');
  });
});

describe('a key that is looked for and not there', () => {
  it('is 401, and 401 again within the minute without another look', async () => {
    const { tenant, codeOf, fetchesBefore } = await startedTenant();
    expect([await codeOf(newKey, 'one'), await codeOf(newKey, 'one'), await codeOf(newKey, 'two')]).toEqual([
      'SIGNING_KEY_UNKNOWN',
      'SIGNING_KEY_UNKNOWN',
      'SIGNING_KEY_UNKNOWN',
    ]);
    expect(tenant.fetched).toHaveLength(fetchesBefore + LOOK);
  });

  it('is 401 also while the looks are used up', async () => {
    const { codeOf, useUpLooks } = await startedTenant();
    await codeOf(newKey, 'one');
    await useUpLooks();
    expect(await codeOf(newKey, 'one')).toBe('SIGNING_KEY_UNKNOWN');
  });
});

describe('the looks', () => {
  it('of one source are one a minute, however many keys it makes up', async () => {
    const { tenant, codeOf, fetchesBefore } = await startedTenant();
    const codes: string[] = [];
    for (let index = 0; index < 100; index += 1)
      codes.push(await codeOf({ ...newKey, kid: `kid${index}` }, 'attacker'));
    expect(tenant.fetched).toHaveLength(fetchesBefore + LOOK);
    expect(codes[0]).toBe('SIGNING_KEY_UNKNOWN');
    expect(new Set(codes.slice(1))).toEqual(new Set(['SIGNING_KEYS_UNAVAILABLE']));
    tenant.keySets['2.0'].push(newKey.jwk);
    expect(await codeOf(newKey, 'good')).toBe('accepted');
  });

  it('of a thousand sources are five a minute', async () => {
    const { tenant, codeOf, fetchesBefore } = await startedTenant();
    for (let index = 0; index < 1000; index += 1) await codeOf({ ...newKey, kid: `kid${index}` }, `source${index}`);
    expect(tenant.fetched).toHaveLength(fetchesBefore + MAX_LOOKS * LOOK);
  });

  it('count by the source of a request, and a known token needs none', async () => {
    const { tenant, authentication, tokenOf } = await startedTenant();
    const request = (key: FakeKey) => ({ rawHeaders: ['Authorization', `Bearer ${tokenOf(key)}`] });
    const from = { source: 'one' };
    expect(await refusal(authentication.authenticate(request(createKey()), from))).toBe('SIGNING_KEY_UNKNOWN');
    expect(await refusal(authentication.authenticate(request(newKey), from))).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(await refusal(authentication.authenticate(request(tenant.key), from))).toBe('accepted');
    expect(await refusal(authentication.authenticate(request(newKey)))).toBe('SIGNING_KEY_UNKNOWN');
  });
});

describe('a clock that is set back a day', () => {
  it.each([
    ['leaves keys known', [-DAY]],
    ['and then put right leaves keys known', [-DAY, DAY]],
    ['twice leaves keys known', [-DAY, -DAY, 2 * DAY]],
  ])('%s', async (_name, steps) => {
    const { tenant, codeOf, useUpLooks } = await startedTenant();
    for (const step of steps) {
      tenant.clock.nowMs += step;
      await useUpLooks();
      expect(await codeOf(tenant.key, 'good')).toBe('accepted');
    }
  });

  it('lets new keys be found', async () => {
    const { tenant, codeOf, useUpLooks } = await startedTenant();
    await useUpLooks();
    tenant.keySets['2.0'].push(newKey.jwk);
    tenant.clock.nowMs -= DAY;
    await codeOf(tenant.key);
    tenant.clock.nowMs += LOOK_WINDOW_MS;
    expect(await codeOf(newKey, 'good')).toBe('accepted');
  });
});
