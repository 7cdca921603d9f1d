import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { SignJWT } from 'jose';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../src/emulator/emulator.js';
import {
  API,
  DEFAULT_SCOPE,
  JOB,
  OPTIONS,
  obtainTokens,
  postToken,
  READ,
  SPA,
  startTestEmulator,
  TENANT,
  WEB_SECRET,
} from '../emulator-fixture.js';

const DOWNSTREAM = '0b0b0b0b-0000-4000-8000-000000000002';
const SEND = `api://${DOWNSTREAM}/Mail.Send`;

let emulator: Emulator;
let certificate: Awaited<ReturnType<typeof createCertificate>>;
const createCertificate = () =>
  generate([{ name: 'commonName', value: 'job' }], { keySize: 2048, algorithm: 'sha256' });

beforeAll(async () => {
  certificate = await createCertificate();
  const [spa] = OPTIONS.clients;
  if (!spa) throw new Error('the fixture has no client');
  emulator = await startTestEmulator({
    downstreamApis: [{ clientId: DOWNSTREAM, scopes: ['Mail.Send', 'Mail.Read'] }],
    clients: [
      spa,
      { kind: 'confidential', clientId: JOB, name: 'Job', persona: 'job', certificates: [certificate.cert] },
      { kind: 'confidential', clientId: API, name: 'API', secret: WEB_SECRET, consents: [SEND] },
    ],
  });
});
afterAll(() => emulator.close());

describe('a user assertion', () => {
  const form = (assertion: string, changes: Record<string, string> = {}) => ({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    requested_token_use: 'on_behalf_of',
    client_id: API,
    client_secret: WEB_SECRET,
    scope: SEND,
    assertion,
    ...changes,
  });
  const codesFor = async (assertion: string, changes: Record<string, string> = {}) =>
    (await postToken(emulator, form(assertion, changes))).body.error_codes;
  const issue = (overrides = {}, persona = 'writer') => emulator.issueAccessToken(persona, overrides);

  it('gives a token of the other API, which can be renewed', async () => {
    const { body } = await postToken(emulator, form(await issue(), { scope: `offline_access ${SEND}` }));
    expect(body).toMatchObject({ token_type: 'Bearer', scope: SEND });
    const renewed = await postToken(emulator, {
      grant_type: 'refresh_token',
      client_id: API,
      client_secret: WEB_SECRET,
      refresh_token: body.refresh_token,
    });
    expect(renewed.body).toMatchObject({ token_type: 'Bearer', scope: SEND });
  });

  it('gives the scopes that were consented to for .default', async () => {
    const { body } = await postToken(emulator, form(await issue(), { scope: `api://${DOWNSTREAM}/.default` }));
    expect(body.scope).toBe(`${SEND} api://${DOWNSTREAM}/.default`);
  });

  it.each<readonly [what: string, number: number, assertion: () => Promise<string>]>([
    ['for another audience', 500131, () => issue({ audience: DOWNSTREAM })],
    ['of an application', 7000114, () => issue({}, 'job')],
    ['without scopes', 7000114, () => issue({ claims: { scp: undefined } })],
    ['of a user who is not there', 7000114, () => issue({ claims: { oid: randomUUID() } })],
    ['that expired', 500133, () => issue({ expiresInSeconds: -1 })],
    ['without an end', 500133, () => issue({ claims: { exp: undefined } })],
    ['of the future', 500133, () => issue({ claims: { nbf: 9_999_999_999 } })],
    ['with an unknown key', 50013, () => issue({ header: { kid: 'unknown' } })],
    ['with another algorithm', 50013, () => issue({ header: { alg: 'none' } })],
    ['that is not a token', 50027, async () => 'a.b'],
    ['for the client that signed in', 500131, async () => (await obtainTokens(emulator)).id_token],
  ])('%s is refused with AADSTS%i', async (_what, number, assertion) => {
    expect(await codesFor(await assertion())).toEqual([number]);
  });

  it.each<readonly [what: string, number: number, changes: Record<string, string>]>([
    ['without consent to the scope', 65001, { scope: `api://${DOWNSTREAM}/Mail.Read` }],
    ['for an unknown scope', 650053, { scope: `api://${DOWNSTREAM}/Mail.Delete` }],
    ['for an unknown API', 500011, { scope: 'api://other/Read' }],
    ['for another use', 90013, { requested_token_use: 'for_fun' }],
    ['without a use', 900144, { requested_token_use: '' }],
    ['without the right secret', 7000215, { client_secret: 'wrong' }],
    [
      'of an authentication context that the user did not prove',
      50076,
      { claims: '{"access_token":{"acrs":{"value":"c1"}}}' },
    ],
  ])('%s is refused with AADSTS%i', async (_what, number, changes) => {
    expect(await codesFor(await issue(), changes)).toEqual([number]);
  });

  it('is not for a public client', async () => {
    const { client_secret: _secret, ...others } = form(await issue());
    expect((await postToken(emulator, { ...others, client_id: SPA })).body.error_codes).toEqual([7000218]);
  });

  it('cannot be had by signing in: a person consents to no downstream scope', async () => {
    const { refresh_token: refreshToken } = await obtainTokens(emulator);
    const renewal = { grant_type: 'refresh_token', client_id: SPA, refresh_token: refreshToken, scope: SEND };
    expect((await postToken(emulator, renewal)).body.error_codes).toEqual([65001]);
    expect((await postToken(emulator, { ...renewal, scope: READ })).status).toBe(200);
  });
});

