import type { AuthenticationOptions } from '../authentication-options.js';
import { parseGuid } from '../guid.js';
import { isExternalIdHost } from '../keys/clouds.js';
import { checkOptionTypes } from '../option-types.js';
import type { TokenVersion } from '../token-version.js';
import { microsoftServiceOf } from './microsoft-audiences.js';

/** What an access token has to be like to be accepted; made from the options once. GUIDs are lower-case. */
export interface TokenRequirements {
  readonly versions: ReadonlySet<TokenVersion>;
  /** Compared ordinally with `aud`. Never empty. */
  readonly audiences: ReadonlySet<string>;
  readonly tenants: ReadonlySet<string>;
  /** Clients that may call; undefined allows any. */
  readonly clients: ReadonlySet<string> | undefined;
  /** Clients whose tokens may hold neither scopes nor roles. */
  readonly clientsWithoutPermissions: ReadonlySet<string>;
  readonly clockToleranceSeconds: number;
}

/**
 * Turns options into the requirements that tokens are checked against.
 *
 * @throws TypeError when an option is missing, empty, malformed, of another type or unknown. A check that has nothing to
 * compare with would pass every token, so the server must not start with one.
 */
export function tokenRequirements(options: AuthenticationOptions): TokenRequirements {
  checkOptionTypes(options);
  const clientId = guid('clientId', options.clientId);
  const clients = options.allowedClients && nonEmptyGuids('allowedClients', options.allowedClients);
  const withoutPermissions = guids('clientsWithoutPermissions', options.clientsWithoutPermissions ?? []);
  demand(
    clients === undefined || [...withoutPermissions].every((client) => clients.has(client)),
    'clientsWithoutPermissions must be among allowedClients, because no other client may call',
  );
  return {
    versions: acceptedVersions(options),
    audiences: audiences(options.audiences ?? [clientId, `api://${clientId}`]),
    tenants: tenants(options),
    clients,
    clientsWithoutPermissions: withoutPermissions,
    clockToleranceSeconds: options.clockToleranceSeconds ?? 60,
  };
}

/** Returns the token versions that are accepted. External ID issues v2.0 tokens only, and has no metadata for others. */
export function acceptedVersions({
  acceptV1Tokens = true,
  instance = '',
}: Pick<AuthenticationOptions, 'acceptV1Tokens' | 'instance'>): ReadonlySet<TokenVersion> {
  const isExternalId = URL.canParse(instance) && isExternalIdHost(new URL(instance).hostname);
  return new Set(acceptV1Tokens && !isExternalId ? ['1.0', '2.0'] : ['2.0']);
}

function audiences(given: readonly string[]): ReadonlySet<string> {
  demand(given.length > 0, 'audiences must not be empty');
  demand(
    given.every((audience) => audience.trim() === audience),
    'audiences must be texts without surrounding spaces',
  );
  for (const audience of given) {
    const service = microsoftServiceOf(audience);
    demand(service === undefined, `audiences must not name ${service}: its tokens are never for this API`);
  }
  return new Set(given);
}

function tenants({ tenantId, allowedTenants }: AuthenticationOptions): ReadonlySet<string> {
  if (tenantId === 'organizations' || tenantId === 'common') {
    demand(allowedTenants !== undefined, `allowedTenants is required when tenantId is ${tenantId}`);
    return nonEmptyGuids('allowedTenants', allowedTenants);
  }
  const own = guid('tenantId', tenantId);
  const others = guids('allowedTenants', allowedTenants ?? [own]);
  demand(others.size === 1 && others.has(own), 'allowedTenants needs tenantId to be organizations or common');
  return others;
}

function nonEmptyGuids(name: string, values: readonly string[]): ReadonlySet<string> {
  demand(values.length > 0, `${name} must not be empty`);
  return guids(name, values);
}

function guids(name: string, values: readonly string[]): ReadonlySet<string> {
  return new Set(values.map((value) => guid(name, value)));
}

function guid(name: string, value: unknown): string {
  const parsed = parseGuid(value);
  demand(parsed !== undefined, `${name} must be a GUID`);
  return parsed;
}

function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TypeError(message);
}
