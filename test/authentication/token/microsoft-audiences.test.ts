import { describe, expect, it } from 'vitest';
import { refusalHint } from '../../../src/authentication/explanation/refusal-hint.js';
import { AccessTokenError } from '../../../src/authentication/refusals/access-token-error.js';
import { failureCatalogue } from '../../../src/authentication/refusals/failure-catalogue.js';
import { microsoftServiceOf } from '../../../src/authentication/token/microsoft-audiences.js';
import { ConfigError, loadAuthenticationConfig } from '../../../src/config/config.js';
import { refusal } from '../../support/refusal.js';
import { createTenant, ids } from '../../support/tenant.js';

const tenant = createTenant();

const services = [
  ['Microsoft Graph', '00000003-0000-0000-c000-000000000000'],
  ['Microsoft Graph', 'https://graph.microsoft.com'],
  ['Microsoft Graph', 'https://graph.microsoft.us'],
  ['Microsoft Graph', 'https://dod-graph.microsoft.us'],
  ['Microsoft Graph', 'https://microsoftgraph.chinacloudapi.cn'],
  ['Azure AD Graph', '00000002-0000-0000-c000-000000000000'],
  ['Azure AD Graph', 'https://graph.windows.net'],
  ['Azure Resource Manager', 'https://management.azure.com'],
  ['Azure Resource Manager', 'https://management.core.windows.net'],
  ['Azure Resource Manager', '797f4846-ba00-4fd7-ba43-dac1f8f63013'],
  ['Azure Resource Manager', 'https://management.usgovcloudapi.net'],
  ['Azure Resource Manager', 'https://management.core.usgovcloudapi.net'],
  ['Azure Resource Manager', 'https://management.chinacloudapi.cn'],
  ['Azure Resource Manager', 'https://management.core.chinacloudapi.cn'],
  ['Microsoft 365', 'https://onenote.com/'],
  ['Microsoft 365', 'https://api.botframework.com'],
  ['a service of Microsoft', 'https://token.botframework.com'],
  ['a service of Microsoft', 'https://contoso.azurecr.io'],
  ['Azure VPN Client', '41b23e61-6c1e-4545-b367-cd054e0ed4b4'],
  ['Azure Key Vault', 'https://vault.azure.net'],
  ['Azure Key Vault', 'https://vault.usgovcloudapi.net'],
  ['Azure Key Vault', 'https://vault.azure.cn'],
  ['Azure Storage', 'https://storage.azure.com'],
  ['Azure SQL Database', 'https://database.windows.net'],
  ['Azure Database for PostgreSQL and MySQL', 'https://ossrdbms-aad.database.windows.net'],
  ['Azure Service Bus', 'https://servicebus.azure.net'],
  ['Azure Event Hubs', 'https://eventhubs.azure.net'],
  ['Azure DevOps', '499b84ac-1321-427f-aa17-267ca6975798'],
  ['Azure DevOps', 'https://contoso.visualstudio.com'],
  ['SharePoint', 'https://contoso.sharepoint.com'],
  ['SharePoint', 'https://contoso-admin.sharepoint.us'],
  ['Azure Storage', 'https://contoso.blob.core.windows.net'],
  ['Azure Storage', 'https://contoso.queue.core.usgovcloudapi.net'],
  ['Azure Storage', 'https://contoso.table.core.chinacloudapi.cn'],
  ['Azure Key Vault', 'https://contoso.vault.azure.net'],
  ['Dynamics 365', 'https://contoso.crm.dynamics.com'],
  ['Dynamics 365', 'https://contoso.api.crm4.dynamics.com'],
  ['Power Platform', 'https://api.powerplatform.com'],
  ['Azure Data Explorer', 'https://help.kusto.windows.net'],
  ['Workload identity federation', 'api://AzureADTokenExchange'],
  ['Workload identity federation', 'api://AzureADTokenExchangeUSGov'],
  ['Microsoft Purview', 'https://purview.azure.net'],
  ['Microsoft Defender', 'https://api.securitycenter.microsoft.com'],
  ['Azure Databricks', '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d'],
  ['Azure Monitor', 'https://api.loganalytics.io'],
  ['Azure Cosmos DB', 'https://contoso.documents.azure.com'],
  ['Azure Event Hubs', 'https://contoso.eventhubs.azure.net'],
  ['Azure Service Bus', 'https://contoso.servicebus.windows.net'],
  ['Azure SQL Database', 'https://contoso.database.windows.net'],
  ['Azure App Configuration', 'https://contoso.azconfig.io'],
  ['Azure Batch', 'https://batch.core.windows.net'],
  ['Azure IoT Hub', 'https://azure-devices-provisioning.net'],
  ['Azure IoT Hub', 'https://contoso.azure-devices.net'],
  ['Azure Container Apps', 'https://dynamicsessions.io'],
  ['Durable Task Scheduler', 'https://durabletask.io'],
  ['Device Registration Service', '01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9'],
  ['a service of Microsoft', 'https://digitaltwins.azure.net'],
  ['a service of Microsoft', 'https://iothubs.azure.net'],
  ['a service of Microsoft', 'https://relay.azure.net'],
  ['a service of Microsoft', 'https://rest.media.azure.net'],
  ['a service of Microsoft', 'https://pas.windows.net/CheckMyAccess/Linux'],
  ['a service of Microsoft', 'https://api.spaces.skype.com'],
  ['a service of Microsoft', 'https://api.office.net'],
  ['a service of Microsoft', 'https://quantum.microsoft.com'],
  ['a service of Microsoft', '0000000f-0000-0000-c000-000000000000'],
  ['a service of Microsoft', '0000000e-0000-0ff1-ce00-000000000000'],
] as const;

