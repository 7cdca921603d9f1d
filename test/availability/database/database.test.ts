import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import { outcome, startApi, type TestApi } from '../../support/api.js';
import { openClient, socketUrl, until } from '../../support/sockets.js';

const SHARE = defaultLimits.callerConnections;
const REPORTS = '{ expenseReports(first: 1) { totalCount } }';
const text = expect.any(String);
/** The fields that every log line of an operation has. */
const IDS = { reqId: text, operation: 'Reports', oid: text, tid: text, client: text, uti: text };
const EMPLOYEES = '{ employees(first: 1) { totalCount } }';

let api: TestApi;
let superuser: pg.Client;
/** Not within the transactions of the other one, where PostgreSQL shows the same activity throughout. */
let watcher: pg.Client;

beforeAll(async () => {
  api = await startApi(
    { LIMIT_OPERATION_SECONDS: '3', DATABASE_POOL_SIZE: '6' },
    { limits: { callerQueue: 5, callerQueueSeconds: 1 } },
  );
  superuser = new pg.Client({ connectionString: api.database.superuserUrl });
  watcher = new pg.Client({ connectionString: api.database.superuserUrl });
  await superuser.connect();
  await watcher.connect();
});
afterAll(async () => {
  await superuser.end();
  await watcher.end();
  await api.close();
});

/** Statements of the pool that run or wait for a lock. */
async function running(): Promise<number> {
  const { rows } = await watcher.query(
    "select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name = 'entra-graphql' and state = 'active'",
  );
  return rows[0].count;
}

/** Transactions of the pool that are open. */
async function open(): Promise<number> {
  const { rows } = await watcher.query(
    "select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name = 'entra-graphql' and state <> 'idle'",
  );
  return rows[0].count;
}

describe('reads that another connection holds up', () => {
  beforeEach(() => superuser.query('begin; lock table expense_reports in access exclusive mode'));
  afterEach(async () => {
    await superuser.query('rollback');
    await until(async () => (await open()) === 0);
  });

  it.each(emulatorSettings.personas.map(({ name }) => name))(
    'of %s take its share of the connections: others are served, and the server stays ready',
    async (name) => {
      const url = await socketUrl(api);
      const other = name === 'mia' ? 'ada' : 'mia';
      const [client, others] = [
        openClient(url, await api.emulator.issueAccessToken(name)),
        openClient(url, await api.emulator.issueAccessToken(other)),
      ];
      const overHttp = Array.from({ length: 4 }, () => api.query(name, REPORTS));
      const overSocket = Array.from({ length: SHARE - 1 }, () => client.ask(REPORTS));
      await until(async () => (await running()) === SHARE);
      expect(outcome(await api.query(other, EMPLOYEES))).toBe('200');
      expect(await others.ask(EMPLOYEES)).toEqual({ data: { employees: { totalCount: expect.any(Number) } } });
      expect(outcome(await api.query(undefined, EMPLOYEES))).toMatch(/^401/);
      expect((await api.app.inject('/readyz')).statusCode).toBe(200);
      expect(await running()).toBe(SHARE);
      await superuser.query('rollback');
      await Promise.allSettled([...overHttp, ...overSocket]);
      await Promise.all([client.dispose(), others.dispose()]);
    },
  );

  it('are refused with 429 and Retry-After after the wait, or end with an error of the field', async () => {
    const answers = await Promise.all(Array.from({ length: SHARE + 2 }, () => api.query('erin', REPORTS)));
    expect(answers.map(outcome).sort()).toEqual([
      ...Array.from({ length: SHARE }, () => '200 LIMIT_EXCEEDED'),
      '429 RATE_LIMITED',
      '429 RATE_LIMITED',
    ]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers['retry-after']).toMatch(/^\d+$/);
    expect(refused?.body).not.toHaveProperty('data');
    expect(refused?.body.errors?.[0]).not.toHaveProperty('path');
    expect(refused?.body.errors?.[0]?.extensions.limit).toEqual({
      name: 'callerQueueSeconds',
      maximum: 1,
      setting: 'LIMIT_DATABASE_WAIT_MS',
    });
  });

  it('fill a queue of bounded length: those beyond it are refused at once', async () => {
    const held = Array.from({ length: SHARE + 5 }, () => api.query('erin', REPORTS));
    await until(async () => (await running()) === SHARE);
    const beyond = await api.query('erin', REPORTS);
    expect(outcome(beyond)).toBe('429 RATE_LIMITED');
    expect(beyond.body.errors?.[0]?.extensions.limit.name).toBe('callerQueue');
    await Promise.all(held);
  });

  it('are cancelled at the end of the time of their operation, and their connections are free', async () => {
    const answer = await api.query('erin', REPORTS);
    expect(outcome(answer)).toBe('200 LIMIT_EXCEEDED');
    expect(answer.body.errors?.[0]).toMatchObject({
      path: ['expenseReports'],
      extensions: { limit: { name: 'operationSeconds', maximum: 3 } },
    });
    await until(async () => (await open()) === 0);
  });

  it('leave the rest of the answer as it is', async () => {
    const answer = await api.query('erin', `{ me { objectId } ${REPORTS.slice(1)}`);
    expect(outcome(answer)).toBe('200 LIMIT_EXCEEDED');
    expect(answer.body.data.me.objectId).toBeTypeOf('string');
  });

  it('end when the client leaves, with a line in the log', async () => {
    const address = (await socketUrl(api)).replace('ws:', 'http:');
    const leaving = new AbortController();
    const token = await api.emulator.issueAccessToken('erin');
    const asked = fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: `query Reports ${REPORTS}` }),
      signal: leaving.signal,
    });
    await until(async () => (await running()) === 1);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await until(async () => (await open()) === 0);
    const line = () => api.logs.find(({ msg }) => msg === 'the client left before its answer');
    await until(() => line() !== undefined);
    expect(line()).toMatchObject(IDS);
  });
});

describe('a mutation that is held up', () => {
  const create = (alias: string) =>
    `${alias}: createExpenseReport(input: { title: "Held up", currency: "EUR", items: [] }) { expenseReport { id } }`;

  afterEach(() => superuser.query('rollback'));

  it('says which of its fields are stored', async () => {
    const { body } = await api.query('erin', `mutation { ${create('made')} }`);
    const { id } = body.data.made.expenseReport;
    await superuser.query('begin; select from expense_reports where status = $$DRAFT$$ for update');
    const answer = await api.query(
      'erin',
      `mutation { ${create('first')} second: submitExpenseReport(id: "${id}") { expenseReport { id } } }`,
    );
    expect(outcome(answer)).toBe('200 LIMIT_EXCEEDED');
    expect(answer.body.errors?.[0]).toMatchObject({ path: ['second'], extensions: { committed: ['first'] } });
  });

  it('is not a denial for the owner, because the policy could not look', async () => {
    const { body } = await api.query('erin', `mutation { ${create('made')} }`);
    const { id } = body.data.made.expenseReport;
    await superuser.query('begin; select from expense_reports where status = $$DRAFT$$ for update');
    const answer = await api.query('erin', `mutation { submitExpenseReport(id: "${id}") { expenseReport { id } } }`);
    expect(outcome(answer)).not.toContain('FORBIDDEN');
    expect(answer.body.errors?.[0]?.extensions.committed).toEqual([]);
  });
});
