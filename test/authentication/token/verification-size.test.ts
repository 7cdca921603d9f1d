import { expect, it } from 'vitest';
import { verificationSize } from '../../../src/authentication/token/verification-size.js';
import { VerifiedTokenCache } from '../../../src/authentication/token/verified-token-cache.js';
import { createTenant, NOW } from '../../support/tenant.js';

// `test/availability/memory/cache-sizes.test.ts` compares the estimate with the heap.
it('a token is remembered in less than twice its size, its claims included', async () => {
  const tenant = createTenant();
  const sizes: number[] = [];
  const remember = VerifiedTokenCache.prototype.remember;
  VerifiedTokenCache.prototype.remember = (_token, verification) => void sizes.push(verificationSize(verification));
  const claims = {
    aio: 'x'.repeat(140),
    amr: ['pwd', 'mfa'],
    auth_time: NOW - 900,
    ctry: 'DE',
    login_hint: 'y'.repeat(120),
  };
  const token = tenant.signAccessToken({ claims });
  await tenant.authentication().verify(token);
  VerifiedTokenCache.prototype.remember = remember;
  expect(token.length).toBeGreaterThan(1450);
  expect(sizes).toEqual([expect.any(Number)]);
  expect(sizes[0]).toBeGreaterThan(1500);
  expect(sizes[0]).toBeLessThan(3000);
});
