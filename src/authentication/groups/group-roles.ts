import { isJsonObject } from '../../values/is-object.js';
import type { DelegatedCaller } from '../caller.js';
import { parseGuid } from '../guid.js';
import type { JsonObject } from '../json-object.js';
import { AccessTokenError } from '../refusals/access-token-error.js';
import { optionalClaim } from '../token/optional-claims.js';

/** Roles that groups give, by the group's object id in lower case. */
export type GroupRoles = ReadonlyMap<string, readonly string[]>;

export interface GroupSettings {
  /** Empty when groups decide nothing. */
  readonly groupRoles: GroupRoles;
  /** Groups can be looked up. A token without the claim then says nothing about groups. */
  readonly looksUpGroups: boolean;
}

export type RolesOfUser = Pick<DelegatedCaller, 'roles' | 'groupRoles' | 'undecidedRoles'>;

/**
 * Returns the roles of a user: those of the token and those of its groups. Entra leaves groups out of a token if there are
 * too many ("overage"), which must not be read as "in no group". The roles that they might give are undecided then.
 *
 * @param roles of the claim `roles`
 * @throws AccessTokenError PERMISSION_CLAIM_INVALID for groups that are not a list of texts
 */
export function rolesOfUser(
  claims: JsonObject,
  roles: ReadonlySet<string>,
  { groupRoles, looksUpGroups }: GroupSettings,
): RolesOfUser {
  if (groupRoles.size === 0) return { roles };
  const groups = readGroups(claims);
  const isMissing = looksUpGroups && optionalClaim(claims, 'groups') === undefined;
  return isMissing || leavesGroupsOut(claims)
    ? withUndecidedRoles(roles, groupRoles)
    : withRolesOf(groups, roles, groupRoles);
}

/** Returns the roles of a user who is in these groups. */
export function withRolesOf(
  groups: readonly string[],
  roles: ReadonlySet<string>,
  groupRoles: GroupRoles,
): RolesOfUser {
  const held = new Map<string, string[]>();
  for (const group of new Set(groups)) {
    for (const role of groupRoles.get(group) ?? []) held.set(role, [...(held.get(role) ?? []), group]);
  }
  return held.size === 0 ? { roles } : { roles: new Set([...roles, ...held.keys()]), groupRoles: held };
}

/** Returns the roles of a user whose groups are not known. A role that the token gives is decided. */
function withUndecidedRoles(roles: ReadonlySet<string>, groupRoles: GroupRoles): RolesOfUser {
  const undecided = new Set([...groupRoles.values()].flat().filter((role) => !roles.has(role)));
  return undecided.size === 0 ? { roles } : { roles, undecidedRoles: undecided };
}

/** Returns the ids in lower case. Refuses with PERMISSION_CLAIM_INVALID. */
export function readGroups(claims: JsonObject): readonly string[] {
  const groups = optionalClaim(claims, 'groups') ?? [];
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) {
    throw new AccessTokenError('PERMISSION_CLAIM_INVALID', { claim: 'groups' });
  }
  return groups.map((group) => parseGuid(group) ?? group);
}

/**
 * Returns whether a token says that it leaves groups out: by a reference in their place or by `hasgroups`. A statement that
 * cannot be read says so as well, because groups that are not known must not be read as "in no group". The address in
 * `_claim_sources` is never read, because it is that of another API (Microsoft identity platform: groups overage claim).
 */
export function leavesGroupsOut(claims: JsonObject): boolean {
  const stated = claims.hasgroups ?? false;
  if (stated !== false && stated !== 'false') return true;
  const references = optionalClaim(claims, '_claim_names');
  return references !== undefined && (!isJsonObject(references) || refersTo(references, 'groups'));
}

/** Returns whether `_claim_names` has a reference in place of a claim, in any case of letters. */
export function refersTo(references: object, claim: string): boolean {
  return Object.keys(references).some((name) => name.toLowerCase() === claim);
}
