import { describe, expect, it, vi } from 'vitest';
import { UNKNOWN_KEY_COOL_DOWN_MS } from '../../../src/authentication/keys/authority-keys.js';
import { TRUSTED_FOR_MS } from '../../../src/authentication/keys/held-keys.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { AccessTokenError } from '../../../src/authentication/refusals/access-token-error.js';
import { createCertifiedKey } from '../../support/network/certificate.js';
import { refusal } from '../../support/refusal.js';
import {
  addresses,
  createKey,
  createTenant,
  encodePart,
  type FakeResponse,
  type FakeTenant,
  ids,
  settle,
  signToken,
  v1Claims,
} from '../../support/tenant.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Documents fetched for one look: metadata and key set of each version. */
const LOOK = 4;
const otherKey = createKey();
const thirdKey = createKey();
const certified = await createCertifiedKey();

/** A token that is fresh at the tenant's present time. */
function freshToken(tenant: FakeTenant, key = tenant.key): string {
  const now = Math.floor(tenant.clock.nowMs / 1000);
  return tenant.signAccessToken({ key, claims: { iat: now, nbf: now, exp: now + 600 } });
}

/** Signs a token that is still valid after the next refresh. */
function longToken(tenant: FakeTenant): string {
  const now = Math.floor(tenant.clock.nowMs / 1000);
  return tenant.signAccessToken({ claims: { exp: now + 3 * 3600 } });
}

function breakProvider(tenant: FakeTenant): () => void {
  const { [addresses.v2Metadata]: v2, [addresses.v1Metadata]: v1 } = tenant.answers;
  tenant.answers[addresses.v2Metadata] = undefined;
  tenant.answers[addresses.v1Metadata] = undefined;
  return () => Object.assign(tenant.answers, { [addresses.v2Metadata]: v2, [addresses.v1Metadata]: v1 });
}

async function startedTenant() {
  const tenant = createTenant();
  const authentication = tenant.authentication();
  authentication.start();
  await settle();
  const codeOf = (accessToken: string) => refusal(authentication.verify(accessToken));
  return { tenant, authentication, codeOf, fetchesBefore: tenant.fetched.length };
}

describe('new keys', () => {
  it('a rollover: the first request with the new key succeeds', async () => {
    const { tenant, codeOf } = await startedTenant();
    tenant.keySets['2.0'].push(otherKey.jwk);
    expect(await codeOf(freshToken(tenant, otherKey))).toBe('accepted');
  });

  it('also while another refresh, begun before it, is under way', async () => {
    const { tenant, authentication, codeOf } = await startedTenant();
    const oldSet = [...tenant.keySets['2.0']];
    let answer = () => {};
    tenant.answers[addresses.v2Keys] = () =>
      new Promise((resolve) => {
        answer = () => resolve(Response.json({ keys: oldSet }));
      });
    authentication.start();
    await settle();
    tenant.keySets['2.0'].push(otherKey.jwk);
    const outcome = codeOf(freshToken(tenant, otherKey));
    tenant.answers[addresses.v2Keys] = () => Response.json({ keys: tenant.keySets['2.0'] });
    answer();
    expect(await outcome).toBe('accepted');
  });

  it('a key that the refresh under way brings needs no fetch of its own', async () => {
    const { tenant, authentication, codeOf, fetchesBefore } = await startedTenant();
    tenant.keySets['2.0'].push(otherKey.jwk);
    authentication.start();
    expect(await codeOf(freshToken(tenant, otherKey))).toBe('accepted');
    expect(tenant.fetched).toHaveLength(fetchesBefore + 4);
  });

  it('a refresh under way is waited for also in the minute after a refresh that found nothing', async () => {
    const { tenant, authentication, codeOf } = await startedTenant();
    await codeOf(freshToken(tenant, thirdKey));
    let answer = () => {};
    tenant.answers[addresses.v2Keys] = () =>
      new Promise((resolve) => {
        answer = () => resolve(Response.json({ keys: [otherKey.jwk] }));
      });
    authentication.start();
    await settle();
    const outcome = codeOf(freshToken(tenant, otherKey));
    answer();
    expect(await outcome).toBe('accepted');
  });

  it('a look for a key of one version brings those of the other', async () => {
    const { tenant, codeOf } = await startedTenant();
    tenant.keySets['1.0'].push(otherKey.jwk);
    await codeOf(freshToken(tenant, thirdKey));
    const fetches = tenant.fetched.length;
    const now = Math.floor(tenant.clock.nowMs / 1000);
    const claims = { ...v1Claims(), iat: now, nbf: now, exp: now + 600 };
    expect(await codeOf(signToken(otherKey, { typ: 'JWT', alg: 'RS256', kid: otherKey.kid }, claims))).toBe('accepted');
    expect(tenant.fetched).toHaveLength(fetches);
  });

  it('all keys replaced: new ones are found, old ones live on for a day', async () => {
    const { tenant, codeOf } = await startedTenant();
    tenant.keySets['2.0'] = [otherKey.jwk];
    expect(await codeOf(freshToken(tenant, otherKey))).toBe('accepted');
    expect(await codeOf(freshToken(tenant))).toBe('accepted');
  });

  it('a key that changes under its kid: the newer document counts', async () => {
    const { tenant, codeOf } = await startedTenant();
    tenant.keySets['2.0'] = [{ ...otherKey.jwk, kid: tenant.key.kid }];
    await tenant.advance(HOUR);
    expect(await codeOf(freshToken(tenant))).toBe('SIGNATURE_INVALID');
  });

  it('the background brings a new key without any request', async () => {
    const { tenant, codeOf } = await startedTenant();
    tenant.keySets['2.0'].push(otherKey.jwk);
    await tenant.advance(HOUR);
    const fetches = tenant.fetched.length;
    expect(await codeOf(freshToken(tenant, otherKey))).toBe('accepted');
    expect(tenant.fetched).toHaveLength(fetches);
  });
});

