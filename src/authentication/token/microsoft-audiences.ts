interface MicrosoftService {
  readonly name: string;
  /** Application ids of the service (Microsoft Learn: verify first-party Microsoft applications in sign-in reports). */
  readonly ids?: readonly string[];
  /** Hosts of its resource URIs in every cloud. All below them belong to the service too. */
  readonly hosts?: readonly string[];
}

export const GRAPH = 'Microsoft Graph';

/**
 * Services of Microsoft for which Entra issues access tokens. If this server accepted such a token, everyone who receives
 * one there could call it, and it could use its callers' tokens at that service. Sources of the ids: Microsoft Learn,
 * "Verify first-party Microsoft applications in sign-in reports", and the service's own pages on access tokens: "Get
 * Microsoft Entra ID tokens for service principals" (Databricks), "Conditional access" (Data Explorer), "Authenticate Azure
 * Batch services with Microsoft Entra ID", "Create an app to access Microsoft Defender for Endpoint", "Power Platform API
 * authentication". Sources of the hosts: "National cloud deployments" of Microsoft Graph, "Azure services that can use
 * managed identities", "Azure Private Endpoint private DNS zone values", and the endpoints of `az cloud list`.
 */
const SERVICES: readonly MicrosoftService[] = [
  {
    name: GRAPH,
    ids: ['00000003-0000-0000-c000-000000000000'],
    hosts: [
      'graph.microsoft.com',
      'graph.microsoft.us',
      'dod-graph.microsoft.us',
      'graph.microsoft.de',
      'microsoftgraph.chinacloudapi.cn',
    ],
  },
  {
    name: 'Azure AD Graph',
    ids: ['00000002-0000-0000-c000-000000000000'],
    hosts: [
      'graph.windows.net',
      'graph.microsoftazure.us',
      'graph.usgovcloudapi.net',
      'graph.chinacloudapi.cn',
      'graph.cloudapi.de',
    ],
  },
  {
    name: 'Azure Resource Manager',
    ids: ['797f4846-ba00-4fd7-ba43-dac1f8f63013'],
    hosts: [
      'management.azure.com',
      'management.core.windows.net',
      'management.usgovcloudapi.net',
      'management.core.usgovcloudapi.net',
      'management.chinacloudapi.cn',
      'management.core.chinacloudapi.cn',
      'management.microsoftazure.de',
      'management.core.cloudapi.de',
    ],
  },
  {
    name: 'Azure Key Vault',
    ids: ['cfa8b339-82a2-471a-a3c9-0fc0be7a4093'],
    hosts: [
      'vault.azure.net',
      'vault.usgovcloudapi.net',
      'vault.azure.cn',
      'vault.microsoftazure.de',
      'managedhsm.azure.net',
      'managedhsm.usgovcloudapi.net',
      'managedhsm.azure.cn',
    ],
  },
  {
    name: 'Azure Storage',
    ids: ['e406a681-f3d4-42a8-90b6-c2b029497af1'],
    hosts: [
      'storage.azure.com',
      'datalake.azure.net',
      'azuredatalakestore.net',
      'core.windows.net',
      'core.usgovcloudapi.net',
      'core.chinacloudapi.cn',
      'core.cloudapi.de',
    ],
  },
  {
    name: 'Azure SQL Database',
    ids: ['022907d3-0f1b-48f7-badc-1ba6abab6d66'],
    hosts: ['database.windows.net', 'database.usgovcloudapi.net', 'database.chinacloudapi.cn', 'database.cloudapi.de'],
  },
  {
    name: 'Azure Database for PostgreSQL and MySQL',
    ids: ['123cd850-d9df-40bd-94d5-c9f07b7fa203'],
    hosts: [
      'ossrdbms-aad.database.windows.net',
      'ossrdbms-aad.database.usgovcloudapi.net',
      'ossrdbms-aad.database.chinacloudapi.cn',
      'ossrdbms-aad.database.cloudapi.de',
    ],
  },
  {
    name: 'Azure Service Bus',
    ids: ['80a10ef9-8168-493d-abf9-3297c4ef6e3c'],
    hosts: [
      'servicebus.azure.net',
      'servicebus.windows.net',
      'servicebus.usgovcloudapi.net',
      'servicebus.chinacloudapi.cn',
    ],
  },
  {
    name: 'Azure Event Hubs',
    ids: ['80369ed6-5f11-4dd9-bef3-692475845e77'],
    hosts: ['eventhubs.azure.net', 'eventhubs.azure.us', 'eventhubs.azure.cn'],
  },
  {
    name: 'Azure DevOps',
    ids: ['499b84ac-1321-427f-aa17-267ca6975798'],
    hosts: ['visualstudio.com', 'dev.azure.com'],
  },
  {
    name: 'SharePoint',
    ids: ['00000003-0000-0ff1-ce00-000000000000'],
    hosts: ['sharepoint.com', 'sharepoint.us', 'sharepoint-mil.us', 'sharepoint.cn', 'sharepoint.de'],
  },
  {
    name: 'Microsoft 365',
    ids: [
      '00000002-0000-0ff1-ce00-000000000000',
      '00000005-0000-0ff1-ce00-000000000000',
      'c5393580-f805-4401-95e8-94b7a6ef2fc2',
      '48ac35b8-9aa8-4d74-927d-1f4a14a0b239',
    ],
    hosts: [
      'outlook.office.com',
      'outlook.office365.com',
      'outlook.office365.us',
      'partner.outlook.cn',
      'manage.office.com',
      'manage.office365.us',
      'substrate.office.com',
      'teams.microsoft.com',
      'onenote.com',
      'api.botframework.com',
      'api.botframework.us',
    ],
  },
  {
    name: 'Power BI',
    ids: ['00000009-0000-0000-c000-000000000000'],
    hosts: [
      'analysis.windows.net',
      'analysis.usgovcloudapi.net',
      'analysis.chinacloudapi.cn',
      'api.fabric.microsoft.com',
    ],
  },
  {
    name: 'Dynamics 365',
    ids: ['00000007-0000-0000-c000-000000000000'],
    hosts: ['dynamics.com', 'microsoftdynamics.us', 'appsplatform.us', 'dynamics.cn', 'microsoftdynamics.de'],
  },
  {
    name: 'Power Platform',
    ids: ['8578e004-a5c6-46e7-913e-12f58912df43'],
    hosts: ['powerplatform.com', 'powerapps.com', 'powerapps.us', 'flow.microsoft.com', 'bap.microsoft.com'],
  },
  {
    name: 'Azure Data Explorer',
    ids: ['2746ea77-4702-4b45-80ca-3c97e680e8b7'],
    hosts: ['kusto.windows.net', 'kusto.usgovcloudapi.net', 'kusto.chinacloudapi.cn'],
  },
  {
    name: 'Workload identity federation',
    hosts: ['azureadtokenexchange', 'azureadtokenexchangeusgov', 'azureadtokenexchangechina'],
  },
  {
    name: 'Microsoft Purview',
    ids: ['73c2949e-da2d-457a-9607-fcc665198967'],
    hosts: ['purview.azure.net', 'purview.azure.com', 'purview.azure.us', 'purview.azure.cn'],
  },
  {
    name: 'Microsoft Defender',
    ids: ['fc780465-2017-40d4-a0c5-307022471b92', '8ee8fdad-f234-4243-8f3b-15c294843740'],
    hosts: [
      'securitycenter.microsoft.com',
      'securitycenter.windows.com',
      'securitycenter.onmicrosoft.com',
      'security.microsoft.com',
      'securitycenter.microsoft.us',
    ],
  },
  { name: 'Microsoft Intune', ids: ['c161e42e-d4df-4a3d-9b42-e7a3c31f59d4'], hosts: ['manage.microsoft.com'] },
  {
    name: 'Azure Databricks',
    ids: ['2ff814a6-3304-4ab8-85cb-cd0e6f879c1d'],
    hosts: ['azuredatabricks.net', 'databricks.azure.us', 'databricks.azure.cn'],
  },
  { name: 'Azure Virtual Desktop', ids: ['9cdead84-a844-4324-93f2-b2e6bb768d07'] },
  { name: 'Azure Kubernetes Service', ids: ['6dae42f8-4368-4678-94ff-3960e28e3630'] },
  {
    name: 'Azure Monitor',
    ids: ['ca7f3f0b-7d91-482c-8e09-c5d840d0eac5', 'f5c26e74-f226-4ae8-85f0-b4af0080ac9e'],
    hosts: [
      'api.loganalytics.io',
      'api.loganalytics.us',
      'api.loganalytics.azure.cn',
      'api.applicationinsights.io',
      'monitor.azure.com',
      'monitor.azure.us',
    ],
  },
  {
    name: 'Azure AI services',
    ids: ['7d312290-28c8-473c-a0ed-8e53749b6d6d'],
    hosts: [
      'cognitiveservices.azure.com',
      'cognitiveservices.azure.us',
      'cognitiveservices.azure.cn',
      'ai.azure.com',
      'ml.azure.com',
      'search.azure.com',
      'search.windows.net',
    ],
  },
  {
    name: 'Azure Batch',
    ids: ['ddbf3205-c6bd-46ae-8127-60eb93363864'],
    hosts: ['batch.azure.com', 'batch.core.windows.net', 'batch.core.usgovcloudapi.net', 'batch.chinacloudapi.cn'],
  },
  {
    name: 'Azure Container Registry',
    hosts: ['containerregistry.azure.net', 'containerregistry.azure.us', 'containerregistry.azure.cn'],
  },
  { name: 'Azure App Configuration', hosts: ['azconfig.io', 'azconfig.azure.us', 'azconfig.azure.cn'] },
  {
    name: 'Azure Cosmos DB',
    ids: ['a232010e-820c-4083-83bb-3ace5fc29d0b'],
    hosts: ['cosmos.azure.com', 'documents.azure.com', 'documents.azure.us', 'documents.azure.cn'],
  },
  {
    name: 'Azure Synapse',
    hosts: ['dev.azuresynapse.net', 'dev.azuresynapse.usgovcloudapi.net', 'dev.azuresynapse.azure.cn'],
  },
  { name: 'Azure Event Grid', hosts: ['eventgrid.azure.net', 'eventgrid.azure.us', 'eventgrid.azure.cn'] },
  { name: 'Azure IoT Hub', hosts: ['azure-devices.net', 'azure-devices.us', 'azure-devices-provisioning.net'] },
  { name: 'Azure Container Apps', hosts: ['dynamicsessions.io'] },
  { name: 'Durable Task Scheduler', hosts: ['durabletask.io'] },
  { name: 'Azure Cache for Redis', hosts: ['redis.azure.com'] },
  { name: 'Azure SignalR Service', hosts: ['signalr.azure.com', 'webpubsub.azure.com'] },
  { name: 'Azure Communication Services', hosts: ['communication.azure.com', 'communication.azure.us'] },
  { name: 'Device Registration Service', ids: ['01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9'] },
  {
    name: 'Azure VPN Client',
    ids: [
      'c632b3df-fb67-4d84-bdcf-b95ad541b5c8',
      '41b23e61-6c1e-4545-b367-cd054e0ed4b4',
      '51bb15d4-3a4f-4ebf-9dca-40096fe32426',
      '49f817b6-84ae-4cc0-928c-73f27289b3aa',
    ],
  },
  { name: 'Azure CLI', ids: ['04b07795-8ddb-461a-bbee-02f9e1bf7b46'] },
  { name: 'Azure PowerShell', ids: ['1950a258-227b-4e31-a9cf-717495945fc2'] },
];

