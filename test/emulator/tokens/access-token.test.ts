import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import {
  API,
  authorizeAddress,
  codeForm,
  JOB,
  landingOf,
  NOW_MS,
  OPTIONS,
  postToken,
  SPA,
  send,
  signIn,
  startTestEmulator,
  TENANT,
  WEB,
} from '../emulator-fixture.js';

const NOW = NOW_MS / 1000;

describe('access tokens', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator({ now: () => NOW_MS });
  });
  afterAll(() => emulator.close());

  it('of a user have the claims of v2.0', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('writer'))).toEqual({
      aud: API,
      iss: `${emulator.instance}/${TENANT}/v2.0`,
      iat: NOW - 300,
      nbf: NOW - 300,
      exp: NOW + 3600,
      azp: SPA,
      azpacr: '0',
      auth_time: NOW,
      name: 'The writer',
      oid: '0d0d0d0d-0000-4000-8000-000000000001',
      roles: ['Editor'],
      scp: 'Files.Read Files.Write',
      sub: expect.stringMatching(/^[\w-]{43}$/),
      tid: TENANT,
      uti: expect.stringMatching(/^[\w-]{22}$/),
      ver: '2.0',
    });
  });

  it('of a user have the claims of v1.0', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('writer', { version: 1 }))).toEqual({
      aud: `api://${API}`,
      iss: `${emulator.instance}/${TENANT}/`,
      iat: NOW - 300,
      nbf: NOW - 300,
      exp: NOW + 3600,
      acr: '1',
      amr: ['pwd'],
      appid: SPA,
      appidacr: '0',
      auth_time: NOW,
      name: 'The writer',
      oid: '0d0d0d0d-0000-4000-8000-000000000001',
      roles: ['Editor'],
      scp: 'Files.Read Files.Write',
      sub: expect.stringMatching(/^[\w-]{43}$/),
      tid: TENANT,
      uti: expect.stringMatching(/^[\w-]{22}$/),
      ver: '1.0',
    });
  });

  it('of an application have the claims of v2.0', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('job'))).toEqual({
      aud: API,
      iss: `${emulator.instance}/${TENANT}/v2.0`,
      iat: NOW - 300,
      nbf: NOW - 300,
      exp: NOW + 3600,
      azp: JOB,
      azpacr: '1',
      idtyp: 'app',
      oid: '0d0d0d0d-0000-4000-8000-000000000005',
      roles: ['Files.Read.All'],
      sub: '0d0d0d0d-0000-4000-8000-000000000005',
      tid: TENANT,
      uti: expect.stringMatching(/^[\w-]{22}$/),
      ver: '2.0',
    });
  });

  it('have a header with kid in v2.0', async () => {
    const { kid, ...rest } = decodeProtectedHeader(await emulator.issueAccessToken('writer'));
    expect([typeof kid, rest]).toEqual(['string', { typ: 'JWT', alg: 'RS256' }]);
  });

  it('have a header with kid and x5t in v1.0', async () => {
    const { kid, x5t } = decodeProtectedHeader(await emulator.issueAccessToken('writer', { version: 1 }));
    expect(x5t).toBe(kid);
  });

  it.each([
    [1, 'discovery/keys'],
    [2, 'discovery/v2.0/keys'],
  ] as const)('of v%d.0 verify with the published keys', async (version, path) => {
    const keys = createLocalJWKSet((await send(`${emulator.instance}/${TENANT}/${path}`)).body);
    const token = await emulator.issueAccessToken('writer', { version });
    await expect(
      jwtVerify(token, keys, { algorithms: ['RS256'], currentDate: new Date(NOW_MS) }),
    ).resolves.toBeDefined();
  });

  it('are v1.0 by default when the API asks for them', async () => {
    const legacy = await startTestEmulator({
      api: { clientId: API, scopes: ['Files.Read', 'Files.Write'], accessTokenVersion: 1 },
    });
    const token = await legacy.issueAccessToken('writer');
    await legacy.close();
    expect(decodeJwt(token).ver).toBe('1.0');
  });

  it('of a user without app roles have no roles claim', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('reader'))).not.toHaveProperty('roles');
  });

  it('of a guest say so', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('guest')).acct).toBe(1);
  });

  it('have a subject that is the same each time', async () => {
    const [first, second] = [await emulator.issueAccessToken('writer'), await emulator.issueAccessToken('writer')];
    expect(decodeJwt(first).sub).toBe(decodeJwt(second).sub);
  });

  it('have a subject of their own for each user', async () => {
    const [writer, reader] = [await emulator.issueAccessToken('writer'), await emulator.issueAccessToken('reader')];
    expect(decodeJwt(writer).sub).not.toBe(decodeJwt(reader).sub);
  });

  it('carry no authentication context unless asked', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('writer'))).not.toHaveProperty('acrs');
  });

  it('carry an authentication context that the persona holds', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('writer', { authContext: 'c1' })).acrs).toEqual(['c1']);
  });

  it('are not issued with an authentication context that the persona does not hold', async () => {
    const attempt = emulator.issueAccessToken('reader', { authContext: 'c1' });
    await expect(attempt).rejects.toMatchObject({ code: 'AUTH_CONTEXT_NOT_HELD' });
  });

  it('are not issued for an unknown persona', async () => {
    await expect(emulator.issueAccessToken('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_PERSONA' });
  });

  it('expire when asked to', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('writer', { expiresInSeconds: -1 })).exp).toBe(NOW - 1);
  });

  it('have another audience when asked to', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('writer', { audience: 'other' })).aud).toBe('other');
  });

  it('are issued to another client when asked to', async () => {
    expect(decodeJwt(await emulator.issueAccessToken('writer', { clientId: WEB }))).toMatchObject({
      azp: WEB,
      azpacr: '1',
    });
  });

  it('have other claims when asked to', async () => {
    const claims = decodeJwt(await emulator.issueAccessToken('writer', { claims: { scp: 'Other', tid: undefined } }));
    expect([claims.scp, 'tid' in claims]).toEqual(['Other', false]);
  });

  it('have another header when asked to, even one that does not fit the signature', async () => {
    const token = await emulator.issueAccessToken('writer', { header: { alg: 'none', kid: undefined } });
    expect(decodeProtectedHeader(token)).toEqual({ typ: 'JWT', alg: 'none' });
  });

  it('are signed with the next key after a rotation', async () => {
    const before = decodeProtectedHeader(await emulator.issueAccessToken('writer')).kid;
    await emulator.rotateKeys();
    const { keys } = (await send(`${emulator.instance}/${TENANT}/discovery/v2.0/keys`)).body;
    const after = decodeProtectedHeader(await emulator.issueAccessToken('writer')).kid;
    expect([after === before, keys[0].kid === after, keys.some((key: { kid: string }) => key.kid === before)]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

it('renewed tokens and those of the same session keep the time of the sign-in', async () => {
  const clock = { nowMs: NOW_MS };
  const past = { ...OPTIONS.personas[1], name: 'past', claims: { auth_time: 7 } };
  const emulator = await startTestEmulator({ now: () => clock.nowMs, personas: [...OPTIONS.personas, Object(past)] });
  try {
    const signedInAt = (token: string) => decodeJwt(token).auth_time;
    const redeem = async (location: URL) =>
      (await postToken(emulator, codeForm(location.searchParams.get('code') ?? ''))).body;
    const { location, cookie } = await signIn(authorizeAddress(emulator), 'writer');
    clock.nowMs += 60_000;
    const tokens = await redeem(location);
    const form = { grant_type: 'refresh_token', client_id: SPA, refresh_token: tokens.refresh_token };
    const renewed = (await postToken(emulator, form)).body;
    const silent = landingOf(await send(authorizeAddress(emulator, { prompt: 'none' }), { headers: { cookie } }));
    const again = await signIn(authorizeAddress(emulator, { prompt: 'login' }), 'writer');
    const all = [tokens, renewed, await redeem(silent.location), await redeem(again.location)];
    expect(all.map(({ access_token }) => signedInAt(access_token))).toEqual([NOW, NOW, NOW, NOW + 60]);
    expect(signedInAt(await emulator.issueAccessToken('past'))).toBe(7);
    expect(signedInAt(await emulator.issueAccessToken('job'))).toBeUndefined();
  } finally {
    await emulator.close();
  }
});
