import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import {
  API,
  authorizeAddress,
  codeForm,
  landingOf,
  OTHER_TENANT,
  obtainCode,
  post,
  postToken,
  READ,
  requestIdOf,
  SPA_REDIRECT,
  send,
  signIn,
  startTestEmulator,
  stepUpClaims,
  TENANT,
  WEB,
  WEB_REDIRECT,
} from '../emulator-fixture.js';

type Changes = Record<string, string | undefined>;

describe('authorize endpoint', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterAll(() => emulator.close());

  const open = (changes: Changes = {}, cookie?: string, tenant = TENANT) =>
    send(authorizeAddress(emulator, changes, tenant), cookie ? { headers: { cookie } } : {});

  describe('page', () => {
    it('has a button for each user of the tenant', async () => {
      const { body } = await open();
      const names = [...body.matchAll(/<button name="persona" value="([^"]+)"/g)].map(([, name]) => name);
      expect(names).toEqual(['writer', 'reader', 'guest', 'agent-account']);
    });

    it.each(['common', 'organizations'])('has the users of all tenants at %s', async (tenant) => {
      expect((await open({}, undefined, tenant)).body).toContain('value="stranger"');
    });

    it('has the users of the other tenant there', async () => {
      const { body } = await open({}, undefined, OTHER_TENANT);
      expect([body.includes('value="stranger"'), body.includes('value="writer"')]).toEqual([true, false]);
    });

    it('runs no script and cannot be framed', async () => {
      const policy = (await open()).headers.get('content-security-policy');
      expect(policy).toBe(
        "default-src 'none'; style-src 'self'; script-src 'none'; form-action 'self' http://localhost:4000; base-uri 'none'; frame-ancestors 'none'",
      );
    });

    it('is not cached', async () => {
      expect((await open()).headers.get('cache-control')).toBe('no-store');
    });

    it('has the focus on the persona that the client expects', async () => {
      expect((await open({ login_hint: 'reader@contoso.example' })).body).toContain('value="reader" autofocus');
    });

    it('takes its parameters from a form as well', async () => {
      const [address = '', query = ''] = authorizeAddress(emulator).split('?');
      const page = await post(address, Object.fromEntries(new URLSearchParams(query)));
      expect(page.body).toContain('value="writer"');
    });
  });

  describe('refuses on a page of its own, without a redirect,', () => {
    it.each<[string, Changes, string]>([
      ['an unknown client', { client_id: API }, 'AADSTS700016'],
      ['no client', { client_id: undefined }, 'AADSTS900144'],
      ['a foreign redirect URI', { redirect_uri: 'https://evil.example/' }, 'AADSTS50011'],
      ['no redirect URI', { redirect_uri: undefined }, 'AADSTS900144'],
      ['an unknown response mode', { response_mode: 'web_message' }, 'AADSTS70007'],
    ])('%s', async (_what, changes, number) => {
      const { status, headers, body } = await open(changes);
      expect([status, headers.get('location'), body.includes(number)]).toEqual([400, null, true]);
    });

    it('a parameter sent twice', async () => {
      const { status } = await send(`${authorizeAddress(emulator)}&scope=openid`);
      expect(status).toBe(400);
    });

    it('an unknown tenant', async () => {
      expect((await open({}, undefined, 'nowhere')).status).toBe(400);
    });
  });

  describe('refuses at the redirect URI', () => {
    it.each<[string, Changes, string]>([
      ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
      ['no scope', { scope: undefined }, 'invalid_request'],
      ['an unknown scope', { scope: `api://${API}/Nothing` }, 'invalid_client'],
      ['an unknown resource', { scope: 'api://elsewhere/Read' }, 'invalid_resource'],
      ['a public client without PKCE', { code_challenge: undefined }, 'invalid_request'],
      ['PKCE without a method', { code_challenge_method: undefined }, 'invalid_request'],
      ['PKCE with method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
      ['a challenge that is too short', { code_challenge: 'short' }, 'invalid_request'],
      ['a broken claims request', { claims: '{' }, 'invalid_request'],
      ['a silent sign-in without a session', { prompt: 'none' }, 'login_required'],
    ])('%s', async (_what, changes, error) => {
      const { location } = landingOf(await open(changes));
      expect([
        location.origin + location.pathname,
        location.searchParams.get('error'),
        location.searchParams.get('state'),
      ]).toEqual([SPA_REDIRECT, error, 'the state']);
    });

    it('a persona without any of the scopes', async () => {
      const { location } = await signIn(authorizeAddress(emulator, { scope: `api://${API}/Files.Write` }), 'reader');
      expect(location.searchParams.get('suberror')).toBe('consent_required');
    });

    it('a persona that cannot satisfy the authentication context', async () => {
      const { location } = await signIn(authorizeAddress(emulator, { claims: stepUpClaims('c1') }), 'reader');
      expect(location.searchParams.get('error')).toBe('access_denied');
    });

    it('a persona of another tenant', async () => {
      const { location } = await signIn(authorizeAddress(emulator), 'stranger');
      expect(location.searchParams.get('error')).toBe('invalid_request');
    });

    it('an application as a user', async () => {
      const { location } = await signIn(authorizeAddress(emulator), 'job');
      expect(location.searchParams.get('error')).toBe('invalid_request');
    });

    it('when the user cancels', async () => {
      const request = requestIdOf(await open());
      const { location } = landingOf(await post(`${emulator.instance}/signin`, { request, cancel: '1' }));
      expect(location.searchParams.get('error')).toBe('access_denied');
    });
  });

  describe('answers', () => {
    it('in the query by default', async () => {
      const { location } = await signIn(authorizeAddress(emulator), 'writer');
      expect([...location.searchParams.keys()]).toEqual(['code', 'state']);
    });

    it('in the fragment', async () => {
      const { location } = await signIn(authorizeAddress(emulator, { response_mode: 'fragment' }), 'writer');
      expect([location.search, [...new URLSearchParams(location.hash.slice(1)).keys()]]).toEqual([
        '',
        ['code', 'state'],
      ]);
    });

    it('in a form that sends itself with a script that is not inline', async () => {
      const request = requestIdOf(await open({ response_mode: 'form_post', state: '"><script>' }));
      const { body, headers } = await post(`${emulator.instance}/signin`, { request, persona: 'writer' });
      expect(body).toMatch(
        /<form method="post" action="http:\/\/localhost:4000\/explorer">\s*<input type="hidden" name="code"/,
      );
      expect(body).toContain('name="state" value="&quot;&gt;&lt;script&gt;"');
      expect(body).toContain('<script src="/emulator/submit.js" defer></script>');
      expect(headers.get('content-security-policy')).toContain(
        "script-src 'self'; form-action 'self' http://localhost:4000",
      );
    });

    it('without a state if none was given', async () => {
      const { location } = await signIn(authorizeAddress(emulator, { state: undefined }), 'writer');
      expect([...location.searchParams.keys()]).toEqual(['code']);
    });

    it('with who signed in, if asked', async () => {
      const { location } = await signIn(authorizeAddress(emulator, { client_info: '1' }), 'writer');
      const info = JSON.parse(Buffer.from(location.searchParams.get('client_info') ?? '', 'base64url').toString());
      expect(info).toEqual({ uid: '0d0d0d0d-0000-4000-8000-000000000001', utid: TENANT });
    });

    it('once for each page', async () => {
      const form = { request: requestIdOf(await open()), persona: 'writer' };
      await post(`${emulator.instance}/signin`, form);
      expect((await post(`${emulator.instance}/signin`, form)).status).toBe(400);
    });

    it('a confidential client without PKCE', async () => {
      const changes = {
        client_id: WEB,
        redirect_uri: WEB_REDIRECT,
        code_challenge: undefined,
        code_challenge_method: undefined,
      };
      const { location } = await signIn(authorizeAddress(emulator, changes), 'writer');
      expect(location.searchParams.has('code')).toBe(true);
    });
  });

  describe('with a session', () => {
    let cookie: string;
    beforeAll(async () => {
      cookie = (await signIn(authorizeAddress(emulator), 'writer')).cookie;
    });

    const silent = async (changes: Changes, tenant?: string) =>
      landingOf(await open({ prompt: 'none', ...changes }, cookie, tenant)).location.searchParams;

    it('signs in without a page', async () => {
      const { location } = landingOf(await open({}, cookie));
      expect(location.searchParams.has('code')).toBe(true);
    });

    it('signs in silently', async () => {
      expect((await silent({})).has('code')).toBe(true);
    });

    it.each(['writer', 'writer@contoso.example', 'Writer@Contoso.example'])('knows the hint %s', async (hint) => {
      expect((await silent({ login_hint: hint })).has('code')).toBe(true);
    });

    it('does not sign in somebody else silently', async () => {
      expect((await silent({ login_hint: 'reader' })).get('error')).toBe('login_required');
    });

    it('does not sign in at another tenant silently', async () => {
      expect((await silent({}, OTHER_TENANT)).get('error')).toBe('login_required');
    });

    it('does not step up silently', async () => {
      expect((await silent({ claims: stepUpClaims('c1') })).get('error')).toBe('interaction_required');
    });

    it.each(['login', 'select_account', 'consent'])('shows the page for prompt=%s', async (prompt) => {
      expect((await open({ prompt }, cookie)).body).toContain('value="writer"');
    });

    it('is a cookie that scripts and other sites do not get', async () => {
      const page = await open({ prompt: 'login' });
      const answer = await post(`${emulator.instance}/signin`, { request: requestIdOf(page), persona: 'writer' });
      expect(answer.headers.get('set-cookie')).toMatch(
        /^entra_emulator_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
      );
    });

    it('that has stepped up does so silently', async () => {
      const steppedUp = await signIn(authorizeAddress(emulator, { claims: stepUpClaims('c1') }), 'writer');
      const answer = await open({ prompt: 'none', claims: stepUpClaims('c1') }, steppedUp.cookie);
      expect(landingOf(answer).location.searchParams.has('code')).toBe(true);
    });
  });

  it('gives an authentication context only to a sign-in that asks for it', async () => {
    const plain = await postToken(emulator, codeForm(await obtainCode(emulator)));
    const steppedUp = await postToken(emulator, codeForm(await obtainCode(emulator, { claims: stepUpClaims('c1') })));
    expect([decodeJwt(plain.body.access_token).acrs, decodeJwt(steppedUp.body.access_token).acrs]).toEqual([
      undefined,
      ['c1'],
    ]);
  });

  it('serves v1.0, where a resource takes the place of scopes', async () => {
    const address = new URL(authorizeAddress(emulator, { scope: undefined, resource: `api://${API}/` }));
    address.pathname = `/${TENANT}/oauth2/authorize`;
    const { location } = await signIn(address.href, 'reader');
    const form = codeForm(location.searchParams.get('code') ?? '');
    const { body } = await post(`${emulator.instance}/${TENANT}/oauth2/token`, form);
    expect(decodeJwt(body.access_token).scp).toBe(READ.split('/').at(-1));
  });
});