describe('old keys', () => {
  it.each([
    ['just under 24 h', TRUSTED_FOR_MS - MINUTE, 'accepted'],
    ['24 h', TRUSTED_FOR_MS, 'SIGNING_KEY_UNKNOWN'],
  ])('a key gone for %s', async (_name, goneForMs, code) => {
    const { tenant, codeOf } = await startedTenant();
    tenant.keySets['2.0'] = [otherKey.jwk];
    await tenant.advance(goneForMs);
    expect(await codeOf(freshToken(tenant))).toBe(code);
  });

  it('a key gone and back starts its day anew', async () => {
    const { tenant, codeOf } = await startedTenant();
    const withKey = tenant.keySets['2.0'];
    tenant.keySets['2.0'] = [otherKey.jwk];
    await tenant.advance(20 * HOUR);
    tenant.keySets['2.0'] = withKey;
    await tenant.advance(2 * HOUR);
    tenant.keySets['2.0'] = [otherKey.jwk];
    await tenant.advance(20 * HOUR);
    expect(await codeOf(freshToken(tenant))).toBe('accepted');
  });

  const unusable: [string, object][] = [
    ['for encryption', { use: 'enc' }],
    ['of another kind', { kty: 'EC' }],
    ['with a certificate of another key', { x5c: certified.jwk.x5c }],
    ['with its private members', { d: 'AQ' }],
    ['of another cloud', { cloud_instance_name: 'microsoftonline.us' }],
  ];
  it.each(unusable)('a key that was good and now is published %s is unknown at once', async (_name, change) => {
    const { tenant, codeOf } = await startedTenant();
    const accepted = longToken(tenant);
    expect(await codeOf(accepted)).toBe('accepted');
    tenant.keySets['2.0'] = [otherKey.jwk, { ...tenant.key.jwk, ...change }];
    await tenant.advance(HOUR);
    expect(await codeOf(accepted)).toBe('SIGNING_KEY_UNKNOWN');
    expect(await codeOf(freshToken(tenant))).toBe('SIGNING_KEY_UNKNOWN');
    expect(await codeOf(freshToken(tenant, otherKey))).toBe('accepted');
  });

  it('a key that was good and now shares its kid is unknown at once', async () => {
    const { tenant, codeOf } = await startedTenant();
    const accepted = longToken(tenant);
    expect(await codeOf(accepted)).toBe('accepted');
    tenant.keySets['2.0'] = [otherKey.jwk, tenant.key.jwk, { ...thirdKey.jwk, kid: tenant.key.kid }];
    await tenant.advance(HOUR);
    expect(await codeOf(accepted)).toBe('SIGNING_KEY_UNKNOWN');
  });

  it('a key that was unusable for a while is good again when it is published so', async () => {
    const { tenant, codeOf } = await startedTenant();
    const accepted = longToken(tenant);
    const good = tenant.keySets['2.0'];
    tenant.keySets['2.0'] = [otherKey.jwk, { ...tenant.key.jwk, use: 'enc' }];
    await tenant.advance(HOUR);
    tenant.keySets['2.0'] = good;
    await tenant.advance(HOUR);
    expect(await codeOf(accepted)).toBe('accepted');
  });

  it('a document without a usable key removes no key', async () => {
    const { tenant, codeOf } = await startedTenant();
    tenant.keySets['2.0'] = [{ ...tenant.key.jwk, use: 'enc' }];
    await tenant.advance(HOUR);
    expect(await codeOf(freshToken(tenant))).toBe('accepted');
  });

  it('more than a thousand keys are never held: the longest unseen go first', async () => {
    const { tenant, codeOf } = await startedTenant();
    for (let round = 0; round < 6; round += 1) {
      tenant.keySets['2.0'] = Array.from({ length: 199 }, (_, index) => ({
        ...otherKey.jwk,
        kid: `${round}-${index}`,
      }));
      await tenant.advance(HOUR);
    }
    expect(await codeOf(freshToken(tenant))).toBe('SIGNING_KEY_UNKNOWN');
    expect(await codeOf(freshToken(tenant, { ...otherKey, kid: '5-0' }))).toBe('accepted');
    expect(await codeOf(freshToken(tenant, { ...otherKey, kid: '1-0' }))).toBe('accepted');
  });

  it('the key sets of v1.0 and v2.0 are kept apart', async () => {
    const { tenant, codeOf } = await startedTenant();
    tenant.keySets['1.0'].push(otherKey.jwk);
    await tenant.advance(HOUR);
    expect(await codeOf(freshToken(tenant, otherKey))).toBe('SIGNING_KEY_UNKNOWN');
  });
});

