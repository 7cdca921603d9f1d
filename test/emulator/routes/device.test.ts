import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import {
  NOW_MS,
  post,
  postToken,
  READ,
  requestIdOf,
  SPA,
  send,
  startTestEmulator,
  stepUpClaims,
  TENANT,
  WEB,
  WEB_SECRET,
} from '../emulator-fixture.js';

describe('device code', () => {
  let emulator: Emulator;
  let nowMs = NOW_MS;
  beforeAll(async () => {
    emulator = await startTestEmulator({ now: () => nowMs });
  });
  beforeEach(() => {
    nowMs = NOW_MS;
  });
  afterAll(() => emulator.close());

  const start = async (changes: Record<string, string> = {}) =>
    (await post(`${emulator.instance}/${TENANT}/oauth2/v2.0/devicecode`, { client_id: SPA, scope: READ, ...changes }))
      .body;
  const redeem = (deviceCode: string, changes: Record<string, string> = {}) =>
    postToken(emulator, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: SPA,
      device_code: deviceCode,
      ...changes,
    });
  const enter = (userCode: string) => post(`${emulator.instance}/devicelogin`, { user_code: userCode });
  const decide = async (userCode: string, form: Record<string, string>) =>
    post(`${emulator.instance}/devicelogin/signin`, { request: requestIdOf(await enter(userCode)), ...form });

  it('is started as in RFC 8628', async () => {
    expect(await start()).toEqual({
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{9}$/),
      device_code: expect.stringMatching(/^[\w-]{43}$/),
      verification_uri: `${emulator.instance}/devicelogin`,
      expires_in: 900,
      interval: 1,
      message: expect.any(String),
    });
  });

  it('is pending until the user has signed in', async () => {
    const { device_code: code } = await start();
    expect((await redeem(code)).body.error).toBe('authorization_pending');
  });

  it('gives tokens of the persona', async () => {
    const { device_code: code, user_code: userCode } = await start();
    await decide(userCode, { persona: 'reader' });
    expect(decodeJwt((await redeem(code)).body.access_token)).toMatchObject({ name: 'The reader', azp: SPA });
  });

  it('can step up', async () => {
    const { device_code: code, user_code: userCode } = await start({ claims: stepUpClaims('c1') });
    await decide(userCode, { persona: 'writer' });
    expect(decodeJwt((await redeem(code)).body.access_token).acrs).toEqual(['c1']);
  });

  it('is good once', async () => {
    const { device_code: code, user_code: userCode } = await start();
    await decide(userCode, { persona: 'reader' });
    await redeem(code);
    expect((await redeem(code)).body.error).toBe('expired_token');
  });

  it('is declined when the user cancels', async () => {
    const { device_code: code, user_code: userCode } = await start();
    await decide(userCode, { cancel: '1' });
    expect((await redeem(code)).body.error).toBe('authorization_declined');
  });

  it('is not good for another client', async () => {
    const { device_code: code } = await start();
    const answer = await redeem(code, { client_id: WEB, client_secret: WEB_SECRET });
    expect(answer.body.error).toBe('invalid_grant');
  });

  it('is good for nearly a quarter of an hour', async () => {
    const { device_code: code } = await start();
    nowMs += 899_999;
    expect((await redeem(code)).body.error).toBe('authorization_pending');
  });

  it('is no longer good after a quarter of an hour', async () => {
    const { device_code: code } = await start();
    nowMs += 900_000;
    expect((await redeem(code)).body.error).toBe('expired_token');
  });

  it('is not started for an unknown scope', async () => {
    expect(await start({ scope: 'Files.Read' })).toMatchObject({ error: 'invalid_scope' });
  });

  it('can be typed in lower case and with hyphens', async () => {
    const { user_code: userCode } = await start();
    const page = await enter(` ${userCode.slice(0, 3)}-${userCode.slice(3)}`.toLowerCase());
    expect(page.body).toContain('value="writer"');
  });

  it('that is unknown gives an error page', async () => {
    expect((await enter('BBBBBBBBB')).status).toBe(400);
  });

  it('can be entered once', async () => {
    const { user_code: userCode } = await start();
    await decide(userCode, { persona: 'reader' });
    expect((await enter(userCode)).status).toBe(400);
  });

  it('can be in the link to the page', async () => {
    const { body } = await send(`${emulator.instance}/devicelogin?otc=%22%3E%3Cb%3E`);
    expect(body).toContain('value="&quot;&gt;&lt;b&gt;"');
  });
});