/** The ways in which people and tokens write one audience. */
const spellings = (audience: string) => [
  audience,
  `${audience}/`,
  `${audience}//`,
  audience.toUpperCase(),
  `spn:${audience}`,
  audience.includes('://') ? `${audience}/.default` : `api://${audience}`,
];

describe.each(services)('an audience of %s: %s', (name, audience) => {
  it('is known in every spelling', () => {
    for (const spelling of [...spellings(audience), ` ${audience} `]) expect(microsoftServiceOf(spelling)).toBe(name);
  });

  it('is refused, and no hint proposes to accept it', async () => {
    const authentication = tenant.authentication();
    for (const aud of [audience, `${audience}/`, [audience]]) {
      const token = tenant.signAccessToken({ claims: { aud } });
      expect(await refusal(authentication.verify(token))).toMatch(/^(AUDIENCE_MISMATCH|TOKEN_FOR_GRAPH)$/);
      const error = await authentication.verify(token).catch((reason: unknown) => reason);
      if (!(error instanceof AccessTokenError)) throw new Error('expected a refusal');
      expect(refusalHint(error)).not.toMatch(/ENTRA_AUDIENCES/);
      expect(refusalHint(error)).toContain(`for ${name}`);
      const { fix, checks, notes } = await authentication.explain(token);
      expect(fix).toContain(`for ${name}`);
      expect(JSON.stringify({ fixes: checks.map((check) => check.fix), notes })).not.toMatch(/ENTRA_AUDIENCES/);
    }
  });

  it('is refused as an option, and as the client id by which the options are completed', () => {
    for (const spelling of spellings(audience)) {
      expect(() => tenant.authentication({ audiences: [ids.api, spelling] })).toThrow(
        new TypeError(`audiences: expected identifiers of this API only, because ${spelling} is ${name}`),
      );
    }
    if (!audience.includes('://')) expect(() => tenant.authentication({ clientId: audience })).toThrow(TypeError);
  });

  it('is refused as a setting, in one line that names it', () => {
    const environment = { ENTRA_TENANT_ID: ids.tenant, ENTRA_CLIENT_ID: ids.api };
    for (const spelling of spellings(audience)) {
      const problems = problemsOf({ ...environment, ENTRA_AUDIENCES: `${ids.api},${spelling}` });
      expect(problems).toEqual([expect.stringMatching(`^ENTRA_AUDIENCES: .* is ${name}`)]);
    }
    if (audience.includes('://')) return;
    expect(problemsOf({ ...environment, ENTRA_CLIENT_ID: audience })).toEqual([
      expect.stringMatching(`^ENTRA_CLIENT_ID: .* is ${name}`),
    ]);
  });
});

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadAuthenticationConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}

it.each([
  ids.api,
  `api://${ids.api}`,
  'https://contoso.example/api',
  'https://graph.microsoft.com.contoso.example',
  'https://contoso.example/graph.microsoft.com',
  'api://contoso/https://graph.microsoft.com',
  'https://contoso.azurewebsites.net',
  'https://contoso.onmicrosoft.com/api',
  'https://contoso.westeurope.cloudapp.azure.com',
  'https://contoso.azure-api.net',
  'https://notazure.net',
  'https://azure.net.contoso.example',
  'api://contoso/azure.net',
  'urn:contoso:api',
  'urn:msdos:api',
  '',
  'spn:',
])('the audience %j belongs to no service of Microsoft', (audience) => {
  expect(microsoftServiceOf(audience)).toBeUndefined();
});

it.each([
  '{00000003-0000-0000-C000-000000000000}',
  '(00000003-0000-0000-c000-000000000000)',
  'api://{00000003-0000-0000-c000-000000000000}/.default',
  'spn:{00000003-0000-0000-c000-000000000000}',
  '000000030000 0000c000000000000000'.replace(' ', ''),
  `00000003-0000-0000-c000-000000000000@${ids.tenant}`,
  `00000003-0000-0000-c000-000000000000/graph.microsoft.com@${ids.tenant}`,
])('the audience %j is another form of the application id of Microsoft Graph', (audience) => {
  expect(microsoftServiceOf(audience)).toBe('Microsoft Graph');
});

it.each([
  'urn:ms-drs:enterpriseregistration.windows.net',
  'URN:MS-DRS:enterpriseregistration.microsoftonline.us',
  'urn:federation:MicrosoftOnline',
  'urn:microsoft:userinfo',
])('the audience %j is a URN of Microsoft', (audience) => {
  expect(() => tenant.authentication({ audiences: [ids.api, audience] })).toThrow(
    `audiences: expected identifiers of this API only, because ${audience} is a service of Microsoft`,
  );
});

it('no hint of the catalogue proposes to accept the audience of a token', () => {
  for (const { hint } of Object.values(failureCatalogue)) expect(hint).not.toMatch(/\badd\b[^.]*ENTRA_AUDIENCES/i);
  expect(failureCatalogue.AUDIENCE_MISMATCH.hint).toContain('never those of another service');
});

it('the token inspector proposes another spelling of this API and never another service', async () => {
  const fixOf = async (aud: string) =>
    (await tenant.authentication().explain(tenant.signAccessToken({ claims: { aud } }))).fix;
  expect(await fixOf('api://another-api')).not.toMatch(/\badd\b/i);
  expect(await fixOf(`api://${ids.api}/`)).toContain('Add this spelling to ENTRA_AUDIENCES');
});
