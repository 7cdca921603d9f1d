import type { Caller } from '../../authentication/caller.js';
import type { Limits } from '../../config/limits.js';
import type { Statement } from '../statements/statement.js';
import { isStorable } from '../storable-text.js';

/**
 * Returns what row-level security learns about a caller, in the order of the settings. Two callers with the same settings
 * see the same rows.
 *
 * Every setting is set for every caller, to nothing where it does not apply. A value left in the session can therefore
 * never count.
 *
 * @param claims names of the claims that row-level security may read, as `ENTRA_DATABASE_CLAIMS`
 */
export function callerSettings(caller: Caller | undefined, claims: readonly string[]): readonly string[] {
  if (!caller) return ['', '', '', '', '', '', ''];
  const { tenantId, objectId, agent } = caller;
  const agentId = agent?.identityId ?? '';
  const chosen = chosenClaims(caller, claims);
  if (caller.kind === 'app-only') {
    return [tenantId, objectId, 'application', '', JSON.stringify([...caller.permissions]), chosen, agentId];
  }
  const kind = caller.isGuest ? 'guest' : 'member';
  return [tenantId, objectId, kind, JSON.stringify([...caller.roles]), '', chosen, agentId];
}

function chosenClaims(caller: Caller, names: readonly string[]): string {
  if (names.length === 0) return '';
  const held = names.filter((name) => Object.hasOwn(caller.claims, name) && isReadable(caller.claims[name]));
  return JSON.stringify(Object.fromEntries(held.map((name) => [name, caller.claims[name]])));
}

/** PostgreSQL's log would quote a claim that it cannot read. Such a claim is left out. */
function isReadable(claim: unknown): boolean {
  if (typeof claim === 'string') return isStorable(claim);
  if (typeof claim !== 'object' || claim === null) return true;
  return Object.entries(claim).every((entry) => entry.every(isReadable));
}

/** The files in `migrations/` describe the settings of the caller. A session of the pool has no time limits. */
const NAMES = [
  'entra.tenant_id',
  'entra.object_id',
  'entra.kind',
  'entra.roles',
  'entra.permissions',
  'entra.claims',
  'entra.agent_id',
  'statement_timeout',
  'idle_in_transaction_session_timeout',
];
const CALLS = NAMES.map((name, index) => `set_config('${name}', $${index + 1}, true)`);
const TEXT = `select ${CALLS.join(', ')}, pg_backend_pid() as backend`;

/**
 * Returns the statement that sets the caller for row-level security and the time limits until the transaction ends. Its
 * last column is the backend. The caller is only in the values, so that no statement text in a log or a trace contains it.
 */
export function settingsStatement(
  caller: Caller | undefined,
  { claims, limits }: { readonly claims: readonly string[]; readonly limits: Limits },
): Statement {
  const { statementSeconds, idleTransactionSeconds } = limits;
  const times = [statementSeconds, idleTransactionSeconds].map((seconds) => String(seconds * 1000));
  return { text: TEXT, values: [...callerSettings(caller, claims), ...times] };
}
