import type { Caller } from '../../authentication/caller.js';
import type { Limits } from '../../config/limits.js';
import type { Statement } from '../statements/statement.js';

/**
 * What row-level security is told of a caller, in the order of the settings. Two callers with the same are shown the same.
 *
 * Every setting is set for every caller, to nothing where it does not apply: what is left in the session can never count.
 */
export function callerSettings(caller: Caller | undefined): readonly string[] {
  if (!caller) return ['', '', '', '', ''];
  const { tenantId, objectId } = caller;
  if (caller.kind === 'app-only') {
    return [tenantId, objectId, 'application', '', JSON.stringify([...caller.permissions])];
  }
  return [tenantId, objectId, caller.isGuest ? 'guest' : 'member', JSON.stringify([...caller.roles]), ''];
}

/** What the settings of the caller mean is in `migrations/0001-caller.sql`. A session of the pool has no time limits. */
const NAMES = [
  'entra.tenant_id',
  'entra.object_id',
  'entra.kind',
  'entra.roles',
  'entra.permissions',
  'statement_timeout',
  'idle_in_transaction_session_timeout',
];
const CALLS = NAMES.map((name, index) => `set_config('${name}', $${index + 1}, true)`);
const TEXT = `select ${CALLS.join(', ')}, pg_backend_pid() as backend`;

/**
 * The statement that tells row-level security who is asking, and PostgreSQL its time limits, until the transaction ends. Its
 * last column is the backend. The caller is in the values alone, so that no text of a statement in a log or a trace has it.
 */
export function settingsStatement(
  caller: Caller | undefined,
  { statementSeconds, idleTransactionSeconds }: Limits,
): Statement {
  const times = [statementSeconds, idleTransactionSeconds].map((seconds) => String(seconds * 1000));
  return { text: TEXT, values: [...callerSettings(caller), ...times] };
}
