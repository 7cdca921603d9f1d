import pg from 'pg';
import type { Caller } from '../authentication/caller.js';

/**
 * SQL that tells row-level security who is asking, until the transaction ends. Empty for an anonymous caller: then the
 * policies show no row. What the settings mean is in `migrations/0001-caller.sql`.
 *
 * It is text with literals rather than a query with parameters because only so it travels with BEGIN in one round trip.
 */
export function callerSettings(caller: Caller | undefined): string {
  if (!caller) return '';
  const calls = Object.entries(settingsOf(caller)).map(
    ([name, value]) => `set_config('entra.${name}', ${pg.escapeLiteral(value)}, true)`,
  );
  return `select ${calls.join(', ')}`;
}

function settingsOf(caller: Caller): Record<string, string> {
  const identity = { tenant_id: caller.tenantId, object_id: caller.objectId };
  if (caller.kind === 'app-only') {
    return { ...identity, kind: 'application', permissions: JSON.stringify([...caller.permissions]) };
  }
  const kind = caller.isGuest ? 'guest' : 'member';
  return { ...identity, kind, roles: JSON.stringify([...caller.roles]) };
}
