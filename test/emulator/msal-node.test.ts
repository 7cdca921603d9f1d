import { ConfidentialClientApplication, InteractionRequiredAuthError, PublicClientApplication } from '@azure/msal-node';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/emulator.js';
import {
  AGENT,
  BLUEPRINT,
  CHALLENGE,
  DEFAULT_SCOPE,
  JOB,
  post,
  READ,
  requestIdOf,
  SPA,
  SPA_REDIRECT,
  signIn,
  startTestEmulator,
  stepUpClaims,
  TENANT,
  VERIFIER,
  WEB_REDIRECT,
  WEB_SECRET,
} from './emulator-fixture.js';

describe("Microsoft's msal-node", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startTestEmulator();
  });
  afterAll(() => emulator.close());

  /** MSAL insists on an https authority, but with the metadata at hand it never calls it. */
  async function authorityOptions() {
    const { host } = new URL(emulator.instance);
    const metadata = await fetch(`${emulator.instance}/${TENANT}/v2.0/.well-known/openid-configuration`);
    return {
      authority: `https://${host}/${TENANT}`,
      knownAuthorities: [host],
      authorityMetadata: await metadata.text(),
    };
  }

  async function publicClient(clientCapabilities: string[] = []): Promise<PublicClientApplication> {
    return new PublicClientApplication({ auth: { clientId: SPA, clientCapabilities, ...(await authorityOptions()) } });
  }

  async function signInWithCode(client: PublicClientApplication, changes: { claims?: string } = {}) {
    const request = { scopes: [READ], redirectUri: SPA_REDIRECT, nonce: 'the nonce', ...changes };
    const address = await client.getAuthCodeUrl({
      ...request,
      codeChallenge: CHALLENGE,
      codeChallengeMethod: 'S256',
    });
    const { location } = await signIn(address, 'writer');
    const code = location.searchParams.get('code') ?? '';
    return client.acquireTokenByCode({ ...request, code, codeVerifier: VERIFIER });
  }

  it('gets tokens of an agent for itself, for a user and through an account of its own', async () => {
    const auth = { clientId: AGENT, clientSecret: WEB_SECRET, ...(await authorityOptions()) };
    const client = new ConfidentialClientApplication({ auth });
    const forItself = await client.acquireTokenByClientCredential({ scopes: [DEFAULT_SCOPE] });
    const agent = { azp: AGENT, xms_act_fct: '3 11', xms_par_app_azp: BLUEPRINT };
    expect(decodeJwt(forItself?.accessToken ?? '')).toMatchObject({ ...agent, idtyp: 'app', xms_sub_fct: '11' });
    const signInAs = async (persona: string) => {
      const request = { scopes: [READ], redirectUri: WEB_REDIRECT };
      const { location } = await signIn(await client.getAuthCodeUrl(request), persona);
      const code = location.searchParams.get('code') ?? '';
      return decodeJwt((await client.acquireTokenByCode({ ...request, code })).accessToken);
    };
    const forUser = await signInAs('writer');
    expect(forUser).toMatchObject({ ...agent, scp: 'Files.Read' });
    expect(forUser).not.toHaveProperty('xms_sub_fct');
    expect(await signInAs('agent-account')).toMatchObject({ ...agent, xms_sub_fct: '13' });
  });

  it('gets an app-only token by client credentials', async () => {
    const clientSecret = emulator.clientSecrets.get(JOB) ?? '';
    const client = new ConfidentialClientApplication({
      auth: { clientId: JOB, clientSecret, ...(await authorityOptions()) },
    });
    const result = await client.acquireTokenByClientCredential({ scopes: [DEFAULT_SCOPE] });
    expect(decodeJwt(result?.accessToken ?? '')).toMatchObject({ idtyp: 'app', roles: ['Files.Read.All'], azp: JOB });
  });

  it('gets tokens by authorization code with PKCE', async () => {
    const result = await signInWithCode(await publicClient());
    expect(decodeJwt(result.accessToken)).toMatchObject({ scp: 'Files.Read', azp: SPA });
    expect(result.account).toMatchObject({ username: 'writer@contoso.example', tenantId: TENANT });
  });

  it('finds the token again in its cache', async () => {
    const client = await publicClient();
    const first = await signInWithCode(client);
    const before = emulator.requests.length;
    if (!first.account) throw new Error('no account');
    const second = await client.acquireTokenSilent({ scopes: [READ], account: first.account });
    expect(second.accessToken).toBe(first.accessToken);
    expect(emulator.requests).toHaveLength(before);
  });

  it('refreshes', async () => {
    const client = await publicClient();
    const first = await signInWithCode(client);
    if (!first.account) throw new Error('no account');
    const second = await client.acquireTokenSilent({ scopes: [READ], account: first.account, forceRefresh: true });
    expect(second.fromCache).toBe(false);
    expect(decodeJwt(second.accessToken).uti).not.toBe(decodeJwt(first.accessToken).uti);
  });

  it('steps up with a claims request', async () => {
    const result = await signInWithCode(await publicClient(['CP1']), { claims: stepUpClaims('c1') });
    expect(decodeJwt(result.accessToken)).toMatchObject({ acrs: ['c1'], xms_cc: ['cp1'] });
  });

  it('learns that stepping up needs the user', async () => {
    const client = await publicClient(['CP1']);
    const { account } = await signInWithCode(client);
    if (!account) throw new Error('no account');
    const attempt = client.acquireTokenSilent({ scopes: [READ], account, claims: stepUpClaims('c1') });
    await expect(attempt).rejects.toBeInstanceOf(InteractionRequiredAuthError);
  });

  it('gets a token by device code', async () => {
    const client = await publicClient();
    const result = await client.acquireTokenByDeviceCode({
      scopes: [READ],
      deviceCodeCallback: ({ userCode, verificationUri }) => void confirmDevice(verificationUri, userCode),
    });
    expect(decodeJwt(result?.accessToken ?? '')).toMatchObject({ scp: 'Files.Read', name: 'The reader' });
  });

  async function confirmDevice(verificationUri: string, userCode: string): Promise<void> {
    const page = await post(verificationUri, { user_code: userCode });
    await post(`${verificationUri}/signin`, { request: requestIdOf(page), persona: 'reader' });
  }
});
