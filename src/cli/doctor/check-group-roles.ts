import { declaredNames } from '../../authorization/requirements/declared-names.js';
import type { AuthenticationConfig } from '../../config/config.js';
import { rulesOnDisk } from '../permissions/schema-versions.js';
import type { Finding } from './finding.js';

type Settings = Pick<AuthenticationConfig['authentication'], 'groupRoles' | 'authorities'>;

/**
 * Finds roles of groups that no rule of the schema names. A policy or row-level security may read such a role, so it is a
 * warning alone. Without a schema in the folder, nothing is compared.
 */
export async function checkGroupRoles(settings: Settings, folder: string): Promise<Finding[]> {
  const given = [settings.groupRoles, ...(settings.authorities ?? []).map(({ groupRoles }) => groupRoles)];
  const roles = new Set(given.flatMap((groupRoles) => Object.values(groupRoles ?? {}).flat()));
  if (roles.size === 0) return [];
  const rules = await rulesOnDisk(folder, 'open').catch(() => undefined);
  if (!rules) return [];
  const named = declaredNames(rules.table).roles;
  const unnamed = [...roles].filter((role) => !named.includes(role)).sort();
  if (unnamed.length === 0) return [];
  return [
    {
      check: 'groups',
      status: 'warn',
      seen: `no rule of the schema names ${unnamed.length === 1 ? 'the role' : 'the roles'} ${unnamed.join(', ')}`,
      advice: `Check the spelling: the rules name ${named.join(', ') || 'no role'}. Leave it if a policy or row-level security reads it.`,
    },
  ];
}
