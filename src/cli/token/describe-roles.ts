import type { Caller } from '../../authentication/caller.js';

/** Describes the roles of a caller. A role that comes from groups has their ids after it. */
export function describeRoles(caller: Caller): string {
  if (caller.kind === 'app-only') return 'none';
  const { roles, groupRoles, undecidedRoles } = caller;
  const described = [...roles].map((role) => {
    const groups = groupRoles?.get(role);
    return groups ? `${role} (group ${groups.join(', ')})` : role;
  });
  const undecided = [...(undecidedRoles ?? [])].map((role) => `${role} (undecided: the token leaves groups out)`);
  return [...described, ...undecided].join(' ') || 'none';
}
