import pg from 'pg';
import type { Caller } from '../../authentication/caller.js';

/**
 * SQL that tells row-level security who is asking, until the transaction ends. What the settings mean is in
 * `migrations/0001-caller.sql`.
 *
 * Every setting is set for every caller, to nothing where it does not apply: what is left in the session can never count.
 * It is text with literals rather than a query with parameters because only so it travels with BEGIN in one round trip.
 *
 * @param more further settings of the transaction, by full name
 */
export function callerSettings(caller: Caller | undefined, more: Readonly<Record<string, string>> = {}): string {
  const settings = Object.entries({ ...NOTHING, ...(caller && settingsOf(caller)) });
  const all = [...settings.map(([name, value]) => [`entra.${name}`, value] as const), ...Object.entries(more)];
  const calls = all.map(([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value)}, true)`);
  return `select ${calls.join(', ')}`;
}

/** The settings of an anonymous caller. The policies show it no row. */
const NOTHING = { tenant_id: '', object_id: '', kind: '', roles: '', permissions: '' } as const;

function settingsOf(caller: Caller): Partial<Record<keyof typeof NOTHING, string>> {
  const identity = { tenant_id: caller.tenantId, object_id: caller.objectId };
  if (caller.kind === 'app-only') {
    return { ...identity, kind: 'application', permissions: JSON.stringify([...caller.permissions]) };
  }
  const kind = caller.isGuest ? 'guest' : 'member';
  return { ...identity, kind, roles: JSON.stringify([...caller.roles]) };
}
