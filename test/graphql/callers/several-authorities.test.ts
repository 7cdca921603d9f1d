import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AccessTokenError } from '../../../src/authentication/refusals/access-token-error.js';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { Refusals } from '../../../src/graphql/refusals/refusal.js';
import { outcome, startApi, type TestApi } from '../../support/api.js';

const CUSTOMER_API = 'a9100000-0000-4000-8000-0000000000c1';
const tenantId = emulatorSettings.tenants[0].id;
const job = emulatorSettings.clients[1];

let api: TestApi;
let customers: Emulator;
let folder: string;

beforeAll(async () => {
  const own = { ...emulatorSettings.api, clientId: CUSTOMER_API };
  const secret = 'not-a-secret-of-customers';
  const consents = ['https://graph.microsoft.com/User.Read.All'];
  customers = await startEmulator({
    ...emulatorSettings,
    api: own,
    clients: [
      ...emulatorSettings.clients,
      { kind: 'confidential', clientId: CUSTOMER_API, name: 'For customers', secret, consents },
    ],
    personas: emulatorSettings.personas.map((persona) => ({ ...persona, jobTitle: 'Customer' })),
    port: 0,
  });
  folder = await mkdtemp(join(tmpdir(), 'authorities-'));
  const [path, clientSecretFile] = [join(folder, 'authorities.json'), join(folder, 'secret')];
  await writeFile(clientSecretFile, secret);
  const { instance } = customers;
  const downstream = { clientSecretFile, graphUrl: instance };
  const authority = { name: 'customers', tenantId, clientId: CUSTOMER_API, instance, downstream };
  await writeFile(path, JSON.stringify([authority]));
  api = await startApi({ ENTRA_AUTHORITIES: path });
});
afterAll(async () => {
  await api.close();
  await customers.close();
  await rm(folder, { recursive: true });
});

/** The access token that msal gets by client credentials. */
async function tokenFrom({ instance }: Emulator, apiId: string): Promise<string> {
  const { host } = new URL(instance);
  const metadata = await fetch(`${instance}/${tenantId}/v2.0/.well-known/openid-configuration`);
  const client = new ConfidentialClientApplication({
    auth: {
      clientId: job.clientId,
      clientSecret: job.secret,
      authority: `https://${host}/${tenantId}`,
      knownAuthorities: [host],
      authorityMetadata: await metadata.text(),
    },
  });
  const result = await client.acquireTokenByClientCredential({ scopes: [`api://${apiId}/.default`] });
  return result?.accessToken ?? '';
}

it('a server takes the tokens of two authorities that msal got, and says where tokens come from', async () => {
  const ask = (token: string) => api.post(`Bearer ${token}`, { query: '{ me { kind authority } }' });
  const ofEmployee = await ask(await tokenFrom(api.emulator, emulatorSettings.api.clientId));
  const ofCustomer = await ask(await tokenFrom(customers, CUSTOMER_API));
  expect(ofEmployee.body.data).toEqual({ me: { kind: 'APP_ONLY', authority: 'default' } });
  expect(ofCustomer.body.data).toEqual({ me: { kind: 'APP_ONLY', authority: 'customers' } });
  const forEmployees = await customers.issueAccessToken('erin', { audience: emulatorSettings.api.clientId });
  expect(outcome(await ask(forEmployees))).toBe('401 UNAUTHENTICATED');
  const document = (await api.app.inject('/.well-known/oauth-protected-resource')).json();
  expect(document.authorization_servers).toEqual(
    [api.emulator, customers].map(({ instance }) => `${instance}/${tenantId}/v2.0`),
  );
});

it('profiles come from the Microsoft Graph of the authority of each caller', async () => {
  const query = '{ employees(first: 100) { nodes { name profile { jobTitle } } } }';
  const titleOf = async (emulator: Emulator) => {
    const { body } = await api.post(`Bearer ${await emulator.issueAccessToken('mia')}`, { query });
    expect(body.errors).toBeUndefined();
    const nodes: { name: string; profile: { jobTitle: string } | null }[] = body.data.employees.nodes;
    return nodes.find(({ name }) => name === 'Mia Moreau')?.profile?.jobTitle;
  };
  expect([await titleOf(api.emulator), await titleOf(customers)]).toEqual(['Head of sales', 'Customer']);
});

it('a challenge names the address at which users of its authority sign in', async () => {
  const query = 'mutation { markExpenseReportPaid(id: "RXhwZW5zZVJlcG9ydDp4") { __typename } }';
  const addressFor = async (emulator: Emulator) => {
    const token = await emulator.issueAccessToken('finn', { claims: { xms_cc: ['cp1'] } });
    const { headers } = await api.post(`Bearer ${token}`, { query });
    return /authorization_uri="([^"]*)".*error="insufficient_claims"/.exec(String(headers['www-authenticate']))?.[1];
  };
  for (const emulator of [api.emulator, customers]) {
    expect(await addressFor(emulator)).toBe(`${emulator.instance}/${tenantId}/oauth2/v2.0/authorize`);
  }
});

it('a challenge of a revoked token does too, and names no address for an authority that has none', () => {
  const addresses = {
    authorizationUri: 'https://employees.example/authorize',
    authorizationUris: new Map([['customers', 'https://customers.example/authorize']]),
  };
  const challengeFor = (authority: string | undefined) => {
    const error = new AccessTokenError('TOKEN_REVOKED', { claimsChallenge: 'e30=', authority });
    return new Refusals(addresses).ofRequest(error).headers.get('www-authenticate');
  };
  const rest = 'error="insufficient_claims", claims="e30="';
  for (const authority of [undefined, 'default']) {
    expect(challengeFor(authority)).toBe(`Bearer realm="", authorization_uri="${addresses.authorizationUri}", ${rest}`);
  }
  expect(challengeFor('customers')).toContain('authorization_uri="https://customers.example/authorize"');
  expect(challengeFor('partners')).toBe(`Bearer realm="", ${rest}`);
});
