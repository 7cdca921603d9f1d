import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { outcome, startApi, type TestApi } from '../../support/api.js';
import { openSuperuser } from '../../support/database.js';
import { until } from '../../support/sockets.js';

const REPORTS = '{ expenseReports(first: 1) { totalCount } }';
let api: TestApi;
let superuser: pg.Client;

beforeAll(async () => {
  api = await startApi(
    { DATABASE_POOL_SIZE: '1', LIMIT_OPERATION_SECONDS: '20' },
    { limits: { databaseQueue: 2, databaseQueueSeconds: 2 } },
  );
  superuser = await openSuperuser(api.database);
});
afterAll(async () => {
  await superuser.end();
  await api.close();
});
beforeEach(() => superuser.query('begin; lock table expense_reports in access exclusive mode'));
afterEach(() => superuser.query('rollback'));

it('as many operations as the queue takes wait for a connection; one more is refused with 503 for every caller', async () => {
  const watcher = await openSuperuser(api.database);
  const holding = api.query('erin', REPORTS);
  await until(async () => {
    const { rows } = await watcher.query(
      "select from pg_stat_activity where datname = current_database() and application_name = 'entra-graphql' and state = 'active'",
    );
    return rows.length === 1;
  });
  await watcher.end();
  const asked = ['mia', 'ada', 'finn'].map((name) => api.query(name, REPORTS));
  const beyond = await Promise.any(asked);
  expect(outcome(beyond)).toBe('503 SERVICE_UNAVAILABLE');
  expect(beyond.headers['retry-after']).toMatch(/^\d+$/);

  // The two inside wait their time, and then nothing of them has run.
  const answers = await Promise.all(asked);
  expect(answers.map(outcome)).toEqual(answers.map(() => '503 SERVICE_UNAVAILABLE'));
  expect(answers.map(({ body }) => body.errors?.[0]?.extensions.limit.name).sort()).toEqual([
    'databaseQueue',
    'databaseQueueSeconds',
    'databaseQueueSeconds',
  ]);
  await superuser.query('rollback');
  expect(outcome(await holding)).toBe('200');
});

it('operations that wait are answered when the connection is free', async () => {
  const asked = ['erin', 'mia', 'ada'].map((name) => api.query(name, REPORTS));
  await superuser.query('rollback');
  expect((await Promise.all(asked)).map(outcome)).toEqual(['200', '200', '200']);
});

it('one more is refused at once when it would wait for longer than LIMIT_DATABASE_WAIT_MS', async () => {
  await superuser.query('rollback');
  const busy = await startApi({ DATABASE_POOL_SIZE: '1', LIMIT_DATABASE_WAIT_MS: '10' });
  const refused = new Set<unknown>();
  while (refused.size === 0) {
    const answers = await Promise.all(['erin', 'mia', 'ada', 'finn', 'gus'].map((name) => busy.query(name, REPORTS)));
    for (const { status, headers, body } of answers) {
      if (status === 200) continue;
      refused.add(body.errors?.[0]?.extensions.limit.name);
      expect(headers['retry-after']).toMatch(/^\d+$/);
    }
  }
  expect([...refused]).toEqual(['databaseWaitMs']);
  await busy.close();
});
