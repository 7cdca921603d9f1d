import type { Caller } from '../../authentication/caller.js';
import { createTurns } from '../../http/turns.js';
import type { Connections } from '../connections/connections.js';
import { createPlaces } from '../connections/places.js';
import { LostStatementError } from '../statements/lost-statement.js';
import type { Statement, StatementResult } from '../statements/statement.js';
import { settingsStatement } from './caller-settings.js';
import { beginTransaction, requireDecided } from './transaction.js';

/** Runs a statement as a caller sees the database. */
export type RunForCaller = (caller: Caller | undefined, statement: Statement) => Promise<StatementResult>;

interface Read {
  readonly caller: Caller | undefined;
  readonly statement: Statement;
  readonly resolve: (result: StatementResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Creates reads that share transactions. Reads that wait at the same time go to the database in one round trip, even if they
 * are of several callers. The settings of a caller are sent before its statements. After an error PostgreSQL refuses the
 * rest, so no statement runs with the settings of another caller.
 *
 * @param maxConnections bounds the transactions at a time. Other reads wait
 */
export function createSharedReads(connections: Connections, maxConnections: number): RunForCaller {
  // LIMIT_CALLER_SUBSCRIPTIONS and `subscriptionEvents` bound how many wait.
  const places = createPlaces({ count: maxConnections });
  // All results of a transaction come at once. What follows a result may take long, so callers take turns.
  const resultTurns = createTurns({ sharesAll: true });
  const waiting: Read[] = [];
  let isScheduled = false;

  const schedule = () => {
    if (isScheduled || waiting.length === 0) return;
    isScheduled = true;
    // By then all events of this turn of the event loop have added their reads.
    setImmediate(() => void runNext());
  };
  const runNext = async () => {
    const leave = await places.take();
    isScheduled = false;
    const reads = waiting.splice(0, connections.limits.eventBatch);
    schedule();
    await runAll(connections, reads);
    leave();
  };
  const read: RunForCaller = (caller, statement) =>
    new Promise((resolve, reject) => {
      requireDecided(caller);
      waiting.push({ caller, statement, resolve, reject });
      schedule();
    });
  return async (caller, statement) => {
    const result = await read(caller, statement);
    await resultTurns.take({ name: caller?.objectId ?? '', isKnown: true });
    return result;
  };
}

/** Runs the reads. A read that was lost because another one in its transaction failed runs again. Never rejects. */
async function runAll(connections: Connections, reads: readonly Read[]): Promise<void> {
  let rest = reads;
  // The first read of a transaction is lost only with its connection.
  let mayLoseAll = true;
  while (rest.length > 0) {
    const lost = await runTogether(connections, rest, mayLoseAll);
    if (lost.length === rest.length) mayLoseAll = false;
    rest = lost;
  }
}

/** @returns the reads that can be run again */
async function runTogether(connections: Connections, reads: readonly Read[], mayLoseAll: boolean): Promise<Read[]> {
  let current = reads[0]?.caller;
  const opening = beginTransaction(connections, 'read only', { caller: current, signal: NEVER, isShared: true });
  const transaction = await opening.catch((error: unknown) => {
    for (const { reject } of reads) reject(error);
  });
  if (!transaction) return [];
  const sent = reads.map(({ caller, statement }) => {
    // If the settings fail, the statements after them are lost.
    if (caller !== current) transaction.query(settingsStatement(caller, connections)).catch(() => undefined);
    current = caller;
    return transaction.query(statement);
  });
  const answers = await Promise.allSettled(sent);
  await transaction.rollback();
  const isLost = (answer: PromiseSettledResult<unknown> | undefined) =>
    answer?.status === 'rejected' && answer.reason instanceof LostStatementError;
  const lost = mayLoseAll || !isLost(answers[0]) ? reads.filter((_, index) => isLost(answers[index])) : [];
  for (const [index, answer] of answers.entries()) {
    const read = reads[index];
    if (!read || lost.includes(read)) continue;
    if (answer.status === 'fulfilled') read.resolve(answer.value);
    else read.reject(answer.reason);
  }
  return lost;
}

/** Each statement has PostgreSQL's time limit. */
const NEVER = new AbortController().signal;