describe('a client assertion', () => {
  const endpoint = () => `${emulator.instance}/${TENANT}/oauth2/v2.0/token`;
  const thumbprint = () =>
    Buffer.from(new X509Certificate(certificate.cert).fingerprint.replaceAll(':', ''), 'hex').toString('base64url');

  interface Changes {
    readonly claims?: Record<string, unknown>;
    readonly header?: Record<string, unknown>;
    readonly key?: string;
    readonly form?: Record<string, string>;
  }
  async function ask({ claims, header, key, form }: Changes = {}) {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: JOB, sub: JOB, aud: endpoint(), nbf: now, exp: now + 60, jti: randomUUID(), ...claims };
    const assertion = await new SignJWT(all)
      .setProtectedHeader({ alg: 'RS256', x5t: thumbprint(), ...header })
      .sign(createPrivateKey(key ?? certificate.private));
    return postToken(emulator, {
      grant_type: 'client_credentials',
      client_id: JOB,
      scope: DEFAULT_SCOPE,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      ...form,
    });
  }

  it.each<readonly [what: string, changes: () => Changes]>([
    ['for the token endpoint', () => ({})],
    ['for the issuer', () => ({ claims: { aud: `${emulator.instance}/${TENANT}/v2.0` } })],
    ['with PS256', () => ({ header: { alg: 'PS256' } })],
  ])('%s is accepted', async (_what, changes) => {
    expect((await ask(changes())).status).toBe(200);
  });

  it.each<readonly [what: string, number: number, changes: Changes]>([
    ['of another client', 700021, { claims: { iss: API, sub: API } }],
    ['without sub', 700021, { claims: { sub: undefined } }],
    ['for another endpoint', 700023, { claims: { aud: 'https://login.microsoftonline.com/common/oauth2/v2.0/token' } }],
    ['that expired', 700024, { claims: { exp: 1_000_000_000, nbf: 999_999_000 } }],
    ['without an end', 700024, { claims: { exp: undefined } }],
    ['that names another certificate', 700027, { header: { x5t: 'AAAA' } }],
    ['of another type', 90013, { form: { client_assertion_type: 'password' } }],
    ['together with a secret', 90013, { form: { client_secret: 'secret' } }],
    ['for a public client', 700025, { form: { client_id: SPA } }],
    ['for a client without certificates', 700027, { form: { client_id: API } }],
    ['that is not a token', 50027, { form: { client_assertion: 'a.b.c' } }],
  ])('%s is refused with AADSTS%i', async (_what, number, changes) => {
    expect((await ask(changes)).body.error_codes).toEqual([number]);
  });

  it('signed with another key is refused', async () => {
    expect((await ask({ key: (await createCertificate()).private })).body.error_codes).toEqual([700027]);
  });
});

describe('options', () => {
  it.each([
    ['a consent to an unknown scope', { consents: [`api://${DOWNSTREAM}/Mail.Send`] }],
    ['a certificate that is none', { certificates: ['-----BEGIN CERTIFICATE-----'] }],
  ])('with %s do not start', async (_what, changes) => {
    const client = { kind: 'confidential', clientId: JOB, name: 'Job', ...changes } as const;
    await expect(startTestEmulator({ clients: [client] })).rejects.toMatchObject({ code: 'BAD_OPTIONS' });
  });
});
