import { expect, it } from 'vitest';
import { LIMITS } from '../../../src/config/limits.js';
import { createDatabaseFailureReport } from '../../../src/database/connections/failure-report.js';
import { createDatabaseReadiness } from '../../../src/database/connections/readiness.js';

it('an outage is one line a minute with host and cause, and every failure is counted', () => {
  const lines: object[] = [];
  const codes: string[] = [];
  let now = 0;
  const report = createDatabaseFailureReport({
    url: 'postgres://login:secret@db.example.com:5432/app',
    logger: { warn: (details, message) => void lines.push({ ...details, message }) },
    count: (code) => void codes.push(code),
    now: () => now,
  });
  const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', client: { secretKey: 1 } });
  for (now = 0; now < 60_000; now += 10_000) report.note(error);
  report.note(new Error('Connection terminated'));
  expect(lines).toEqual([
    {
      host: 'db.example.com:5432/app',
      cause: 'connect ECONNREFUSED',
      code: 'ECONNREFUSED',
      message: 'the database is unavailable',
    },
    {
      host: 'db.example.com:5432/app',
      cause: 'Connection terminated',
      leftOut: 5,
      message: 'the database is unavailable',
    },
  ]);
  expect(codes).toEqual([...Array(6).fill('ECONNREFUSED'), 'OTHER']);
});

it.each([
  ['57014', 'canceling statement due to statement timeout', true],
  ['55P03', 'canceling statement due to lock timeout', true],
  ['25P03', 'terminating connection due to idle-in-transaction timeout', true],
  ['57P01', 'terminating connection due to administrator command', false],
  ['ECONNREFUSED', 'connect ECONNREFUSED', false],
])('the line of %s (%s) sends the operator to the locks: %s', (code, message, isGivenUp) => {
  const lines: object[] = [];
  const report = createDatabaseFailureReport({
    url: 'postgres://login:secret@db.example.com:5432/app',
    logger: { warn: (details) => void lines.push(details) },
  });
  report.note(Object.assign(new Error(message), { code }));
  expect(lines).toEqual([
    {
      host: 'db.example.com:5432/app',
      cause: message,
      code,
      ...(isGivenUp && { hint: expect.stringContaining('pg_locks') }),
    },
  ]);
});

it('a hundred questions whether the database is ready are one statement, and so are those of the same second', async () => {
  let asked = 0;
  let now = 0;
  const ask = async <Row>() => {
    asked += 1;
    return [{ isStandby: false, isReadOnly: false }] as Row[];
  };
  const readiness = createDatabaseReadiness({ ask, close: async () => undefined }, () => now);
  await Promise.all(Array.from({ length: 100 }, () => readiness.check()));
  now = LIMITS.readinessLastsMs.default - 1;
  await readiness.check();
  expect(asked).toBe(1);
  now += 1;
  await readiness.check();
  expect(asked).toBe(2);
});

it.each([
  { isStandby: true, isReadOnly: true },
  { isStandby: false, isReadOnly: true },
])('a database that takes no writes is not ready (%o)', async (state) => {
  const ask = async <Row>() => [state] as Row[];
  const readiness = createDatabaseReadiness({ ask, close: async () => undefined });
  await expect(readiness.check()).rejects.toMatchObject({ extensions: { code: 'SERVICE_UNAVAILABLE' } });
});

it('names the host that failed, where that is not the one of the pool', () => {
  const lines: unknown[] = [];
  const logger = { warn: (details: object) => void lines.push(details) };
  const report = createDatabaseFailureReport({ url: 'postgres://api@db.example.com/expenses', logger });
  report.note(new Error('refused'), 'postgres://api:secret@listen.example.com:6432/expenses');
  expect(lines).toEqual([{ host: 'listen.example.com:6432/expenses', cause: 'refused' }]);
});