describe('floods', () => {
  it('ten thousand unknown kids at once: one look at both key sets, good callers unharmed', async () => {
    const { tenant, codeOf, fetchesBefore } = await startedTenant();
    const [, payload, signature] = tenant.signAccessToken().split('.');
    const tokens = Array.from({ length: 10_000 }, (_, index) => {
      const header = encodePart({ typ: 'JWT', alg: 'RS256', kid: `unknown${index}` });
      return `${header}.${payload}.${signature}`;
    });
    const outcomes = Promise.all(tokens.map(codeOf));
    expect(await codeOf(freshToken(tenant))).toBe('accepted');
    expect(new Set(await outcomes)).toEqual(new Set(['SIGNING_KEY_UNKNOWN']));
    expect(tenant.fetched).toHaveLength(fetchesBefore + LOOK);
  });

  it('the next fetch for the same key comes a minute later, not before', async () => {
    const { tenant, codeOf, fetchesBefore } = await startedTenant();
    const unknown = () => codeOf(freshToken(tenant, thirdKey));
    await unknown();
    await tenant.advance(UNKNOWN_KEY_COOL_DOWN_MS - 1);
    await unknown();
    expect(tenant.fetched).toHaveLength(fetchesBefore + LOOK);
    await tenant.advance(1);
    await unknown();
    expect(tenant.fetched).toHaveLength(fetchesBefore + 2 * LOOK);
  });

  it('one that keeps coming is looked for more and more rarely, and still found once it is there', async () => {
    const { tenant, codeOf, fetchesBefore } = await startedTenant();
    const minutes = 30;
    for (let minute = 0; minute < minutes; minute += 1) {
      expect(await codeOf(freshToken(tenant, thirdKey))).toBe('SIGNING_KEY_UNKNOWN');
      await tenant.advance(UNKNOWN_KEY_COOL_DOWN_MS);
    }
    // At minutes 0, 1, 3, 6, 10, 15, 20 and 25.
    expect(tenant.fetched).toHaveLength(fetchesBefore + 8 * LOOK);
    tenant.keySets['2.0'].push(thirdKey.jwk);
    expect(await codeOf(freshToken(tenant, otherKey))).toBe('SIGNING_KEY_UNKNOWN');
    expect(await codeOf(freshToken(tenant, thirdKey))).toBe('accepted');
  });

  it('a key that anonymous clients asked for during its absence of ten hours is found within five minutes of its return', async () => {
    const { tenant, codeOf } = await startedTenant();
    for (let minute = 0; minute < 600; minute += 1) {
      await codeOf(freshToken(tenant, thirdKey));
      await tenant.advance(MINUTE);
    }
    tenant.keySets['2.0'].push(thirdKey.jwk);
    const codes: string[] = [];
    for (let minute = 0; minute <= 5; minute += 1) {
      codes.push(await codeOf(freshToken(tenant, thirdKey)));
      await tenant.advance(MINUTE);
    }
    expect(codes).toContain('accepted');
  });

  it('in the minute after a look, a key that was not found is refused from the header alone', async () => {
    const { tenant, codeOf } = await startedTenant();
    await codeOf(freshToken(tenant, thirdKey));
    const token = freshToken(tenant, thirdKey);
    const parse = vi.spyOn(JSON, 'parse');
    expect(await codeOf(token)).toBe('SIGNING_KEY_UNKNOWN');
    expect(parse).toHaveBeenCalledOnce();
    parse.mockRestore();
  });

  it('and its claims are read for the log, where they can be', async () => {
    const { tenant, authentication, codeOf } = await startedTenant();
    await codeOf(freshToken(tenant, otherKey));
    const detailsOf = async (token: string) => {
      const error: unknown = await authentication.verify(token).catch((refused: unknown) => refused);
      return error instanceof AccessTokenError ? error.details : undefined;
    };
    const token = freshToken(tenant, otherKey);
    const unreadable = token.replace(/\.[^.]+\./, '.eA.');
    expect(await detailsOf(token)).toMatchObject({
      kid: otherKey.kid,
      tid: ids.tenant,
      ver: '2.0',
      uti: 'tokenIdOfErin',
    });
    expect(await detailsOf(unreadable)).toEqual({ kid: otherKey.kid });
  });

  it('a refresh that failed does not count as one that found nothing', async () => {
    const { tenant, codeOf } = await startedTenant();
    const repair = breakProvider(tenant);
    expect(await codeOf(freshToken(tenant, thirdKey))).toBe('SIGNING_KEYS_UNAVAILABLE');
    repair();
    tenant.keySets['2.0'].push(thirdKey.jwk);
    await tenant.advance(UNKNOWN_KEY_COOL_DOWN_MS);
    expect(await codeOf(freshToken(tenant, thirdKey))).toBe('accepted');
  });

  it.each([
    ['aud', { aud: 'api://other' }],
    ['iss', { iss: 'https://evil.example/' }],
    ['exp', { iat: 1, nbf: 1, exp: 2 }],
    ['tid', { tid: '99999999-9999-4999-8999-999999999999' }],
  ])('a flood with a wrong %s: no fetch', async (_claim, claims) => {
    const { tenant, codeOf, fetchesBefore } = await startedTenant();
    for (let count = 0; count < 100; count += 1) {
      const token = tenant.signAccessToken({ header: { kid: `unknown${count}` }, claims });
      expect(await codeOf(token)).toBe('SIGNING_KEY_UNKNOWN');
      await tenant.advance(MINUTE / 4);
    }
    expect(tenant.fetched).toHaveLength(fetchesBefore);
  });

  it('the code of a token with an unknown key is the same, whatever others made us look for', async () => {
    const { tenant, codeOf } = await startedTenant();
    const token = tenant.signAccessToken({ header: { kid: 'unknown' }, claims: { aud: 'api://other' } });
    expect(await codeOf(token)).toBe('SIGNING_KEY_UNKNOWN');
    await codeOf(freshToken(tenant, thirdKey));
    expect(await codeOf(token)).toBe('SIGNING_KEY_UNKNOWN');
  });

  it('not even the first one, when nothing was fetched yet', async () => {
    const tenant = createTenant();
    const token = tenant.signAccessToken({ claims: { aud: 'api://other' } });
    expect(await refusal(tenant.authentication().verify(token))).toBe('AUDIENCE_MISMATCH');
    expect(tenant.fetched).toEqual([]);
  });

  it('a thousand first requests at once: one fetch of each document', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, () => refusal(authentication.verify(tenant.signAccessToken()))),
    );
    expect(new Set(outcomes)).toEqual(new Set(['accepted']));
    expect(tenant.fetched).toEqual([addresses.v2Metadata, addresses.v2Keys]);
  });
});

