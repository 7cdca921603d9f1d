import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import type { Connections } from '../../../src/database/connections/connections.js';
import { createStatements } from '../../../src/database/statements/statements.js';
import { watchStatement } from '../../../src/database/statements/watch-statement.js';

const SILENCE_MS = defaultLimits.statementSilenceMs;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a statement without an answer', () => {
  const isBusy = vi.fn<Connections['isBusy']>();
  const giveUp = vi.fn<(reason: Error) => void>();
  let endWatch: () => void;
  beforeEach(() => {
    isBusy.mockReset().mockResolvedValue(true);
    giveUp.mockReset();
    endWatch = watchStatement({ isBusy, limits: defaultLimits }, 7, giveUp);
  });

  it('is looked at after statementSilenceMs, and as often as it still runs', async () => {
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
    expect(isBusy).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(isBusy.mock.calls).toEqual([[7]]);
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
    expect(isBusy).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10 * SILENCE_MS + 1);
    expect(isBusy).toHaveBeenCalledTimes(12);
    expect(giveUp).not.toHaveBeenCalled();
  });

  it('is given up when PostgreSQL has ended it twice in a row', async () => {
    isBusy.mockResolvedValueOnce(false).mockResolvedValueOnce(true).mockResolvedValue(false);
    await vi.advanceTimersByTimeAsync(3 * SILENCE_MS - 1);
    expect(giveUp).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(giveUp.mock.calls).toEqual([
      [new Error('Connection terminated: the statement has ended without an answer')],
    ]);
  });

  it('is given up when PostgreSQL does not say', async () => {
    isBusy.mockRejectedValue(new Error('no answer within 1500 ms'));
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(giveUp.mock.calls).toMatchObject([[{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]]);
  });

  it('is not looked at once it is answered', async () => {
    endWatch();
    await vi.advanceTimersByTimeAsync(10 * SILENCE_MS);
    expect(isBusy).not.toHaveBeenCalled();
  });
});

describe('a cancelled statement', () => {
  type Callback = (error: Error | null, result?: unknown) => void;

  function run() {
    const answers: Callback[] = [];
    const destroy = vi.fn();
    const client = {
      query: ({ callback }: { readonly callback: Callback }) => answers.push(callback),
      connection: { stream: { destroy, cork() {}, uncork() {} } },
    };
    const connections = {
      limits: defaultLimits,
      names: { nameOn: () => undefined },
      cancel: async () => undefined,
      distrustIdle: () => undefined,
    };
    const listener = { onOpen: () => undefined, onFailure: () => undefined };
    const statements = createStatements(
      connections as unknown as Connections,
      client as unknown as pg.PoolClient,
      listener,
    );
    const outcome: { value: unknown } = { value: 'pending' };
    statements.run({ text: 'select', values: [] }).then(
      () => Object.assign(outcome, { value: 'answered' }),
      (error: unknown) => Object.assign(outcome, { value: error }),
    );
    statements.cancel();
    return { answers, destroy, outcome };
  }

  it('has cancelledStatementSeconds to end, and then its connection is closed', async () => {
    const { destroy, outcome } = run();
    await vi.advanceTimersByTimeAsync(defaultLimits.cancelledStatementSeconds * 1000 - 1);
    expect([outcome.value, destroy.mock.calls.length]).toEqual(['pending', 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome.value).toEqual(new Error('Connection terminated: no answer to a cancel request'));
    expect(destroy).toHaveBeenCalledTimes(1);
  });

  it('keeps its connection when it ends in that time', async () => {
    const { answers, destroy, outcome } = run();
    await vi.advanceTimersByTimeAsync(defaultLimits.cancelledStatementSeconds * 1000 - 1);
    answers[0]?.(new Error('canceling statement due to user request'));
    await vi.advanceTimersByTimeAsync(defaultLimits.databaseAnswerSeconds * 1000);
    expect(outcome.value).toEqual(new Error('canceling statement due to user request'));
    expect(destroy).not.toHaveBeenCalled();
  });
});
