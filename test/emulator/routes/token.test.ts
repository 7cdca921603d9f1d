import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import {
  type Answer,
  API,
  codeForm,
  DEFAULT_SCOPE,
  JOB,
  NOW_MS,
  OTHER_TENANT,
  obtainCode,
  obtainTokens,
  post,
  postToken,
  READ,
  SPA,
  SPA_ORIGIN,
  send,
  startTestEmulator,
  stepUpClaims,
  TENANT,
  WEB,
  WEB_REDIRECT,
  WEB_SECRET,
} from '../emulator-fixture.js';

/** Status, error code and number of a refusal. */
const refusal = ({ status, body }: Answer) => [status, body.error, body.error_codes?.[0]];

describe('token endpoint', () => {
  let emulator: Emulator;
  let nowMs = NOW_MS;
  beforeAll(async () => {
    emulator = await startTestEmulator({ now: () => nowMs });
  });
  beforeEach(() => {
    nowMs = NOW_MS;
  });
  afterAll(() => emulator.close());

  it('answers as Entra does', async () => {
    const { status, headers, body } = await postToken(
      emulator,
      codeForm(await obtainCode(emulator), { client_info: '1' }),
    );
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({
      token_type: 'Bearer',
      scope: READ,
      expires_in: 3600,
      ext_expires_in: 3600,
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      id_token: expect.any(String),
      client_info: expect.any(String),
    });
  });

  it.each<[string, Record<string, string>, unknown[]]>([
    ['no grant type', { client_id: SPA }, [400, 'invalid_request', 900144]],
    ['an unknown grant type', { client_id: SPA, grant_type: 'password' }, [400, 'unsupported_grant_type', 70003]],
    ['no client', { grant_type: 'refresh_token' }, [400, 'invalid_request', 900144]],
    ['an unknown client', { client_id: API, grant_type: 'refresh_token' }, [400, 'unauthorized_client', 700016]],
  ])('refuses %s', async (_what, form, expected) => {
    expect(refusal(await postToken(emulator, form))).toEqual(expected);
  });

  it('takes forms only', async () => {
    const answer = await send(`${emulator.instance}/${TENANT}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(refusal(answer)).toEqual([400, 'invalid_request', 90013]);
  });

  it('refuses a form that is too large', async () => {
    expect(refusal(await postToken(emulator, { client_id: SPA, code: 'x'.repeat(70_000) }))).toEqual([
      400,
      'invalid_request',
      90013,
    ]);
  });

  describe('access token', () => {
    it('has the scopes asked for that the persona holds', async () => {
      const scope = `${READ} api://${API}/Files.Write api://${API}/Files.Share`;
      const { access_token: token, scope: granted } = await obtainTokens(emulator, { scope });
      expect([decodeJwt(token).scp, granted]).toEqual(['Files.Read Files.Write', `${READ} api://${API}/Files.Write`]);
    });

    it('has all scopes of the persona for .default', async () => {
      const { access_token: token, scope } = await obtainTokens(emulator, { scope: DEFAULT_SCOPE });
      expect([decodeJwt(token).scp, scope]).toEqual([
        'Files.Read Files.Write',
        `${READ} api://${API}/Files.Write ${DEFAULT_SCOPE}`,
      ]);
    });

    it('says which capabilities the client named at sign-in', async () => {
      const claims = JSON.stringify({ access_token: { xms_cc: { values: ['CP1'] } } });
      expect(decodeJwt((await obtainTokens(emulator, { claims })).access_token).xms_cc).toEqual(['cp1']);
    });

    it('says which capabilities the client named at the token endpoint', async () => {
      const claims = JSON.stringify({ access_token: { xms_cc: { values: ['cp1'] } } });
      const { body } = await postToken(emulator, codeForm(await obtainCode(emulator), { claims }));
      expect(decodeJwt(body.access_token).xms_cc).toEqual(['cp1']);
    });

    it('says nothing of capabilities if the client named none', async () => {
      expect(decodeJwt((await obtainTokens(emulator)).access_token)).not.toHaveProperty('xms_cc');
    });
  });

  describe('ID token', () => {
    it('is for the client, with the nonce', async () => {
      expect(decodeJwt((await obtainTokens(emulator)).id_token)).toEqual({
        aud: SPA,
        iss: `${emulator.instance}/${TENANT}/v2.0`,
        iat: NOW_MS / 1000,
        nbf: NOW_MS / 1000,
        exp: NOW_MS / 1000 + 3600,
        name: 'The writer',
        preferred_username: 'writer@contoso.example',
        nonce: 'the nonce',
        oid: '0d0d0d0d-0000-4000-8000-000000000001',
        sub: expect.any(String),
        tid: TENANT,
        uti: expect.any(String),
        ver: '2.0',
      });
    });

    it('has no name without the scope profile', async () => {
      const claims = decodeJwt((await obtainTokens(emulator, { scope: `openid ${READ}` })).id_token);
      expect(['name' in claims, 'preferred_username' in claims]).toEqual([false, false]);
    });

    it('has another subject than the access token', async () => {
      const tokens = await obtainTokens(emulator);
      expect(decodeJwt(tokens.id_token).sub).not.toBe(decodeJwt(tokens.access_token).sub);
    });

    it('is there for the scope openid only', async () => {
      expect(await obtainTokens(emulator, { scope: READ })).not.toHaveProperty('id_token');
    });
  });

  describe('authorization code', () => {
    it.each<[string, Record<string, string>, unknown[]]>([
      ['an unknown code', { code: 'unknown' }, [400, 'invalid_grant', 70008]],
      ['a wrong verifier', { code_verifier: 'x'.repeat(43) }, [400, 'invalid_grant', 501481]],
      ['no verifier', { code_verifier: '' }, [400, 'invalid_grant', 501481]],
      ['another redirect URI', { redirect_uri: 'http://localhost' }, [400, 'invalid_grant', 500112]],
      ['a code of another client', { client_id: WEB, client_secret: WEB_SECRET }, [400, 'invalid_grant', 70000]],
      ['a secret from a public client', { client_secret: 'any' }, [401, 'invalid_client', 700025]],
    ])('refuses %s', async (_what, changes, expected) => {
      const form = codeForm(await obtainCode(emulator), changes);
      expect(refusal(await postToken(emulator, form))).toEqual(expected);
    });

    it('is good once', async () => {
      const form = codeForm(await obtainCode(emulator));
      await postToken(emulator, form);
      expect(refusal(await postToken(emulator, form))).toEqual([400, 'invalid_grant', 70008]);
    });

    it('is used up by an attempt with a wrong verifier', async () => {
      const code = await obtainCode(emulator);
      await postToken(emulator, codeForm(code, { code_verifier: 'x'.repeat(43) }));
      expect(refusal(await postToken(emulator, codeForm(code)))).toEqual([400, 'invalid_grant', 70008]);
    });

    it('is good for nearly ten minutes', async () => {
      const form = codeForm(await obtainCode(emulator));
      nowMs += 599_999;
      expect((await postToken(emulator, form)).status).toBe(200);
    });

    it('is no longer good after ten minutes', async () => {
      const form = codeForm(await obtainCode(emulator));
      nowMs += 600_000;
      expect(refusal(await postToken(emulator, form))).toEqual([400, 'invalid_grant', 70008]);
    });

    it('is not good at another tenant', async () => {
      const form = codeForm(await obtainCode(emulator));
      const answer = await post(`${emulator.instance}/${OTHER_TENANT}/oauth2/v2.0/token`, form);
      expect(refusal(answer)).toEqual([400, 'invalid_grant', 70000]);
    });

    it('without PKCE is not good with a verifier', async () => {
      const changes = {
        client_id: WEB,
        redirect_uri: WEB_REDIRECT,
        code_challenge: undefined,
        code_challenge_method: undefined,
      };
      const form = { client_id: WEB, client_secret: WEB_SECRET, redirect_uri: WEB_REDIRECT };
      const answer = await postToken(emulator, codeForm(await obtainCode(emulator, changes), form));
      expect(refusal(answer)).toEqual([400, 'invalid_grant', 501481]);
    });
  });

  describe('refresh token', () => {
    const refresh = async (changes: Record<string, string> = {}, signInChanges: Record<string, string> = {}) => {
      const { refresh_token: token } = await obtainTokens(emulator, signInChanges);
      return postToken(emulator, { grant_type: 'refresh_token', client_id: SPA, refresh_token: token, ...changes });
    };

    it('is there for the scope offline_access only', async () => {
      expect(await obtainTokens(emulator, { scope: `openid ${READ}` })).not.toHaveProperty('refresh_token');
    });

    it('gives a new access token and a new refresh token', async () => {
      const before = await obtainTokens(emulator);
      const form = { grant_type: 'refresh_token', client_id: SPA, refresh_token: before.refresh_token };
      const { body } = await postToken(emulator, form);
      expect([body.refresh_token === before.refresh_token, body.access_token === before.access_token]).toEqual([
        false,
        false,
      ]);
    });

    it('stays good when used, as in Entra', async () => {
      const { refresh_token: token } = await obtainTokens(emulator);
      const form = { grant_type: 'refresh_token', client_id: SPA, refresh_token: token };
      await postToken(emulator, form);
      expect((await postToken(emulator, form)).status).toBe(200);
    });

    it('gives other scopes of the persona', async () => {
      const { body } = await refresh({ scope: `api://${API}/Files.Write` });
      expect(decodeJwt(body.access_token).scp).toBe('Files.Write');
    });

    it('keeps the authentication context of the sign-in', async () => {
      const { body } = await refresh({}, { claims: stepUpClaims('c1') });
      expect(decodeJwt(body.access_token).acrs).toEqual(['c1']);
    });

    it('cannot step up', async () => {
      expect(refusal(await refresh({ claims: stepUpClaims('c1') }))).toEqual([400, 'interaction_required', 50076]);
    });

    it('is not good for another client', async () => {
      expect(refusal(await refresh({ client_id: WEB, client_secret: WEB_SECRET }))).toEqual([
        400,
        'invalid_grant',
        70000,
      ]);
    });

    it('is not good when made up', async () => {
      expect(refusal(await refresh({ refresh_token: 'made up' }))).toEqual([400, 'invalid_grant', 70000]);
    });

    it('is not good after a day', async () => {
      const { refresh_token: token } = await obtainTokens(emulator);
      nowMs += 86_400_000;
      const form = { grant_type: 'refresh_token', client_id: SPA, refresh_token: token };
      expect(refusal(await postToken(emulator, form))).toEqual([400, 'invalid_grant', 70000]);
    });
  });

  describe('client credentials', () => {
    const ask = (changes: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      postToken(
        emulator,
        {
          grant_type: 'client_credentials',
          client_id: JOB,
          client_secret: emulator.clientSecrets.get(JOB) ?? '',
          scope: DEFAULT_SCOPE,
          ...changes,
        },
        headers,
      );

    it('give an app-only token and nothing else', async () => {
      const { body } = await ask();
      expect(Object.keys(body)).toEqual(['token_type', 'expires_in', 'ext_expires_in', 'access_token']);
      expect(decodeJwt(body.access_token)).toMatchObject({ idtyp: 'app', azpacr: '1' });
    });

    it('may come as HTTP Basic', async () => {
      const basic = Buffer.from(`${JOB}:${emulator.clientSecrets.get(JOB)}`).toString('base64');
      const answer = await ask({ client_id: '', client_secret: '' }, { authorization: `Basic ${basic}` });
      expect(answer.status).toBe(200);
    });

    it.each<[string, Record<string, string>, unknown[]]>([
      ['a wrong secret', { client_secret: 'wrong' }, [401, 'invalid_client', 7000215]],
      ['no secret', { client_secret: '' }, [401, 'invalid_client', 7000218]],
      ['a single scope', { scope: READ }, [400, 'invalid_scope', 1002012]],
      ['an unknown resource', { scope: 'api://elsewhere/.default' }, [400, 'invalid_resource', 500011]],
      [
        'a client without persona',
        { client_id: WEB, client_secret: WEB_SECRET },
        [400, 'unauthorized_client', 7000229],
      ],
      ['a public client', { client_id: SPA, client_secret: '' }, [401, 'invalid_client', 7000218]],
    ])('refuse %s', async (_what, changes, expected) => {
      expect(refusal(await ask(changes))).toEqual(expected);
    });

    it.each(['Basic !!', `Basic ${Buffer.from(`${JOB}:wrong`).toString('base64')}`])(
      'refuse a bad Basic header: %s',
      async (authorization) => {
        expect(refusal(await ask({ client_secret: '' }, { authorization }))).toEqual([401, 'invalid_client', 7000215]);
      },
    );

    it.each(['common', OTHER_TENANT])('refuse %s, where the application does not exist', async (tenant) => {
      const answer = await post(`${emulator.instance}/${tenant}/oauth2/v2.0/token`, {
        grant_type: 'client_credentials',
        client_id: JOB,
        client_secret: emulator.clientSecrets.get(JOB) ?? '',
        scope: DEFAULT_SCOPE,
      });
      expect(answer.status).toBe(400);
    });

    it('give a v1.0 audience as it was asked for', async () => {
      const legacy = await startTestEmulator({
        api: { clientId: API, scopes: ['Files.Read', 'Files.Write'], accessTokenVersion: 1 },
      });
      const { body } = await post(`${legacy.instance}/${TENANT}/oauth2/token`, {
        grant_type: 'client_credentials',
        client_id: JOB,
        client_secret: legacy.clientSecrets.get(JOB) ?? '',
        resource: API,
      });
      await legacy.close();
      expect(decodeJwt(body.access_token)).toMatchObject({ aud: API, ver: '1.0' });
    });
  });

  describe('from a web page', () => {
    it('can be read by the registered origin', async () => {
      const answer = await postToken(emulator, { client_id: SPA }, { origin: SPA_ORIGIN });
      expect(answer.headers.get('access-control-allow-origin')).toBe(SPA_ORIGIN);
    });

    it.each(['https://evil.example', 'null'])('is closed to %s', async (origin) => {
      const answer = await postToken(emulator, codeForm(await obtainCode(emulator)), { origin });
      expect([...refusal(answer), answer.headers.get('access-control-allow-origin')]).toEqual([
        400,
        'invalid_request',
        9002326,
        null,
      ]);
    });
  });
});