describe('outages', () => {
  it('down at the start: not ready, 503 with a time to try again, then it recovers alone', async () => {
    const tenant = createTenant();
    const repair = breakProvider(tenant);
    const authentication = tenant.authentication();
    authentication.start();
    await settle();
    expect(authentication.readiness().ready).toBe(false);
    await expect(authentication.verify(tenant.signAccessToken())).rejects.toMatchObject({
      code: 'SIGNING_KEYS_UNAVAILABLE',
      retryAfterSeconds: 1,
    });
    repair();
    await tenant.advance(MINUTE);
    expect(authentication.readiness().ready).toBe(true);
    expect(await refusal(authentication.verify(tenant.signAccessToken()))).toBe('accepted');
  });

  it('metadata and key set have five seconds together', async () => {
    const tenant = createTenant();
    const { body } = tenant.answers[addresses.v2Metadata] as FakeResponse;
    let answer = () => {};
    tenant.answers[addresses.v2Metadata] = () =>
      new Promise((resolve) => {
        answer = () => resolve(Response.json(body));
      });
    tenant.answers[addresses.v2Keys] = () => new Promise(() => {});
    tenant.authentication({ acceptV1Tokens: false }).start();
    await tenant.advance(3000);
    answer();
    await settle();
    expect(tenant.fetched).toContain(addresses.v2Keys);
    expect(tenant.timers.map(({ atMs }) => atMs - tenant.clock.nowMs)).toEqual([2000]);
  });

  it('requests during it do not hammer the provider', async () => {
    const tenant = createTenant();
    breakProvider(tenant);
    const authentication = tenant.authentication();
    for (let count = 0; count < 100; count += 1) {
      expect(await refusal(authentication.verify(tenant.signAccessToken()))).toBe('SIGNING_KEYS_UNAVAILABLE');
    }
    expect(tenant.fetched).toEqual([addresses.v2Metadata]);
  });

  it('attempts follow at growing distances, at most a minute apart', async () => {
    const tenant = createTenant();
    breakProvider(tenant);
    tenant.authentication({ acceptV1Tokens: false }).start();
    await settle();
    await tenant.advance(HOUR);
    const delays = () => tenant.timers.map(({ atMs }) => atMs - tenant.clock.nowMs);
    const before = tenant.fetched.length;
    expect([before, delays().length]).toEqual([65, 1]);
    await tenant.advance(delays()[0] ?? 0);
    await tenant.advance(AUTHENTICATION_LIMITS.keyRetrySeconds.default * 1000 - 1);
    expect(tenant.fetched).toHaveLength(before + 1);
    await tenant.advance(1);
    expect(tenant.fetched).toHaveLength(before + 2);
  });

  it('when timers are asleep, a request fetches once the time has come', async () => {
    const tenant = createTenant();
    const repair = breakProvider(tenant);
    const authentication = tenant.authentication({ schedule: () => () => {} });
    expect(await refusal(authentication.verify(tenant.signAccessToken()))).toBe('SIGNING_KEYS_UNAVAILABLE');
    repair();
    tenant.clock.nowMs += 2000;
    expect(await refusal(authentication.verify(tenant.signAccessToken()))).toBe('accepted');
  });

  it('one document missing is an outage of that version alone', async () => {
    const tenant = createTenant();
    tenant.answers[addresses.v1Metadata] = undefined;
    const authentication = tenant.authentication();
    authentication.start();
    await settle();
    expect(await refusal(authentication.verify(tenant.signAccessToken()))).toBe('accepted');
    expect(authentication.readiness()).toMatchObject({ ready: false, detail: expect.stringContaining('v1.0: no') });
  });

  it('less than a day: tokens are still accepted', async () => {
    const { tenant, authentication, codeOf } = await startedTenant();
    breakProvider(tenant);
    await tenant.advance(6 * HOUR);
    expect(await codeOf(freshToken(tenant))).toBe('accepted');
    expect(authentication.readiness().ready).toBe(true);
  });

  it('more than a day: 503, never 401', async () => {
    const { tenant, authentication, codeOf } = await startedTenant();
    breakProvider(tenant);
    await tenant.advance(25 * HOUR);
    expect(await codeOf(freshToken(tenant))).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(authentication.readiness().ready).toBe(false);
  });

  it('the error says which token failed', async () => {
    const { tenant, authentication } = await startedTenant();
    breakProvider(tenant);
    await tenant.advance(25 * HOUR);
    const details = { tid: ids.tenant, ver: '2.0', aud: ids.api, uti: 'tokenIdOfErin' };
    for (const key of [tenant.key, otherKey]) {
      const outcome = authentication.verify(freshToken(tenant, key));
      await expect(outcome).rejects.toMatchObject({ details: { kid: key.kid, ...details } });
    }
  });

  it('more than a day: other faults of a token are named, and its key is not judged', async () => {
    const { tenant, authentication, codeOf } = await startedTenant();
    breakProvider(tenant);
    const forAnotherApi = tenant.signAccessToken({ claims: { aud: 'api://other' } });
    await tenant.advance(25 * HOUR);
    expect(await codeOf(forAnotherApi)).toBe('AUDIENCE_MISMATCH');
    const { code, checks } = await authentication.explain(forAnotherApi);
    expect({ code, kid: checks.find(({ check }) => check === 'kid')?.passed }).toEqual({
      code: 'AUDIENCE_MISMATCH',
      kid: true,
    });
  });

  it('a new key during an outage may be genuine: 503, never 401', async () => {
    const { tenant, codeOf } = await startedTenant();
    breakProvider(tenant);
    expect(await codeOf(freshToken(tenant, otherKey))).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(await codeOf(freshToken(tenant, otherKey))).toBe('SIGNING_KEYS_UNAVAILABLE');
  });

  it('while it lasts, the time to try again is the one of the next attempt', async () => {
    const tenant = createTenant();
    breakProvider(tenant);
    const authentication = tenant.authentication({ acceptV1Tokens: false, random: () => 0.5 });
    authentication.start();
    await settle();
    for (let seconds = 1; seconds < 32; seconds *= 2) await tenant.advance(seconds * 1000);
    await expect(authentication.verify(tenant.signAccessToken())).rejects.toMatchObject({
      name: 'SigningKeysUnavailableError',
      message: 'The signing keys of the identity provider are not available',
      retryAfterSeconds: 32,
    });
  });

  it('the log tells how many keys were read, and which are not used', async () => {
    const tenant = createTenant();
    tenant.keySets['2.0'].push({ ...otherKey.jwk, use: 'enc' });
    await tenant.authentication().verify(tenant.signAccessToken());
    expect(tenant.log).toEqual([
      {
        level: 'warn',
        fields: { version: '2.0', kid: otherKey.kid, reason: 'use is not "sig"' },
        message: 'signing key not used',
      },
      { level: 'info', fields: { version: '2.0', keys: 1, unusable: 1 }, message: 'signing keys refreshed' },
    ]);
  });

  it('the log tells of ten keys that are not used, and how many there are', async () => {
    const tenant = createTenant();
    const unusable = Array.from({ length: 11 }, (_, index) => ({ ...otherKey.jwk, kid: `k${index}`, use: 'enc' }));
    tenant.keySets['2.0'].push(...unusable);
    await tenant.authentication().verify(tenant.signAccessToken());
    expect(tenant.log.filter(({ message }) => message === 'signing key not used')).toHaveLength(10);
    expect(tenant.log.at(-1)?.fields).toEqual({ version: '2.0', keys: 1, unusable: 11 });
  });

  it('the log says why no key is usable', async () => {
    const tenant = createTenant();
    tenant.keySets['2.0'] = [{ ...otherKey.jwk, use: 'enc' }];
    await refusal(tenant.authentication().verify(tenant.signAccessToken()));
    const reason = `no usable key (kid ${otherKey.kid}: use is not "sig")`;
    expect(tenant.log.map(({ fields }) => fields)).toEqual([
      { version: '2.0', address: addresses.v2Keys, reason, hint: expect.stringContaining('ENTRA_INSTANCE') },
    ]);
  });

  it('the log names the address and the reason', async () => {
    const tenant = createTenant();
    breakProvider(tenant);
    await refusal(tenant.authentication().verify(tenant.signAccessToken()));
    expect(tenant.log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        fields: {
          version: '2.0',
          address: addresses.v2Metadata,
          reason: 'connect ECONNREFUSED',
          hint: expect.stringContaining('firewall'),
        },
        message: 'signing keys could not be fetched',
      }),
    );
  });
});

