import { describe, expect, it, vi } from 'vitest';
import type { AuthenticationOptions } from '../../../src/authentication/authentication.js';
import {
  AccessTokenError,
  isOutage,
  RevocationsUnknownError,
  SigningKeysUnavailableError,
} from '../../../src/authentication/refusals/access-token-error.js';
import { readCredentials } from '../../../src/authentication/request/request-credentials.js';
import { createRevocationList, type Revocation } from '../../../src/authentication/revocations/revocation-list.js';
import { appOnlyClaims, createTenant, delegatedClaims, ids, NOW } from '../../support/tenant.js';

const ISSUED = NOW - 300;
/** Without the scopes that a signed token has by default. */
const appOnly = (changes = {}) => appOnlyClaims({ scp: undefined, ...changes });
const agent = { xms_act_fct: '11', xms_par_app_azp: ids.application };

/** An authentication with a list of revocations that is up to date. */
function arrange(options: Partial<AuthenticationOptions> = {}) {
  const tenant = createTenant();
  const revocations = createRevocationList();
  revocations.replace([]);
  const authentication = tenant.authentication({ revocations, ...options });
  const outcome = async (claims: Record<string, unknown> = delegatedClaims()) => {
    const found = await authentication.verify(tenant.signAccessToken({ claims })).catch((error: unknown) => error);
    return found instanceof AccessTokenError || found instanceof RevocationsUnknownError ? found.code : 'accepted';
  };
  const revoke = (...changes: Partial<Revocation>[]) =>
    revocations.replace(
      changes.map((change) => ({ kind: 'user', id: ids.user, beforeSeconds: ISSUED + 1, ...change })),
    );
  return { tenant, authentication, revocations, outcome, revoke };
}

describe('a revocation', () => {
  it.each([
    ['a user', { kind: 'user', id: ids.user }, delegatedClaims(), delegatedClaims({ oid: ids.application })],
    ['a client', { kind: 'client', id: ids.client }, delegatedClaims(), delegatedClaims({ azp: ids.application })],
    ['a client without a user', { kind: 'client', id: ids.client }, appOnly(), appOnly({ azp: ids.user })],
    ['an application', { kind: 'user', id: ids.application }, appOnly(), appOnly({ oid: ids.user, sub: ids.user })],
    ['an agent', { kind: 'agent', id: ids.client }, delegatedClaims(agent), delegatedClaims()],
    [
      'agents of a blueprint',
      { kind: 'agent', id: ids.application },
      delegatedClaims(agent),
      delegatedClaims({ xms_act_fct: '11' }),
    ],
    ['a token', { kind: 'token', id: 'tokenIdOfErin' }, delegatedClaims(), delegatedClaims({ uti: undefined })],
  ] as const)('refuses the tokens of %s and no others', async (_name, revocation, concerned, other) => {
    const { outcome, revoke } = arrange();
    revoke(revocation);
    expect(await outcome(concerned)).toBe('TOKEN_REVOKED');
    expect(await outcome(other)).toBe('accepted');
  });

  it('refuses a token that was issued before it, and takes one from the moment itself', async () => {
    const { outcome, revoke } = arrange();
    revoke({ beforeSeconds: ISSUED + 1 });
    expect(await outcome()).toBe('TOKEN_REVOKED');
    revoke({ beforeSeconds: ISSUED });
    expect(await outcome()).toBe('accepted');
  });

  it('counts from the latest of several', async () => {
    const { outcome, revoke } = arrange();
    revoke({ beforeSeconds: ISSUED - 10 }, { kind: 'client', id: ids.client, beforeSeconds: ISSUED + 10 });
    expect(await outcome()).toBe('TOKEN_REVOKED');
  });

  it('of one token holds when the clock of Entra is ahead', async () => {
    const { outcome, revoke } = arrange();
    revoke({ kind: 'token', id: 'tokenIdOfErin', beforeSeconds: ISSUED - 100 });
    expect(await outcome()).toBe('TOKEN_REVOKED');
  });

  it('names the token for the log, whether it is remembered or not', async () => {
    const { tenant, authentication, revoke } = arrange();
    const token = tenant.signAccessToken();
    const detailsNow = () =>
      authentication.verify(token).then(
        () => undefined,
        (error: unknown) => error instanceof AccessTokenError && error.details,
      );
    revoke({});
    const named = { uti: 'tokenIdOfErin', tid: ids.tenant, ver: '2.0' };
    expect(await detailsNow()).toMatchObject(named);
    expect(await detailsNow()).toMatchObject(named);
  });

  it('refuses a token that is remembered, without another signature, and ends with the list', async () => {
    const { tenant, authentication, revoke } = arrange();
    const token = tenant.signAccessToken();
    const rawHeaders = ['Authorization', `Bearer ${token}`];
    const verified = await authentication.authenticate({ rawHeaders });
    revoke({});
    const { verify } = authentication.lookup(readCredentials({ rawHeaders }));
    await expect(verify?.()).rejects.toMatchObject({ code: 'TOKEN_REVOKED', status: 401 });
    await expect(authentication.authenticate({ rawHeaders })).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    revoke();
    expect(await authentication.authenticate({ rawHeaders })).toBe(verified);
  });

  it('asks a client that understands a challenge for a newer token', async () => {
    const { tenant, authentication, revoke } = arrange();
    revoke({ beforeSeconds: NOW });
    const refusalOf = (claims: object) =>
      authentication.verify(tenant.signAccessToken({ claims: { ...claims } })).catch((error: unknown) => Object(error));
    const { claimsChallenge, challengeError } = await refusalOf({ xms_cc: ['cp1'] });
    expect(JSON.parse(Buffer.from(claimsChallenge, 'base64').toString())).toEqual({
      access_token: { nbf: { essential: true, value: String(NOW) } },
    });
    expect(challengeError).toBe('invalid_token');
    expect((await refusalOf({})).claimsChallenge).toBeUndefined();
  });
});

