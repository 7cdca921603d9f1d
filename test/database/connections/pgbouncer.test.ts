import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { checkPreparedStatements } from '../../../src/database/setup/check-prepared-statements.js';
import { createExpenses } from '../../../src/expenses/expenses.js';
import { startApi, type TestApi } from '../../support/api.js';
import { loadTestConfig } from '../../support/config.js';
import { openSuperuser } from '../../support/database.js';
import { openClient, socketUrl, subscribeTo, tokenOf, until } from '../../support/sockets.js';
import { installPgBouncer, type PgBouncer, startPgBouncer } from '../../support/stores/pgbouncer.js';

const [old, current] = await Promise.all([installPgBouncer('bookworm'), installPgBouncer('trixie')]);

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const LOST = /A notification of the database did not arrive.* DATABASE_LISTEN_URL/;
const MIXED_UP = /Prepared statements are lost or mixed up.* DATABASE_PREPARED_STATEMENTS=off/;

it('a PgBouncer without prepared statements that hands out its connections in a circle is found out', async ({
  skip,
}) => {
  if ('notRun' in current) return skip(`not run, because ${current.notRun}`);
  const settings = ['max_prepared_statements = 0', 'server_round_robin = 1', 'default_pool_size = 2'];
  const pooler = await startPgBouncer(current.program, api.database.runtimeUrl, settings);
  const pool = new pg.Pool({ connectionString: pooler.url, max: 2 });
  // The pooler then has both connections.
  const clients = await Promise.all([pool.connect(), pool.connect()]);
  for (const client of clients) await client.query('begin');
  for (const client of clients) await client.query('commit');
  for (const client of clients) client.release();
  await expect(checkPreparedStatements({ connectionString: pooler.url })).rejects.toMatchObject({
    name: 'DatabaseSetupError',
    problems: [expect.stringMatching(MIXED_UP)],
  });
  await pool.end();
  await pooler.close();
});

describe.each([
  ['before 1.21', old, []],
  ['since 1.21, with max_prepared_statements = 0', current, ['max_prepared_statements = 0']],
  ['since 1.21', current, ['max_prepared_statements = 200']],
] as const)('behind a real PgBouncer %s in transaction mode', (_version, installed, configuration) => {
  const notRun = 'notRun' in installed ? `not run, because ${installed.notRun}` : undefined;
  const prepares = configuration[0] === 'max_prepared_statements = 200';
  let pooler: PgBouncer;
  let app: FastifyInstance;
  const logs: Record<string, unknown>[] = [];

  beforeAll(async () => {
    if ('notRun' in installed) return;
    pooler = await startPgBouncer(installed.program, api.database.runtimeUrl, configuration);
    const settings = {
      ...api.environment,
      DATABASE_URL: pooler.url,
      DATABASE_LISTEN_URL: api.database.runtimeUrl,
      ...(!prepares && { DATABASE_PREPARED_STATEMENTS: 'off' }),
      LIMIT_OPERATION_SECONDS: '2',
    };
    app = await createApp(loadTestConfig(settings), {
      logger: { level: 'debug', stream: { write: (line: string) => void logs.push(JSON.parse(line)) } },
    });
  });
  afterAll(async () => {
    await app?.close();
    await pooler?.close();
  });

  async function query(signIn: string, text: string) {
    const authorization = `Bearer ${await api.emulator.issueAccessToken(signIn)}`;
    const response = await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { authorization },
      payload: { query: text },
    });
    return response.json();
  }

  it('the start names every setting that is missing, at once', async ({ skip }) => {
    if (notRun) return skip(notRun);
    const { url } = pooler;
    // Nothing arrives, however long one waits.
    const limits = { ...defaultLimits, notificationTestSeconds: 0.2 };
    const listenUrl = api.database.runtimeUrl;
    const problems = (...messages: RegExp[]) => messages.map((message) => expect.stringMatching(message));
    const refused = (problems: readonly unknown[]) => ({ name: 'DatabaseSetupError', problems });
    await expect(createExpenses({ url, limits })).rejects.toMatchObject(
      refused(problems(LOST, ...(prepares ? [] : [MIXED_UP]))),
    );
    await expect(createExpenses({ url, limits, prepares: false })).rejects.toMatchObject(refused(problems(LOST)));
    if (prepares) await (await createExpenses({ url, listenUrl })).close();
    else await expect(createExpenses({ url, listenUrl })).rejects.toMatchObject(refused(problems(MIXED_UP)));
  });

  it('with DATABASE_LISTEN_URL, changes, events and /readyz work', async ({ skip }) => {
    if (notRun) return skip(notRun);
    const client = openClient(await socketUrl({ app }), await tokenOf(api, 'erin'));
    const events = await subscribeTo(client, { logs }, 'subscription { expenseReportChanged { title } }');
    const created = await query(
      'erin',
      'mutation { createExpenseReport(input: { title: "Pooled", currency: "EUR", items: [] }) { expenseReport { id } } }',
    );
    expect(created.errors).toBeUndefined();
    expect((await events.next()).value).toEqual({ data: { expenseReportChanged: { title: 'Pooled' } } });
    expect((await app.inject('/readyz')).statusCode).toBe(200);
    client.terminate();
  });

  it('more callers at once than connections see their own rows, however often each asks', async ({ skip }) => {
    if (notRun) return skip(notRun);
    const rows = '{ me { objectId } expenseReports(first: 50) { totalCount nodes { title } } }';
    const signIns = ['erin', 'mia', 'ada', 'finn', 'gus'];
    const direct = new Map<string, string>();
    for (const signIn of signIns) direct.set(signIn, JSON.stringify((await api.query(signIn, rows)).body));
    expect(new Set(direct.values()).size).toBe(signIns.length);
    const turns = Array.from({ length: 8 }, () => signIns).flat();
    const answers = await Promise.all(turns.map(async (signIn) => [signIn, await query(signIn, rows)] as const));
    for (const [signIn, answer] of answers) expect(JSON.stringify(answer)).toBe(direct.get(signIn));
  });

  // The control connection, which cancels, prepares nothing.
  if (prepares) {
    it('a statement is cancelled at the end of the time of its operation', async ({ skip }) => {
      if (notRun) return skip(notRun);
      const superuser = await openSuperuser(api.database);
      await superuser.query('begin; lock table expense_reports in access exclusive mode');
      const { errors } = await query('erin', '{ expenseReports(first: 1) { totalCount } }');
      expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'operationSeconds' } } }]);
      await superuser.query('rollback');
      await until(async () => {
        const { rows } = await superuser.query(
          "select from pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()",
        );
        return rows.length === 0;
      });
      await superuser.end();
    });
  }
});
