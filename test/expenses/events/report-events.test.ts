import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../../src/authentication/caller.js';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import type { NotificationListener } from '../../../src/database/notifications/notifications.js';
import { createReportEvents } from '../../../src/expenses/events/report-events.js';
import { EXPENSES_LIMITS } from '../../../src/expenses/limits.js';
import type { ExpenseReportRow } from '../../../src/expenses/rows.js';
import { CONTOSO, FABRIKAM } from '../../../src/expenses/sample-data/personas.js';
import { callerOf } from '../../support/callers.js';

const ERIN = callerOf('erin');
const [FIRST, SECOND] = [randomUUID(), randomUUID()];

/** Events over notifications made by hand. Every report is visible unless `hidden` has it. */
function arrange(hidden: readonly string[] = []) {
  const listeners = new Set<NotificationListener>();
  const stop = vi.fn();
  const listen = async (listener: NotificationListener) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      stop();
    };
  };
  const readReport = vi.fn(async (_caller: Caller, id: string) => (hidden.includes(id) ? undefined : rowOf(id)));
  const change = (id: string, tenantId: string = CONTOSO) => {
    for (const { onNotification } of listeners) onNotification(`${tenantId}:${id}`);
  };
  const lose = () => {
    for (const { onLost } of listeners) onLost(new Error('lost'));
  };
  const notify = (payload: string) => {
    for (const { onNotification } of listeners) onNotification(payload);
  };
  const forget = vi.fn();
  const begin = vi.fn();
  const describe = () => createDescribeLimit(defaultLimits, true)('subscriptionEvents', undefined, 'RATE_LIMITED');
  const waitingLimit = { maximum: defaultLimits.subscriptionEvents, describe };
  const subscribe = createReportEvents({ listen }, { read: readReport, begin, forget }, waitingLimit);
  return { subscribe, begin, forget, listeners, readReport, change, lose, notify, stop };
}

function rowOf(id: string): ExpenseReportRow {
  return {
    id,
    authorId: ERIN.objectId,
    title: 'T',
    status: 'DRAFT',
    currency: 'EUR',
    totalMinorUnits: 0,
    createdAt: new Date(0),
    submittedAt: null,
    decidedAt: null,
    decidedById: null,
    rejectionReason: null,
    paidAt: null,
    deletedAt: null,
  };
}

