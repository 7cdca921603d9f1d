import { LOWER_CASE_GUID } from '../guid.js';
import { PERSONAL_ACCOUNTS } from '../keys/signing-key.js';

export interface AllowedTenants {
  /** Returns whether a token may be of this tenant. The ids of tenants are lower-case GUIDs. */
  has(tenantId: string): boolean;
  /** Their ids. Undefined where they are not listed. */
  readonly ids: readonly string[] | undefined;
  /** Words for them in an explanation. */
  readonly expected: string;
}

export function listedTenants(ids: ReadonlySet<string>): AllowedTenants {
  return { has: (tenantId) => ids.has(tenantId), ids: [...ids], expected: [...ids].join(' or ') };
}

/**
 * Creates the tenants of an API that does not list them.
 *
 * @param tenantId `organizations` leaves personal accounts out, as Entra does there
 */
export function unlistedTenants(tenantId: string, expected: string): AllowedTenants {
  return {
    has: (id) => LOWER_CASE_GUID.test(id) && (tenantId === 'common' || id !== PERSONAL_ACCOUNTS),
    ids: undefined,
    expected: tenantId === 'common' ? expected : `${expected}, not that of personal accounts`,
  };
}
