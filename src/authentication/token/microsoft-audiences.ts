interface MicrosoftService {
  readonly name: string;
  /** Application ids of the service (Microsoft Learn: verify first-party Microsoft applications in sign-in reports). */
  readonly ids?: readonly string[];
  /** Hosts of its resource URIs in every cloud. */
  readonly hosts?: readonly string[];
}

export const GRAPH = 'Microsoft Graph';

/**
 * Services of Microsoft for which Entra issues access tokens. A server that accepted such a token would let anyone in who
 * received one there, and could itself use the tokens of its callers at that service. Sources: Microsoft Learn, "Verify
 * first-party Microsoft applications in sign-in reports", "National cloud deployments" of Microsoft Graph, "Azure services
 * that can use managed identities", and the endpoints of `az cloud list`.
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
    hosts: ['storage.azure.com', 'datalake.azure.net'],
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
    hosts: ['app.vssps.visualstudio.com', 'dev.azure.com'],
  },
  {
    name: 'Microsoft 365',
    ids: ['00000002-0000-0ff1-ce00-000000000000', '00000003-0000-0ff1-ce00-000000000000'],
    hosts: [
      'outlook.office.com',
      'outlook.office365.com',
      'outlook.office365.us',
      'partner.outlook.cn',
      'manage.office.com',
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
  { name: 'Dynamics 365', ids: ['00000007-0000-0000-c000-000000000000'] },
  { name: 'Azure Kubernetes Service', ids: ['6dae42f8-4368-4678-94ff-3960e28e3630'] },
  {
    name: 'Azure Monitor',
    ids: ['ca7f3f0b-7d91-482c-8e09-c5d840d0eac5'],
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
    ],
  },
  { name: 'Azure Batch', hosts: ['batch.core.windows.net', 'batch.core.usgovcloudapi.net', 'batch.chinacloudapi.cn'] },
  {
    name: 'Azure Container Registry',
    hosts: ['containerregistry.azure.net', 'containerregistry.azure.us', 'containerregistry.azure.cn'],
  },
  { name: 'Azure App Configuration', hosts: ['azconfig.io', 'azconfig.azure.us', 'azconfig.azure.cn'] },
  { name: 'Azure Cosmos DB', hosts: ['cosmos.azure.com'] },
  {
    name: 'Azure Synapse',
    hosts: ['dev.azuresynapse.net', 'dev.azuresynapse.usgovcloudapi.net', 'dev.azuresynapse.azure.cn'],
  },
  { name: 'Azure Event Grid', hosts: ['eventgrid.azure.net', 'eventgrid.azure.us', 'eventgrid.azure.cn'] },
  { name: 'Azure Cache for Redis', hosts: ['redis.azure.com'] },
  { name: 'Azure SignalR Service', hosts: ['signalr.azure.com', 'webpubsub.azure.com'] },
  { name: 'Azure Communication Services', hosts: ['communication.azure.com', 'communication.azure.us'] },
];

const NAMES_BY_ID: ReadonlyMap<string, string> = new Map(
  SERVICES.flatMap(({ name, ids = [] }) => ids.map((id) => [id, name])),
);
const NAMES_BY_HOST: ReadonlyMap<string, string> = new Map(
  SERVICES.flatMap(({ name, hosts = [] }) => hosts.map((host) => [host, name])),
);

/**
 * Returns the name of the Microsoft service to which an audience belongs, by its application id or by the host of its URI;
 * undefined when it belongs to none. Spelling does not matter: case, spaces, slashes, a path, `api://` and `spn:`.
 */
export function microsoftServiceOf(audience: string): string | undefined {
  const plain = audience.trim().toLowerCase().replace(/^spn:/, '');
  const [, rest = plain] = /^[a-z][a-z0-9+.-]*:\/\/(.*)$/s.exec(plain) ?? [];
  const [host = ''] = rest.split(/[/?#]/, 1);
  const hostname = host.replace(/^.*@/, '').replace(/:\d*$/, '').replace(/\.$/, '');
  return NAMES_BY_ID.get(hostname) ?? NAMES_BY_HOST.get(hostname);
}