it('an outage is not a fault of the caller', () => {
  expect(isOutage(new RevocationsUnknownError())).toBe(true);
  expect(isOutage(new SigningKeysUnavailableError(1))).toBe(true);
  expect(isOutage(new AccessTokenError('TOKEN_REVOKED'))).toBe(false);
});

describe('revocations that are not known', () => {
  it('are those of a list before it is filled and after it is lost', () => {
    const list = createRevocationList();
    expect(list.isUpToDate()).toBe(false);
    list.replace([]);
    expect(list.isUpToDate()).toBe(true);
    list.lose();
    expect(list.isUpToDate()).toBe(false);
  });

  it.each([
    [undefined, 'accepted'],
    ['served', 'accepted'],
    ['refused', 'REVOCATIONS_UNKNOWN'],
  ] as const)('are %s', async (unknownRevocations, expected) => {
    const { outcome } = arrange({ revocations: createRevocationList(), unknownRevocations });
    expect(await outcome()).toBe(expected);
  });

  it.each(['served', 'refused'] as const)(
    'leave the last known ones, and others are %s',
    async (unknownRevocations) => {
      const { outcome, revoke, revocations } = arrange({ unknownRevocations });
      revoke({});
      revocations.lose();
      expect(await outcome()).toBe('TOKEN_REVOKED');
      const other = delegatedClaims({ oid: ids.application });
      expect(await outcome(other)).toBe(unknownRevocations === 'served' ? 'accepted' : 'REVOCATIONS_UNKNOWN');
      revocations.replace([]);
      expect(await outcome(other)).toBe('accepted');
    },
  );
});

describe('a source of revocations', () => {
  it('may be a function of its own, without news', async () => {
    const { outcome, authentication } = arrange({
      revocations: { revokedBefore: ({ caller }) => (caller.isGuest ? NOW : undefined) },
    });
    expect(await outcome(delegatedClaims({ acct: 1 }))).toBe('TOKEN_REVOKED');
    expect(await outcome()).toBe('accepted');
    expect(authentication.onRevocation(() => undefined)()).toBeUndefined();
  });

  it('is not needed', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication();
    expect(authentication.onRevocation(() => undefined)()).toBeUndefined();
    expect(await authentication.verify(tenant.signAccessToken())).toMatchObject({ tokenId: 'tokenIdOfErin' });
  });

  it('tells its listeners of each change until they end it', () => {
    const { authentication, revoke, revocations } = arrange();
    const listener = vi.fn();
    const end = authentication.onRevocation(listener);
    revoke({});
    revocations.lose();
    expect(listener).toHaveBeenCalledTimes(2);
    end();
    revoke();
    expect(listener).toHaveBeenCalledTimes(2);
  });
});
