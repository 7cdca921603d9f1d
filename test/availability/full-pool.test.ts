import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { outcome, startApi, type TestApi } from '../support/api.js';
import { openSuperuser } from '../support/database.js';
import { until } from '../support/sockets.js';

const REPORTS = '{ expenseReports(first: 1) { totalCount } }';
let api: TestApi;
let superuser: pg.Client;

beforeAll(async () => {
  api = await startApi({
    DATABASE_POOL_SIZE: '1',
    LIMIT_DATABASE_QUEUE: '2',
    LIMIT_DATABASE_QUEUE_SECONDS: '2',
    LIMIT_OPERATION_SECONDS: '20',
  });
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