const OTHER_SERVICE = 'a service of Microsoft';

/**
 * Domains below which only Microsoft has names, for the services that are not listed above. Entra lets a tenant register
 * URIs of its own verified domains only, and none of these can be one. Sources: Microsoft Learn, "Microsoft 365 URLs and IP
 * address ranges", "Azure domains", "National cloud deployments", and "Restrictions on identifier URIs of Microsoft Entra
 * applications".
 */
const DOMAINS: ReadonlySet<string> = new Set([
  'microsoft.com',
  'cloud.microsoft',
  'microsoft.us',
  'microsoftazure.us',
  'microsoftazure.de',
  'microsoftonline.com',
  'microsoftonline.us',
  'microsoftonline.cn',
  'microsoftonline-p.com',
  'windows.net',
  'windows.com',
  'azure.com',
  'azure.net',
  'azure.us',
  'azure.cn',
  'usgovcloudapi.net',
  'chinacloudapi.cn',
  'cloudapi.de',
  'azuresynapse.net',
  'azuresynapse.us',
  'azure-automation.net',
  'azurecr.io',
  'azureml.ms',
  'botframework.com',
  'azurehdinsight.net',
  'office.com',
  'office.net',
  'office365.com',
  'office365.us',
  'outlook.com',
  'live.com',
  'onedrive.com',
  'skype.com',
  'lync.com',
  'yammer.com',
  'powerbi.com',
  'powerbigov.us',
  'xboxlive.com',
]);