describe('bad documents', () => {
  const badKeySets: [string, unknown][] = [
    ['null', null],
    ['[]', []],
    ['{}', {}],
    ['no keys', { keys: [] }],
    ['keys that are not an array', { keys: {} }],
    ['keys of null', { keys: [null] }],
    ['201 keys', { keys: Array.from({ length: 201 }, (_, index) => ({ ...otherKey.jwk, kid: `k${index}` })) }],
    ['no usable key', { keys: [{ ...otherKey.jwk, use: 'enc' }] }],
    ['an HTML page', '<!doctype html><title>Sign in to the proxy</title>'],
    ['nothing', ''],
    ['cut JSON', '{"keys":[{"kty":"RSA"'],
    ['a byte order mark', '\ufeff{"keys":[]}'],
  ];

  it.each(badKeySets)('%s at the start is an outage', async (_name, body) => {
    const tenant = createTenant();
    tenant.answers[addresses.v2Keys] = { body };
    expect(await refusal(tenant.authentication().verify(tenant.signAccessToken()))).toBe('SIGNING_KEYS_UNAVAILABLE');
  });

  it.each(badKeySets)('%s never replaces good keys', async (_name, body) => {
    const { tenant, codeOf } = await startedTenant();
    tenant.answers[addresses.v2Keys] = { body };
    await tenant.advance(3 * HOUR);
    expect(await codeOf(freshToken(tenant))).toBe('accepted');
  });

  it.each([500, 503, 404, 204, 302])('status %i', async (status) => {
    const tenant = createTenant();
    tenant.answers[addresses.v2Metadata] = () =>
      new Response(null, { status, headers: { location: 'https://evil.example' } });
    expect(await refusal(tenant.authentication().verify(tenant.signAccessToken()))).toBe('SIGNING_KEYS_UNAVAILABLE');
    expect(tenant.fetched).toEqual([addresses.v2Metadata]);
  });

  it('one bad entry does not spoil the others', async () => {
    const tenant = createTenant();
    tenant.keySets['2.0'] = [null, 'text', { kid: 7 }, ...tenant.keySets['2.0']];
    expect(await refusal(tenant.authentication().verify(tenant.signAccessToken()))).toBe('accepted');
  });

  it('a large key set is read', async () => {
    const tenant = createTenant();
    const others = Array.from({ length: 199 }, (_, index) => ({ ...otherKey.jwk, kid: `k${index}` }));
    tenant.keySets['2.0'] = [...others, tenant.key.jwk];
    expect(await refusal(tenant.authentication().verify(tenant.signAccessToken()))).toBe('accepted');
  });
});

