import { describe, expect, it } from 'vitest';
import { AccessTokenError, SignatureNotCheckedError } from '../../../src/authentication/refusals/access-token-error.js';
import { refusal } from '../../support/refusal.js';
import { createKey, createTenant, NOW, settle } from '../../support/tenant.js';

const EXPIRED = { iat: NOW - 7200, nbf: NOW - 7200, exp: NOW - 3600 };
const otherKey = createKey();

async function startedTenant() {
  const tenant = createTenant();
  const authentication = tenant.authentication();
  authentication.start();
  await settle();
  const errorOf = (token: string) => authentication.verify(token).catch((error: unknown) => error);
  return { tenant, authentication, errorOf };
}

describe('a token whose signature may not be checked', () => {
  const refusing = { mayCheckSignature: () => false };

  it('is neither accepted nor refused when all else is right', async () => {
    const { tenant, authentication } = await startedTenant();
    const token = tenant.signAccessToken();
    await expect(authentication.verify(token, refusing)).rejects.toBeInstanceOf(SignatureNotCheckedError);
    const request = { rawHeaders: ['authorization', `Bearer ${token}`] };
    await expect(authentication.authenticate(request, refusing)).rejects.toBeInstanceOf(SignatureNotCheckedError);
    expect(await refusal(authentication.verify(token, { mayCheckSignature: () => true }))).toBe('accepted');
  });

  it('is accepted when it is known already', async () => {
    const { tenant, authentication } = await startedTenant();
    const token = tenant.signAccessToken();
    await authentication.verify(token);
    expect(await refusal(authentication.verify(token, refusing))).toBe('accepted');
  });

  it('is refused for any other fault, without a question about its signature', async () => {
    const { tenant, authentication } = await startedTenant();
    let asked = 0;
    const counting = {
      mayCheckSignature: () => {
        asked += 1;
        return false;
      },
    };
    const tokens = [
      'not-a-token',
      tenant.signAccessToken({ header: { alg: 'none' } }),
      tenant.signAccessToken({ header: { kid: 'unknown' } }),
      tenant.signAccessToken({ claims: { aud: 'api://other' } }),
      tenant.signAccessToken({ claims: EXPIRED }),
    ];
    for (const token of tokens) expect(await refusal(authentication.verify(token, counting))).not.toBe('accepted');
    expect(asked).toBe(0);
  });
});

describe('an expired token is genuine otherwise', () => {
  async function isGenuine(changes: Parameters<ReturnType<typeof createTenant>['signAccessToken']>[0]) {
    const { tenant, errorOf } = await startedTenant();
    const error = await errorOf(tenant.signAccessToken(changes));
    return error instanceof AccessTokenError && [error.code, error.isOtherwiseGenuine()];
  }

  it('when its key signed it and nothing else is wrong', async () => {
    expect(await isGenuine({ claims: EXPIRED })).toEqual(['TOKEN_EXPIRED', true]);
  });

  it.each([
    ['it was signed by another key', { claims: EXPIRED, key: otherKey, header: { kid: createTenant().key.kid } }],
    ['it holds no permission', { claims: { ...EXPIRED, scp: undefined } }],
    ['it ended before it began', { claims: { ...EXPIRED, nbf: NOW - 1800 } }],
  ])('not when %s', async (_fault, changes) => {
    const [, genuine] = (await isGenuine(changes)) || [];
    expect(genuine).toBe(false);
  });

  it('not when it was never valid, because it ended in the second in which it began', async () => {
    const tenant = createTenant();
    const authentication = tenant.authentication({ clockToleranceSeconds: 0 });
    authentication.start();
    await settle();
    const { exp } = EXPIRED;
    const token = tenant.signAccessToken({ claims: { iat: exp, nbf: exp, exp } });
    const error = await authentication.verify(token).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(error instanceof AccessTokenError && error.isOtherwiseGenuine()).toBe(false);
  });

  it('not when it has another fault that is reported first', async () => {
    const { tenant, errorOf } = await startedTenant();
    const error = await errorOf(tenant.signAccessToken({ claims: { aud: 'api://other' } }));
    expect(error).toMatchObject({ code: 'AUDIENCE_MISMATCH' });
    expect(error instanceof AccessTokenError && error.isOtherwiseGenuine()).toBe(false);
  });

  it('which is not known while its key is not, and causes no fetch', async () => {
    const tenant = createTenant();
    const error = await tenant
      .authentication()
      .verify(tenant.signAccessToken({ claims: EXPIRED }))
      .catch((refused: unknown) => refused);
    expect(error).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(error instanceof AccessTokenError && error.isOtherwiseGenuine()).toBeUndefined();
    expect(tenant.fetched).toEqual([]);
  });
});
