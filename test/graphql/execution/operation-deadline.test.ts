import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { createOperationDeadline } from '../../../src/graphql/execution/operation-deadline.js';

const DEADLINE_MS = (defaultLimits.operationSeconds + defaultLimits.operationGraceSeconds) * 1000;
const deadline = createOperationDeadline(defaultLimits, createDescribeLimit(defaultLimits, false));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an operation whose resolvers wait', () => {
  const abandon = vi.fn();
  const context = {
    caller: undefined,
    dispose: async () => undefined,
    abandon,
    changes: () => ({ committed: ['a'], uncertain: [] }),
  };
  const late = vi.fn((result: unknown) => result);
  beforeEach(() => {
    abandon.mockReset();
    late.mockClear();
  });

  it('has operationGraceSeconds after its time, and is then answered without them', async () => {
    const bounded = deadline.bound<unknown>(new Promise(() => undefined), context, late);
    await vi.advanceTimersByTimeAsync(DEADLINE_MS - 1);
    expect([late.mock.calls.length, abandon.mock.calls.length]).toEqual([0, 0]);
    await vi.advanceTimersByTimeAsync(1);
    const limit = { name: 'operationSeconds', maximum: defaultLimits.operationSeconds };
    expect(await bounded).toMatchObject({ data: null, errors: [{ extensions: { limit, committed: ['a'] } }] });
    expect(abandon).toHaveBeenCalledTimes(1);
  });

  it('is answered by what they bring in that time', async () => {
    const waiting = new Promise((resolve) => setTimeout(() => resolve('answer'), DEADLINE_MS - 1));
    const bounded = deadline.bound<unknown>(waiting, context, late);
    await vi.advanceTimersByTimeAsync(2 * DEADLINE_MS);
    expect(await bounded).toBe('answer');
    expect([late.mock.calls.length, abandon.mock.calls.length]).toEqual([0, 0]);
  });
});
