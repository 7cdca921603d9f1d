import { GraphQLError } from 'graphql';
import { isUuid } from '../../api/input.js';
import type { Caller } from '../../authentication/caller.js';
import type { LimitError } from '../../config/limit-error.js';
import type { Notifications } from '../../database/notifications/notifications.js';
import { EXPENSES_LIMITS } from '../limits.js';
import type { ExpenseReportRow } from '../rows.js';
import type { ReportReads } from './event-reads.js';
import { createWaitingReports, type WaitingReports } from './waiting-reports.js';

/** Channel of `migrations/0003-report-changes.sql`. Its payload is `<tenant id>:<report id>`. */
export const REPORT_CHANNEL = 'expense_report_changed';

/**
 * Reports from the moment at which they change, each as its subscriber sees it when it is sent.
 *
 * @param reportId uuid. Default: every report that the caller may see
 * @throws DatabaseUnavailableError. The stream throws it too if the database is lost, so that no change is left out silently.
 *   It ends with a GraphQLError `SUBSCRIPTION_OVERFLOW` if the subscriber reads too slowly
 */
export type SubscribeToReports = (
  caller: Caller | undefined,
  reportId?: string,
) => Promise<AsyncIterableIterator<ExpenseReportRow>>;

const READ_AHEAD = EXPENSES_LIMITS.eventReadsAhead.default;

/** @param waitingLimit bounds the changed reports that wait for a subscriber which reads slowly */
export function createReportEvents(
  notifications: Pick<Notifications, 'listen'>,
  reads: Pick<ReportReads, 'read' | 'begin' | 'forget'>,
  waitingLimit: { readonly maximum: number; describe(): LimitError },
): SubscribeToReports {
  const beginning: (readonly [Caller, string])[] = [];
  /** Begins a read once all subscribers have been notified. */
  const beginSoon = (caller: Caller, id: string) => {
    if (beginning.push([caller, id]) > 1) return;
    queueMicrotask(() => {
      for (const [reader, changedId] of beginning.splice(0)) reads.begin(reader, changedId);
    });
  };

  const unread = createUnreadChanges();

  return async (caller, reportId) => {
    if (!caller) throw new TypeError('A subscription ran without a caller: its rule is missing from the schema');
    const prefix = `${caller.tenantId}:`;
    const waiting = createWaitingReports(waitingLimit.maximum, () => overflow(waitingLimit.describe()));
    const subscriber = { caller };
    const stop = await notifications.listen({
      onNotification(payload) {
        const changedId = idIn(payload, prefix);
        if (changedId === undefined || (reportId !== undefined && changedId !== reportId)) return;
        // All subscribers are notified before the first of them reads.
        reads.forget(changedId);
        const before = waiting.add(changedId);
        if (before === undefined) return;
        // Also for a subscriber that still answers other changes, so that one statement reads for all of them.
        if (before < READ_AHEAD) beginSoon(caller, changedId);
        else unread.add(changedId, subscriber);
      },
      onLost: waiting.fail,
    });
    const end = () => {
      stop();
      waiting.end();
      unread.remove(subscriber);
    };
    const read = (id: string) => {
      for (const other of unread.take(id, subscriber)) reads.begin(other.caller, id);
      return reads.read(caller, id);
    };

    return readReports(waiting, read, end);
  };
}

/** Returns the id in a payload with this prefix. */
function idIn(payload: string, prefix: string): string | undefined {
  const id = payload.startsWith(prefix) ? payload.slice(prefix.length) : '';
  return isUuid(id) ? id : undefined;
}

interface Subscriber {
  readonly caller: Caller;
}

/**
 * Changes that are not read ahead, with the subscribers for whom they wait. When the first of these takes a change, it is read
 * for all of them. Otherwise each would read it in a statement of its own, and a server that is behind would fall further
 * behind.
 */
function createUnreadChanges() {
  const subscribersById = new Map<string, Set<Subscriber>>();
  return {
    add(id: string, subscriber: Subscriber): void {
      const subscribers = subscribersById.get(id) ?? new Set();
      subscribersById.set(id, subscribers.add(subscriber));
    },
    /** Returns all for whom the change is to be read now. There are none if it was read ahead for this one. */
    take(id: string, subscriber: Subscriber): Iterable<Subscriber> {
      const subscribers = subscribersById.get(id);
      if (!subscribers?.has(subscriber)) return [];
      subscribersById.delete(id);
      return subscribers;
    },
    remove(subscriber: Subscriber): void {
      for (const [id, subscribers] of subscribersById) {
        if (subscribers.delete(subscriber) && subscribers.size === 0) subscribersById.delete(id);
      }
    },
  };
}

/** This is not a generator function, because a generator takes no `return()` while it waits. */
function readReports(
  waiting: WaitingReports,
  read: (id: string) => Promise<ExpenseReportRow | undefined>,
  end: () => void,
): AsyncIterableIterator<ExpenseReportRow> {
  const finish = () => {
    end();
    return { done: true, value: undefined } as const;
  };
  return {
    async next() {
      try {
        for (let id = await waiting.take(); id !== undefined; id = await waiting.take()) {
          const report = await read(id);
          // Even an empty event would tell that something hidden has changed.
          if (report) return { done: false, value: report };
        }
      } catch (error) {
        end();
        throw error;
      }
      return finish();
    },
    return: async () => finish(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function overflow({ message, extensions }: LimitError): GraphQLError {
  return new GraphQLError(`${message} Subscribe again, and read again what you show.`, {
    extensions: { ...extensions, code: 'SUBSCRIPTION_OVERFLOW' },
  });
}
