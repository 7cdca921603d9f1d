import { randomBytes } from 'node:crypto';
import type {
  DirectoryUser,
  EmulatorApi,
  EmulatorClient,
  EmulatorOptions,
  EmulatorTenant,
} from './emulator-options.js';
import { EntraError } from './entra-error.js';
import { GRAPH_API } from './graph/graph-api.js';
import type { Persona } from './persona.js';

/** The scope of an address under `{instance}/{authority}/`. It is one tenant, or any with `common`/`organizations`. */
export interface Authority {
  /** The emulator's origin, as it calls itself to this client. */
  readonly instance: string;
  /** As in the address, lower case. */
  readonly name: string;
  readonly tenantId: string | undefined;
}

/** An API with its defaults filled in. */
export type DirectoryApi = Required<Omit<EmulatorApi, 'authContext' | 'groupClaims'>> &
  Pick<EmulatorApi, 'authContext' | 'groupClaims'>;

/** The tenants, the API, clients and personas. It never changes while the emulator runs. */
export interface Directory {
  readonly tenants: readonly EmulatorTenant[];
  readonly api: DirectoryApi;
  /** Other APIs. Personas hold no roles there. */
  readonly downstreamApis: readonly DirectoryApi[];
  readonly clients: readonly EmulatorClient[];
  readonly personas: readonly Persona[];
  readonly otherUsers: readonly DirectoryUser[];
  /** Secret of each confidential client, by client id. */
  readonly clientSecrets: ReadonlyMap<string, string>;
}

/** Fills in the defaults of the options. Each confidential client without a secret gets a random one. */
export function createDirectory(options: EmulatorOptions): Directory {
  const secrets = options.clients.flatMap((client) =>
    client.kind === 'confidential'
      ? [[lower(client.clientId), client.secret ?? randomBytes(24).toString('base64url')] as const]
      : [],
  );
  return {
    tenants: options.tenants.map((tenant) => ({ ...tenant, id: lower(tenant.id) })),
    api: withDefaults(options.api),
    downstreamApis: [...(options.downstreamApis ?? []), GRAPH_API].map(withDefaults),
    clients: options.clients.map((client) => ({
      ...client,
      clientId: lower(client.clientId),
      ...('agent' in client && client.agent && { agent: { blueprintId: lower(client.agent.blueprintId) } }),
    })),
    personas: options.personas.map(withLowerIds),
    otherUsers: (options.otherUsers ?? []).map(withLowerIds),
    clientSecrets: new Map(secrets),
  };
}

function withLowerIds<User extends DirectoryUser>(user: User): User {
  return { ...user, tenantId: lower(user.tenantId), objectId: lower(user.objectId) };
}

function withDefaults(api: EmulatorApi): DirectoryApi {
  return {
    clientId: lower(api.clientId),
    appIdUri: api.appIdUri ?? `api://${lower(api.clientId)}`,
    accessTokenVersion: api.accessTokenVersion ?? 2,
    scopes: api.scopes,
    authContext: api.authContext,
    groupClaims: api.groupClaims,
  };
}

/** @throws EntraError `unknownTenant` */
export function findAuthority(directory: Directory, instance: string, pathSegment: string): Authority {
  const name = lower(pathSegment);
  if (name === 'common' || name === 'organizations') return { instance, name, tenantId: undefined };
  if (directory.tenants.some((tenant) => tenant.id === name)) return { instance, name, tenantId: name };
  throw new EntraError('unknownTenant');
}

/** @throws EntraError `missingParameter`, `unknownClient` */
export function findClient(directory: Directory, clientId: string | undefined): EmulatorClient {
  if (!clientId) throw new EntraError('missingParameter', 'The request lacks client_id.');
  const client = directory.clients.find((candidate) => candidate.clientId === lower(clientId));
  if (!client) throw new EntraError('unknownClient');
  return client;
}

/** Returns the persona of this name. */
export function personaNamed({ personas }: Directory, name: string | undefined): Persona | undefined {
  return personas.find((persona) => persona.name === name);
}

/** Returns the users who can sign in at an authority. */
export function usersOf(directory: Directory, authority: Authority): readonly Persona[] {
  return directory.personas.filter((persona) => persona.kind === 'delegated' && belongsTo(persona, authority));
}

/** Returns whether the authority stands for the persona's tenant. */
export function belongsTo(persona: Persona, authority: Authority): boolean {
  return authority.tenantId === undefined || authority.tenantId === persona.tenantId;
}

/** Returns the name a user types at sign-in (`preferred_username`). It is fictional and never part of an access token. */
export function userNameOf(directory: Directory, persona: DirectoryUser): string {
  const tenant = directory.tenants.find(({ id }) => id === persona.tenantId);
  return `${persona.name}@${(tenant?.name ?? 'tenant').toLowerCase().replace(/[^a-z0-9]+/g, '-')}.example`;
}

/** Returns whether `login_hint` means this persona. The hint is the user name or just the persona's name. */
export function isHintOf(directory: Directory, loginHint: string, persona: Persona): boolean {
  return [persona.name, userNameOf(directory, persona)].includes(loginHint.toLowerCase());
}

/** Returns a GUID in lower case, because GUIDs are compared without regard to case. */
function lower(id: string): string {
  return id.toLowerCase();
}
