import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import {
  authorizeAddress,
  landingOf,
  SPA_REDIRECT,
  send,
  signIn,
  startTestEmulator,
  TENANT,
} from '../emulator-fixture.js';

describe('logout endpoint', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterAll(() => emulator.close());

  const logOut = (query: string, cookie = '') =>
    send(`${emulator.instance}/${TENANT}/oauth2/v2.0/logout?${query}`, { headers: { cookie } });

  it('ends the session', async () => {
    const { cookie } = await signIn(authorizeAddress(emulator), 'writer');
    await logOut('', cookie);
    const answer = await send(authorizeAddress(emulator, { prompt: 'none' }), { headers: { cookie } });
    expect(landingOf(answer).location.searchParams.get('error')).toBe('login_required');
  });

  it('takes the cookie back', async () => {
    expect((await logOut('')).headers.get('set-cookie')).toContain('Max-Age=0');
  });

  it('leads back to the client', async () => {
    const answer = await logOut(`post_logout_redirect_uri=${encodeURIComponent(SPA_REDIRECT)}&state=x`);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${SPA_REDIRECT}?state=x`]);
  });

  it('does not lead to an address that is not registered', async () => {
    const answer = await logOut('post_logout_redirect_uri=https://evil.example/');
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
  });
});
