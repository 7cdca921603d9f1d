import type { GroupSettings } from '../groups/group-roles.js';
import { parseGuid } from '../guid.js';
import { type AllowedTenants, listedTenants, unlistedTenants } from '../tenants/allowed-tenants.js';
import type { TokenVersion } from '../token-version.js';
import type { AuthenticationOptions } from './authentication-options.js';
import { identityProblems, isExternalId, isForManyTenants } from './identity-problems.js';
import { CLOCK_TOLERANCE_SECONDS } from './option-ranges.js';
import { checkOptionTypes } from './option-types.js';

/** Requirements for an accepted access token. They are made from the options once. GUIDs are lower-case. */
export interface TokenRequirements extends GroupSettings {
  readonly versions: ReadonlySet<TokenVersion>;
  /** Compared ordinally with `aud`. Never empty. */
  readonly audiences: ReadonlySet<string>;
  readonly tenants: AllowedTenants;
  /** Clients that may call; undefined allows any. */
  readonly clients: ReadonlySet<string> | undefined;
  /** Clients whose tokens may hold neither scopes nor roles. */
  readonly clientsWithoutPermissions: ReadonlySet<string>;
  readonly claims: ReadonlyMap<string, ReadonlySet<string>>;
  readonly clockToleranceSeconds: number;
  /** Name of the authority where there are several. */
  readonly authority?: string;
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
  const accepted = audiences(options.audiences ?? [clientId, `api://${clientId}`]);
  const allowed = tenants(options);
  for (const { option, expected } of identityProblems(options)) throw new TypeError(`${option}: expected ${expected}`);
  return {
    versions: acceptedVersions(options),
    audiences: accepted,
    tenants: allowed,
    clients,
    clientsWithoutPermissions: withoutPermissions,
    claims: new Map(Object.entries(options.requiredClaims ?? {}).map(([name, values]) => [name, new Set(values)])),
    groupRoles: new Map(
      Object.entries(options.groupRoles ?? {}).map(([group, roles]) => [
        guid('groupRoles', group),
        [...new Set(roles)],
      ]),
    ),
    looksUpGroups: options.lookUpGroups !== undefined,
    clockToleranceSeconds: options.clockToleranceSeconds ?? CLOCK_TOLERANCE_SECONDS,
  };
}

/** Returns the token versions that are accepted. External ID issues v2.0 tokens only, and has no metadata for others. */
export function acceptedVersions({
  acceptV1Tokens = true,
  instance = '',
}: Pick<AuthenticationOptions, 'acceptV1Tokens' | 'instance'>): ReadonlySet<TokenVersion> {
  return new Set(acceptV1Tokens && !isExternalId(instance) ? ['1.0', '2.0'] : ['2.0']);
}

function audiences(given: readonly string[]): ReadonlySet<string> {
  demand(given.length > 0, 'audiences must not be empty');
  demand(
    given.every((audience) => audience.trim() === audience),
    'audiences must be texts without surrounding spaces',
  );
  return new Set(given);
}

function tenants({ tenantId, allowedTenants, isTenantAllowed }: AuthenticationOptions): AllowedTenants {
  if (allowedTenants === 'any') return unlistedTenants(tenantId, 'any tenant');
  if (isTenantAllowed) return unlistedTenants(tenantId, 'a tenant that isTenantAllowed allows');
  const own = isForManyTenants(tenantId) ? [] : [guid('tenantId', tenantId)];
  return listedTenants(allowedTenants === undefined ? new Set(own) : nonEmptyGuids('allowedTenants', allowedTenants));
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
