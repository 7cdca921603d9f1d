import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readClaims } from '../../../src/authentication/token/read-claims.js';
import { appOnlyClaims, createTenant, delegatedClaims, NOW } from '../../support/tenant.js';

const tenant = createTenant();
const authentication = tenant.authentication();
const callerWith = async (claims: Record<string, unknown>) =>
  (await authentication.verify(tenant.signAccessToken({ claims }))).caller;

describe('the claims of a caller', () => {
  it.each([
    ['a user', delegatedClaims({ groups: ['g1', 'g2'], extn: { employeeid: ['7'] } })],
    ['an application', { ...appOnlyClaims(), scp: undefined, name: undefined, preferred_username: undefined }],
  ])('are all of the token of %s', async (_who, claims) => {
    const { claims: read } = await callerWith(claims);
    expect(read).toEqual(JSON.parse(JSON.stringify(claims)));
  });

  it('say when and how the user signed in', async () => {
    const { claims } = await callerWith({ auth_time: NOW - 60, amr: ['pwd', 'mfa'], acr: '1' });
    const isFresh = claims.auth_time !== undefined && NOW - claims.auth_time < 300;
    expect([isFresh, claims.amr?.includes('mfa'), claims.acr]).toEqual([true, true, '1']);
  });

  it('are frozen deeply, because requests share them', async () => {
    const { claims } = await callerWith({ extn: { list: [{ name: 'x' }] }, roles: ['A'] });
    const reach = (value: unknown): unknown[] =>
      typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(reach)] : [];
    expect(reach(claims)).toHaveLength(5);
    expect(reach(claims).every((value) => Object.isFrozen(value))).toBe(true);
  });

  it('are not in a caller that is serialised, printed or copied', async () => {
    const caller = await callerWith({ name: 'Marker Name' });
    expect(caller.claims.name).toBe('Marker Name');
    for (const shown of [JSON.stringify(caller), inspect(caller, { depth: 9 }), JSON.stringify({ ...caller })]) {
      expect(shown).not.toContain('Marker');
    }
    expect(() => Object.assign(caller, { claims: {} })).toThrow(TypeError);
  });
});

it.each([[{ amr: 'mfa' }], [{ groups: ['a', 7] }], [{ auth_time: '1' }], [{ name: null }], [{ acrs: { c1: true } }]])(
  'a documented claim of another type is left out: %j',
  (wrong) => {
    expect(readClaims({ oid: 'x', mine: null, ...wrong })).toEqual({ oid: 'x', mine: null });
  },
);

it.each([[{ acrs: 'c1', aud: ['a'] }], [{ acrs: ['c1'], aud: 'a' }], [{ constructor: 1, toString: 'x' }]])(
  'a claim of a documented type, or without one, stays: %j',
  (claims) => {
    expect(readClaims(claims)).toEqual(claims);
  },
);
