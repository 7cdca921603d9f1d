import { LIMITS } from '../../config/limits.js';
import { DatabaseUnavailableError } from '../database-errors.js';
import type { ControlConnection } from './control-connection.js';

/** Readiness of the database to serve. */
export interface Readiness {
  /**
   * Resolves when the database answers and takes writes. Checks at the same time share one statement. Its answer is reused for
   * a second (`readinessLastsMs`).
   *
   * @throws DatabaseUnavailableError
   */
  check(): Promise<void>;
  /** Forgets the last answer because something has happened since. */
  forget(): void;
}

const ANSWER_LASTS_MS = LIMITS.readinessLastsMs.default;

/** @param now clock in milliseconds. Default: the process's */
export function createDatabaseReadiness(
  control: ControlConnection,
  now: () => number = () => performance.now(),
): Readiness {
  let last: { readonly answer: Promise<void>; settledAt?: number } | undefined;
  return {
    check() {
      const isFresh = last && (last.settledAt === undefined || now() - last.settledAt < ANSWER_LASTS_MS);
      if (last && isFresh) return last.answer;
      const asked: { answer: Promise<void>; settledAt?: number } = { answer: askWhetherReady(control) };
      const settle = () => {
        asked.settledAt = now();
      };
      asked.answer.then(settle, settle);
      last = asked;
      return asked.answer;
    },
    forget() {
      last = undefined;
    },
  };
}

const ASK = `select pg_is_in_recovery() as "isStandby", current_setting('transaction_read_only') = 'on' as "isReadOnly"`;

/** PostgreSQL's code for a write on a read-only server or transaction. */
const READ_ONLY = '25006';

/**
 * Checks that the database takes writes.
 *
 * @throws DatabaseUnavailableError when it is read-only, and the errors of `ask`
 */
export async function askWhetherReady({ ask }: Pick<ControlConnection, 'ask'>): Promise<void> {
  const [state] = await ask<{ isStandby: boolean; isReadOnly: boolean }>(ASK);
  if (state?.isStandby) throw readOnly('the database is a standby, which is read only');
  if (state?.isReadOnly) throw readOnly('the database is set to read only');
}

function readOnly(message: string): DatabaseUnavailableError {
  return new DatabaseUnavailableError(Object.assign(new Error(message), { code: READ_ONLY }));
}
