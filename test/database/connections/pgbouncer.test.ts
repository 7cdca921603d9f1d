import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import { loadConfig } from '../../../src/config/config.js';
import { createExpenses } from '../../../src/expenses/expenses.js';
import { startApi, type TestApi } from '../../support/api.js';
import { openSuperuser } from '../../support/database.js';
import { type PgBouncer, startPgBouncer } from '../../support/pgbouncer.js';
import { openClient, socketUrl, subscribeTo, tokenOf, until } from '../../support/sockets.js';

const NOT_HERE = 'PgBouncer comes from a package of Debian, and apt-get cannot download it here';

let api: TestApi;
let pooler: PgBouncer | undefined;

beforeAll(async () => {
  api = await startApi();
  pooler = await startPgBouncer(api.database.runtimeUrl);
}, 120_000);
afterAll(async () => {
  await pooler?.close();
  await api.close();
});

it('behind a real PgBouncer in transaction mode, the start names the problems and the settings', async ({ skip }) => {
  if (!pooler) return skip(NOT_HERE);
  const { url } = pooler;
  const problem = (message: RegExp) => ({ name: 'DatabaseSetupError', message: expect.stringMatching(message) });
  await expect(createExpenses({ url, prepares: false })).rejects.toMatchObject(
    problem(/notification.*DATABASE_LISTEN_URL/),
  );
  const listenUrl = api.database.runtimeUrl;
  await expect(createExpenses({ url, listenUrl })).rejects.toMatchObject(
    problem(/Prepared statements.*DATABASE_PREPARED_STATEMENTS=off/),
  );
}, 20_000);

describe('behind a real PgBouncer in transaction mode, with DATABASE_LISTEN_URL', () => {
  let app: FastifyInstance | undefined;
  const logs: Record<string, unknown>[] = [];

  beforeAll(async () => {
    if (!pooler) return;
    const settings = {
      ...api.environment,
      DATABASE_URL: pooler.url,
      DATABASE_LISTEN_URL: api.database.runtimeUrl,
      DATABASE_PREPARED_STATEMENTS: 'off',
      LIMIT_OPERATION_SECONDS: '2',
    };
    app = await createApp(loadConfig(settings, 'development'), {
      logger: { level: 'debug', stream: { write: (line: string) => void logs.push(JSON.parse(line)) } },
    });
  });
  afterAll(() => app?.close());

  async function query(server: FastifyInstance, text: string) {
    const authorization = `Bearer ${await api.emulator.issueAccessToken('erin')}`;
    const response = await server.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization },
      payload: { query: text },
    });
    return response.json();
  }

  it('reads, changes, events and /readyz work', async ({ skip }) => {
    if (!app) return skip(NOT_HERE);
    const server = app;
    const client = openClient(await socketUrl({ app: server }), await tokenOf(api, 'erin'));
    const events = await subscribeTo(client, { logs }, 'subscription { expenseReportChanged { title } }');
    const created = await query(
      server,
      'mutation { createExpenseReport(input: { title: "Pooled", currency: "EUR", items: [] }) { expenseReport { id } } }',
    );
    expect(created.errors).toBeUndefined();
    expect((await events.next()).value).toEqual({ data: { expenseReportChanged: { title: 'Pooled' } } });
    // More at once than the pooler has connections: nothing of one caller's settings may meet another.
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => query(server, '{ me { objectId } expenseReports(first: 1) { totalCount } }')),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0].errors).toBeUndefined();
    expect((await server.inject('/readyz')).statusCode).toBe(200);
    client.terminate();
  }, 30_000);

  it('a statement is cancelled at the end of the time of its operation', async ({ skip }) => {
    if (!app) return skip(NOT_HERE);
    const superuser = await openSuperuser(api.database);
    await superuser.query('begin; lock table expense_reports in access exclusive mode');
    const { errors } = await query(app, '{ expenseReports(first: 1) { totalCount } }');
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'operationSeconds' } } }]);
    await superuser.query('rollback');
    await until(async () => {
      const { rows } = await superuser.query(
        "select from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()",
      );
      return rows.length === 0;
    });
    await superuser.end();
  }, 30_000);
});
