import { PublicClientApplication } from '@azure/msal-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { CHALLENGE, signIn, VERIFIER } from '../../emulator/emulator-fixture.js';
import { startApi, type TestApi } from '../../support/api.js';

const REDIRECT = 'http://localhost:3000';
const PAY = 'mutation ($id: ID!) { markExpenseReportPaid(id: $id) { expenseReport { status } } }';
const IBAN = 'query ($id: ID!) { expenseReport(id: $id) { author { bankAccount { iban } } } }';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

it("msal-node steps up with the challenge's claims: refused, challenged, signed in again, answered", async () => {
  const id = await approvedReport();
  const before = await signInAs('finn', ['CP1']);

  const refused = await api.post(`Bearer ${before}`, { query: PAY, variables: { id } });
  expect(refused.status).toBe(401);
  expect(refused.body).not.toHaveProperty('data');
  const challenge = String(refused.headers['www-authenticate']);
  expect(challenge).toContain('error="insufficient_claims"');
  expect(challenge).toContain('acr_values="c1"');
  expect(challenge).toContain(`authorization_uri="${api.emulator.instance}/`);
  const claims = Buffer.from(/claims="([^"]+)"/.exec(challenge)?.[1] ?? '', 'base64').toString();
  expect(JSON.parse(claims)).toEqual({ access_token: { acrs: { essential: true, value: 'c1' } } });

  const after = await signInAs('finn', ['CP1'], claims);
  const answered = await api.post(`Bearer ${after}`, { query: PAY, variables: { id } });
  expect(answered).toMatchObject({
    status: 200,
    body: { data: { markExpenseReportPaid: { expenseReport: { status: 'PAID' } } } },
  });
});

it('a client that does not understand claims challenges gets 403 and no claims to loop on', async () => {
  const token = await signInAs('finn', []);
  const refused = await api.post(`Bearer ${token}`, { query: PAY, variables: { id: await approvedReport() } });
  expect(refused.status).toBe(403);
  expect(String(refused.headers['www-authenticate'])).not.toContain('claims=');
  expect(refused.body.errors?.[0]?.extensions.code).toBe('INSUFFICIENT_CLAIMS');
});

it('a nested step-up is null and an error that holds everything, in an answer without a challenge', async () => {
  const token = await signInAs('finn', ['CP1']);
  const answer = await api.post(`Bearer ${token}`, { query: IBAN, variables: { id: await approvedReport() } });
  expect(answer.status).toBe(200);
  expect(answer.headers).not.toHaveProperty('www-authenticate');
  expect(answer.body.data.expenseReport.author.bankAccount).toBeNull();
  const { code, claims, acr_values: acrValues } = answer.body.errors?.[0]?.extensions ?? {};
  expect([code, acrValues]).toEqual(['INSUFFICIENT_CLAIMS', 'c1']);

  const stepped = await signInAs('finn', ['CP1'], Buffer.from(claims, 'base64').toString());
  const again = await api.post(`Bearer ${stepped}`, { query: IBAN, variables: { id: await approvedReport() } });
  expect(again.body.errors).toBeUndefined();
});

it('a step-up is not asked for while something else is missing', async () => {
  const refused = await api.post(`Bearer ${await signInAs('erin', ['CP1'])}`, { query: PAY, variables: { id: 'any' } });
  expect(refused.status).toBe(403);
  expect(refused.body.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

/** Signs in at the emulator's page with Microsoft's client library. */
async function signInAs(persona: string, clientCapabilities: string[], claims?: string): Promise<string> {
  const { tenants, api: registration, clients } = emulatorSettings;
  const { host } = new URL(api.emulator.instance);
  const tenant = tenants[0].id;
  const metadata = await fetch(`${api.emulator.instance}/${tenant}/v2.0/.well-known/openid-configuration`);
  const client = new PublicClientApplication({
    auth: {
      clientId: clients[0].clientId,
      clientCapabilities,
      authority: `https://${host}/${tenant}`,
      knownAuthorities: [host],
      authorityMetadata: await metadata.text(),
    },
  });
  const scopes = registration.scopes.map((scope) => `api://${registration.clientId}/${scope}`);
  const request = { scopes, redirectUri: REDIRECT, nonce: 'a nonce', ...(claims && { claims }) };
  const page = await client.getAuthCodeUrl({ ...request, codeChallenge: CHALLENGE, codeChallengeMethod: 'S256' });
  const { location } = await signIn(page, persona);
  const code = location.searchParams.get('code') ?? '';
  return (await client.acquireTokenByCode({ ...request, code, codeVerifier: VERIFIER })).accessToken;
}

async function approvedReport(): Promise<string> {
  const item = '{ description: "Ticket", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 4200 }';
  const create = `mutation { createExpenseReport(input: { title: "Train", currency: "EUR", items: [${item}] }) { expenseReport { id } } }`;
  const id = (await api.query('erin', create)).body.data.createExpenseReport.expenseReport.id;
  await api.query('erin', 'mutation ($id: ID!) { submitExpenseReport(id: $id) { expenseReport { id } } }', { id });
  await api.query('mia', 'mutation ($id: ID!) { approveExpenseReport(id: $id) { expenseReport { id } } }', { id });
  return id;
}