/** Names in those domains that customers of Azure choose for their own machines. */
const CUSTOMER_DOMAINS: ReadonlySet<string> = new Set([
  'cloudapp.azure.com',
  'cloudapp.azure.us',
  'cloudapp.usgovcloudapi.net',
  'cloudapp.chinacloudapi.cn',
]);

/** Ids of the oldest applications of Microsoft, such as Microsoft Graph and SharePoint. They all have one form. */
const OLDEST_IDS = /^[0-9a-f]{8}-0000-(0000-c000|0ff1-ce00)-000000000000$/;

/** `urn:ms-drs:…` of device registration, and the URN by which AD FS knows Microsoft 365. */
const MICROSOFT_URN = /^urn:(ms-|microsoft|federation:microsoftonline)/;

const NAMES_BY_ID: ReadonlyMap<string, string> = new Map(
  SERVICES.flatMap(({ name, ids = [] }) => ids.map((id) => [id, name])),
);
const NAMES_BY_HOST: ReadonlyMap<string, string> = new Map(
  SERVICES.flatMap(({ name, hosts = [] }) => hosts.map((host) => [host, name])),
);

/** More labels than a listed host and its subdomain have. */
const MAX_LABELS = 8;

/**
 * Returns the name of the Microsoft service to which an audience belongs. The application id or the host of the URI decides.
 * Returns undefined when it belongs to none. Case, spaces, slashes, a path, braces, `api://` and `spn:` are ignored.
 */
