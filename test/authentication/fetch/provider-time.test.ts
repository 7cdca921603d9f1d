import { describe, expect, it, vi } from 'vitest';
import type { Fetch } from '../../../src/authentication/fetch/bounded-fetch.js';
import { AUTHENTICATION_LIMITS } from '../../../src/authentication/limits.js';
import { PATIENCE } from '../../support/patience.js';
import { refusal } from '../../support/refusal.js';
import { createTenant } from '../../support/tenant.js';

const neverAnswered: Fetch = (_address, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('an identity provider that does not answer', () => {
  it.each([
    ['providerMilliseconds', {}, AUTHENTICATION_LIMITS.providerMilliseconds.default],
    ['requestTimeoutMs, where it is given', { requestTimeoutMs: 7 }, 7],
  ])('is waited for by %s, and the token is not judged', async (_name, options, expectedMs) => {
    const timers: { readonly ms: number; run(): void }[] = [];
    const tenant = createTenant();
    const authentication = tenant.authentication({
      ...options,
      fetch: neverAnswered,
      schedule: (run, ms) => {
        timers.push({ run, ms });
        return () => undefined;
      },
    });
    const outcome = refusal(authentication.verify(tenant.signAccessToken()));
    await vi.waitFor(() => expect(timers).not.toEqual([]), PATIENCE);
    expect(timers.map(({ ms }) => ms)).toEqual([expectedMs]);
    timers[0]?.run();
    expect(await outcome).toBe('SIGNING_KEYS_UNAVAILABLE');
    authentication.close();
  });
});
