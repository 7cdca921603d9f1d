import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import {
  codeForm,
  DEFAULT_SCOPE,
  obtainCode,
  obtainTokens,
  postToken,
  SPA_ORIGIN,
  send,
  startTestEmulator,
  TENANT,
  WEB,
  WEB_SECRET,
} from '../emulator-fixture.js';
import { HOSTILE_ORIGINS } from '../hostile-origins.js';

describe('pages of other origins', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterAll(() => emulator.close());

  const allowedFor = (headers: Headers) => headers.get('access-control-allow-origin');
  const tokenPath = `/${TENANT}/oauth2/v2.0/token`;
  const preflight = (path: string, origin: string, method = 'POST') =>
    send(emulator.instance + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'content-type,client-request-id',
      },
    });

  it.each([
    '/.well-known/openid-configuration',
    '/v2.0/.well-known/openid-configuration',
    '/discovery/keys',
    '/discovery/v2.0/keys',
  ])('may all read %s', async (path) => {
    for (const origin of [SPA_ORIGIN, ...HOSTILE_ORIGINS]) {
      const { status, headers } = await send(`${emulator.instance}/${TENANT}${path}`, { headers: { origin } });
      expect([status, allowedFor(headers)]).toEqual([200, '*']);
    }
  });

  it('may all ask before they read metadata', async () => {
    const { status, headers } = await preflight(`/${TENANT}/discovery/v2.0/keys`, 'https://evil.example', 'GET');
    expect([status, allowedFor(headers)]).toEqual([204, '*']);
  });

  it.each([SPA_ORIGIN, 'http://localhost:3000'])('may redeem a code from the registered origin %s', async (origin) => {
    const asked = await preflight(tokenPath, origin);
    expect([asked.status, allowedFor(asked.headers)]).toEqual([204, origin]);
    const { status, headers } = await postToken(emulator, codeForm(await obtainCode(emulator)), { origin });
    expect([status, allowedFor(headers)]).toEqual([200, origin]);
  });

  it('may read why a code was refused, from a registered origin', async () => {
    const { status, headers } = await postToken(emulator, codeForm('no code'), { origin: SPA_ORIGIN });
    expect([status, allowedFor(headers)]).toEqual([400, SPA_ORIGIN]);
  });

  it('may not mint tokens from any other origin, by a code or by a refresh token', async () => {
    const { refresh_token: refreshToken } = await obtainTokens(emulator);
    const code = await obtainCode(emulator);
    const forms = [codeForm(code), codeForm('', { grant_type: 'refresh_token', refresh_token: refreshToken })];
    for (const origin of HOSTILE_ORIGINS) {
      for (const form of forms) {
        const { status, headers, body } = await postToken(emulator, form, { origin });
        expect([origin, status, body.error_codes, allowedFor(headers)]).toEqual([origin, 400, [9002326], null]);
      }
      expect(allowedFor((await preflight(tokenPath, origin)).headers)).toBeNull();
    }
    expect((await postToken(emulator, codeForm(code), { origin: SPA_ORIGIN })).status).toBe(200);
  });

  it('may not use the secret of a confidential client, even from its own origin', async () => {
    const form = { client_id: WEB, client_secret: WEB_SECRET, grant_type: 'client_credentials', scope: DEFAULT_SCOPE };
    for (const origin of ['https://web.example', SPA_ORIGIN]) {
      expect((await postToken(emulator, form, { origin })).body.error_codes).toEqual([9002326]);
    }
  });

  it.each(['/emulator/tokens', '/emulator/keys/rotate', `/${TENANT}/oauth2/v2.0/devicecode`, '/signin'])(
    'may not read %s, whatever their origin',
    async (path) => {
      for (const origin of [SPA_ORIGIN, ...HOSTILE_ORIGINS]) {
        const asked = await preflight(path, origin);
        const called = await send(emulator.instance + path, {
          method: 'POST',
          headers: { origin, 'x-emulator': '1', 'content-type': 'application/json' },
          body: '{"persona":"writer"}',
        });
        expect([allowedFor(asked.headers), allowedFor(called.headers), called.status]).toEqual([null, null, 400]);
      }
    },
  );
});