describe('background', () => {
  it.each(['no-store', 'max-age=31536000', 'max-age=1'])('Cache-Control %s changes nothing', async (header) => {
    const { tenant, fetchesBefore } = await startedTenant();
    tenant.answers[addresses.v2Keys] = () =>
      Response.json({ keys: tenant.keySets['2.0'] }, { headers: { 'cache-control': header } });
    await tenant.advance(HOUR);
    await tenant.advance(HOUR - 1);
    expect(tenant.fetched).toHaveLength(fetchesBefore + 4);
  });

  it.each([
    [0, 54 * MINUTE],
    [1, 66 * MINUTE],
  ])('the hour is spread: random %f', async (random, delayMs) => {
    const tenant = createTenant();
    tenant.authentication({ random: () => random, acceptV1Tokens: false }).start();
    await settle();
    expect(tenant.timers.map(({ atMs }) => atMs - tenant.clock.nowMs)).toEqual([delayMs]);
  });

  it('closing stops the timers, and no late answer sets a new one', async () => {
    const { tenant, authentication } = await startedTenant();
    authentication.start();
    authentication.close();
    await settle();
    expect(tenant.timers).toEqual([]);
  });

  it('a fetch that ends because the server ends is not a failure in the log', async () => {
    const { tenant, authentication } = await startedTenant();
    breakProvider(tenant);
    authentication.start();
    authentication.close();
    await settle();
    expect(tenant.log.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('one timer for each version, however often it is started', async () => {
    const { tenant, authentication } = await startedTenant();
    authentication.start();
    await settle();
    authentication.start();
    await settle();
    expect(tenant.timers).toHaveLength(2);
  });
});