export function microsoftServiceOf(audience: string): string | undefined {
  const plain = audience
    .trim()
    .toLowerCase()
    .replace(/^spn:/, '')
    .replace(/[{}()]/g, '');
  if (MICROSOFT_URN.test(plain)) return OTHER_SERVICE;
  const [, rest = plain] = /^[a-z][a-z0-9+.-]*:\/\/(.*)$/s.exec(plain) ?? [];
  const [host = ''] = rest.split(/[/?#]/, 1);
  // An application id may have the tenant behind it, and a host a user before it.
  return host
    .split('@')
    .map(serviceAt)
    .find((name) => name !== undefined);
}

function serviceAt(host: string): string | undefined {
  const hostname = host.replace(/:\d*$/, '').replace(/\.$/, '');
  const id = hostname.replace(
    /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/,
    '$1-$2-$3-$4-$5',
  );
  const labels = hostname.split('.').slice(-MAX_LABELS);
  const hosts = labels.map((_, at) => labels.slice(at).join('.'));
  const listed = NAMES_BY_ID.get(id) ?? hosts.map((one) => NAMES_BY_HOST.get(one)).find((name) => name !== undefined);
  if (listed !== undefined) return listed;
  const isOfMicrosoft = OLDEST_IDS.test(id) || hosts.some((one) => DOMAINS.has(one));
  return isOfMicrosoft && !hosts.some((one) => CUSTOMER_DOMAINS.has(one)) ? OTHER_SERVICE : undefined;
}