describe('report events', () => {
  it('are reports of the caller’s tenant, read as the caller', async () => {
    const { subscribe, change, readReport } = arrange();
    const events = await subscribe(ERIN);
    change(FIRST, FABRIKAM);
    change(SECOND);
    expect((await events.next()).value).toEqual(rowOf(SECOND));
    expect(readReport.mock.calls).toEqual([[ERIN, SECOND]]);
  });

  it('are read anew after each change', async () => {
    const { subscribe, change, forget } = arrange();
    await subscribe(ERIN);
    change(FIRST, FABRIKAM);
    expect(forget.mock.calls).toEqual([]);
    change(FIRST);
    expect(forget.mock.calls).toEqual([[FIRST]]);
  });

  it('begin to be read for all subscribers once all have been notified, and before their turn', async () => {
    const { subscribe, change, forget, begin, readReport } = arrange();
    const ada = callerOf('ada');
    await Promise.all([subscribe(ERIN), subscribe(ada)]);
    change(FIRST);
    expect([forget.mock.calls.length, begin.mock.calls.length]).toEqual([2, 0]);
    await Promise.resolve();
    expect(begin.mock.calls).toEqual([
      [ERIN, FIRST],
      [ada, FIRST],
    ]);
    expect(readReport).not.toHaveBeenCalled();
  });

  it('are begun for the first changes of many that wait for a subscriber, as far as the limit allows', async () => {
    const { subscribe, change, begin } = arrange();
    await subscribe(ERIN);
    for (let count = 0; count < 100; count += 1) change(randomUUID());
    await Promise.resolve();
    expect(begin).toHaveBeenCalledTimes(EXPENSES_LIMITS.eventReadsAhead.default);
  });

  it('beyond that limit are read for all who wait for them, when the first is ready', async () => {
    const { subscribe, change, begin, readReport } = arrange();
    const ada = callerOf('ada');
    const [ofErin, ofAda] = await Promise.all([subscribe(ERIN), subscribe(ada)]);
    const ids = Array.from({ length: EXPENSES_LIMITS.eventReadsAhead.default + 1 }, () => randomUUID());
    const last = ids.at(-1);
    for (const id of ids) change(id);
    await Promise.resolve();
    begin.mockClear();
    for (const id of ids.slice(0, -1)) expect((await ofErin.next()).value.id).toBe(id);
    expect(begin).not.toHaveBeenCalled();
    expect((await ofErin.next()).value.id).toBe(last);
    expect(begin.mock.calls).toEqual([
      [ERIN, last],
      [ada, last],
    ]);
    expect(readReport.mock.calls.at(-1)).toEqual([ERIN, last]);
    for (const id of ids) expect((await ofAda.next()).value.id).toBe(id);
    expect(begin).toHaveBeenCalledTimes(2);
  });

  it('beyond that limit are not read for a subscriber that has left', async () => {
    const { subscribe, change, begin } = arrange();
    const [ofErin, ofAda] = await Promise.all([subscribe(ERIN), subscribe(callerOf('ada'))]);
    const ids = Array.from({ length: EXPENSES_LIMITS.eventReadsAhead.default + 1 }, () => randomUUID());
    for (const id of ids) change(id);
    await Promise.resolve();
    await ofAda.return?.();
    begin.mockClear();
    for (const _id of ids) await ofErin.next();
    expect(begin.mock.calls).toEqual([[ERIN, ids.at(-1)]]);
  });

  it('leave out what the caller may not see', async () => {
    const { subscribe, change } = arrange([FIRST]);
    const events = await subscribe(ERIN);
    change(FIRST);
    change(SECOND);
    expect((await events.next()).value.id).toBe(SECOND);
  });

  it('are of one report when asked for one', async () => {
    const { subscribe, change, readReport } = arrange();
    const events = await subscribe(ERIN, SECOND);
    change(FIRST);
    change(SECOND);
    expect((await events.next()).value.id).toBe(SECOND);
    expect(readReport).toHaveBeenCalledTimes(1);
  });

  it.each(['', ':', `${CONTOSO}`, `${CONTOSO}:`, `${CONTOSO}:x'; drop table employees`, `x${CONTOSO}:${FIRST}`])(
    'take no notice of a payload of another form: %s',
    async (payload) => {
      const { subscribe, notify, change, readReport } = arrange();
      const events = await subscribe(ERIN);
      notify(payload);
      change(SECOND);
      expect((await events.next()).value.id).toBe(SECOND);
      expect(readReport).toHaveBeenCalledTimes(1);
    },
  );

  it('end with an error when too many reports wait', async () => {
    const { subscribe, change, listeners } = arrange();
    const events = await subscribe(ERIN);
    for (let count = 0; count <= 1_000; count += 1) change(randomUUID());
    await expect(events.next()).rejects.toMatchObject({ extensions: { code: 'SUBSCRIPTION_OVERFLOW' } });
    expect(listeners.size).toBe(0);
  });

  it('are not lost while as many reports wait as may', async () => {
    const { subscribe, change } = arrange();
    const events = await subscribe(ERIN);
    for (let count = 0; count < 1_000; count += 1) change(randomUUID());
    expect((await events.next()).done).toBe(false);
  });

  it('end with the error when the database is lost', async () => {
    const { subscribe, lose, listeners } = arrange();
    const events = await subscribe(ERIN);
    const next = events.next();
    lose();
    await expect(next).rejects.toThrow('lost');
    expect(listeners.size).toBe(0);
  });

  it('end with the error when a report cannot be read', async () => {
    const { subscribe, change, readReport, listeners } = arrange();
    const events = await subscribe(ERIN);
    readReport.mockRejectedValueOnce(new Error('unavailable'));
    change(FIRST);
    await expect(events.next()).rejects.toThrow('unavailable');
    expect(listeners.size).toBe(0);
  });

  it.each([
    ['before the first is asked for', false],
    ['while the next is waited for', true],
  ])('can be ended %s', async (_when, isWaiting) => {
    const { subscribe, listeners } = arrange();
    const events = await subscribe(ERIN);
    const next = isWaiting ? events.next() : undefined;
    await events.return?.();
    expect(listeners.size).toBe(0);
    if (next) expect(await next).toEqual({ done: true, value: undefined });
    expect((await events.next()).done).toBe(true);
  });

  it('are for callers only', async () => {
    const { subscribe, listeners } = arrange();
    await expect(subscribe(undefined)).rejects.toThrow(TypeError);
    expect(listeners.size).toBe(0);
  });
});
