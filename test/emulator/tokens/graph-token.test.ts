import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import { obtainTokens, send, startTestEmulator, TENANT } from '../emulator-fixture.js';

describe('a sign-in without a scope of the API', () => {
  let emulator: Emulator;
  let token: string;
  beforeAll(async () => {
    emulator = await startTestEmulator();
    token = (await obtainTokens(emulator, { scope: 'openid profile' })).access_token;
  });
  afterAll(() => emulator.close());

  it('gives an access token for Microsoft Graph', () => {
    expect(decodeJwt(token)).toMatchObject({ aud: '00000003-0000-0000-c000-000000000000', scp: 'openid profile' });
  });

  it('gives one with a nonce in its header', () => {
    expect(decodeProtectedHeader(token)).toHaveProperty('nonce');
  });

  it('gives one that no other API can verify', async () => {
    const keys = createLocalJWKSet((await send(`${emulator.instance}/${TENANT}/discovery/keys`)).body);
    await expect(jwtVerify(token, keys)).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  });
});
