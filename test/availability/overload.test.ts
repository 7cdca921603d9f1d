import { afterAll, beforeAll, expect, it } from 'vitest';
import { outcome, startApi, type TestApi } from '../support/api.js';

let api: TestApi;

beforeAll(async () => {
  api = await startApi({ LIMIT_EVENT_LOOP_DELAY_MS: '20', LIMIT_CALLER_OPERATIONS: '1000' });
});
afterAll(() => api.close());

it('beyond the wait that is allowed, requests get 503 with Retry-After; the others and the probes are answered', async () => {
  const outcomes = new Set<string>();
  do {
    const asked = Array.from({ length: 300 }, () => api.query(undefined, '{ serverInfo { name } }'));
    expect(await api.app.inject('/healthz')).toMatchObject({ statusCode: 200 });
    for (const answer of await Promise.all(asked)) {
      outcomes.add(outcome(answer));
      if (answer.status !== 503) continue;
      expect(answer.headers['retry-after']).toMatch(/^\d+$/);
      expect(answer.body.errors?.[0]?.extensions.limit.name).toBe('eventLoopDelayMs');
    }
  } while (outcomes.size < 2);
  expect([...outcomes].sort()).toEqual(['200', '503 SERVICE_UNAVAILABLE']);
});
