import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ResourceOptions } from '../../../src/graphql/resource.js';
import { createResource } from '../../../src/resource.js';
import { outcome, startApi, type TestApi } from '../../support/api.js';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openSuperuser } from '../../support/database.js';
import { openClient, type SocketClient, socketUrl, tokenOf, until } from '../../support/sockets.js';

const REPORTS = '{ expenseReports(first: 1) { totalCount } }';
const text = expect.any(String);
/** The fields that every log line of an operation has. */
const IDS = { reqId: text, operation: 'Reports', oid: text, tid: text, client: text, uti: text };
/** Resolvers of the tests wait for ever when they are asked for this many. */
const STUCK = 7;
const EMPLOYEES = 'query ($first: Int) { employees(first: $first) { totalCount } }';
const LATE = { extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'operationSeconds', maximum: 1 } } };

/** Room for each caller to wait over HTTP and WebSocket at once. */
const SETTINGS = { LIMIT_OPERATION_SECONDS: '1', DATABASE_POOL_SIZE: String(2 * EVERY_SIGN_IN.length) };

let api: TestApi;
let superuser: pg.Client;
let watcher: pg.Client;
let client: SocketClient;

beforeAll(async () => {
  api = await startApi(SETTINGS, { createResource: createStuckResource });
  superuser = await openSuperuser(api.database);
  watcher = await openSuperuser(api.database);
});
beforeEach(async () => {
  client = openClient(await socketUrl(api), await tokenOf(api, 'erin'));
});
afterEach(() => client.dispose());
afterAll(async () => {
  await superuser.end();
  await watcher.end();
  await api.close();
});

/** The sample, with two fields that can wait for something other than the database. */
async function createStuckResource(options: ResourceOptions) {
  const resource = await createResource(options);
  const { Query, Mutation } = Object(resource.resolvers);
  const never = () => new Promise(() => undefined);
  return {
    ...resource,
    resolvers: {
      ...resource.resolvers,
      Query: {
        ...Query,
        employees: (parent: unknown, args: { first?: number }, ...rest: unknown[]) =>
          args.first === STUCK ? never() : Query.employees(parent, args, ...rest),
      },
      Mutation: { ...Mutation, submitExpenseReport: never },
    },
  };
}

async function count(condition: string, from = watcher): Promise<number> {
  const { rows } = await from.query(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and application_name = 'entra-graphql' and ${condition}`,
  );
  return rows[0].count;
}
const isFree = async (from = watcher) => (await count("state <> 'idle'", from)) === 0;
const isRunning = async () => (await count("state = 'active'")) === 1;

describe('a resolver that waits for something other than the database', () => {
  it('ends with its operation over HTTP, on the ordinary way and on the fast path', async () => {
    for (const warmUp of [false, true, true]) {
      if (warmUp) expect(outcome(await api.query('erin', EMPLOYEES, { first: 1 }))).toBe('200');
      const answer = await api.query('erin', EMPLOYEES, { first: STUCK });
      expect(outcome(answer)).toBe('200 LIMIT_EXCEEDED');
      expect(answer.body).toMatchObject({ data: null, errors: [LATE] });
    }
    await until(isFree);
    expect(api.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it('gives its connection back, which another field of the operation has opened', async () => {
    const answer = await api.query('erin', `{ ${REPORTS.slice(1, -1)} employees(first: ${STUCK}) { totalCount } }`);
    expect(answer.body).toMatchObject({ data: null, errors: [LATE] });
    await until(isFree);
  });

  it('ends with its operation over WebSocket', async () => {
    const answer = await client.ask(EMPLOYEES, { variables: { first: STUCK } });
    expect(answer).toMatchObject({ data: null, errors: [LATE] });
  });

  it('in a mutation gives its transaction up, and the error says what is stored', async () => {
    const { body } = await api.query('erin', `mutation { ${create('made')} }`);
    const { id } = body.data.made.expenseReport;
    const answer = await api.query(
      'erin',
      `mutation { ${create('first')} second: submitExpenseReport(id: "${id}") { expenseReport { id } } }`,
    );
    expect(outcome(answer)).toBe('200 LIMIT_EXCEEDED');
    expect(answer.body.errors?.[0]).toMatchObject({ path: ['second'], extensions: { committed: ['first'] } });
    await until(isFree);
  });
});

const create = (alias: string) =>
  `${alias}: createExpenseReport(input: { title: "Held up", currency: "EUR", items: [] }) { expenseReport { id } }`;

describe('over WebSocket, a read that another connection holds up', () => {
  beforeEach(() => superuser.query('begin; lock table expense_reports in access exclusive mode'));
  afterEach(() => superuser.query('rollback'));

  it.each([
    ['sends complete', (_: SocketClient, ask: AsyncIterableIterator<unknown>) => ask.return?.()],
    ['goes', (leaving: SocketClient) => leaving.terminate()],
  ])('is cancelled when its client %s', async (_name, leave) => {
    const left = () => api.logs.filter(({ msg }) => msg === 'the client left before its answer');
    const lines = () => left().length;
    const before = lines();
    const asked = client.iterate({ query: `query Reports ${REPORTS}` });
    const answered = asked.next().catch(() => undefined);
    await until(isRunning);
    void leave(client, asked);
    await until(() => lines() > before);
    expect(left().at(-1)).toMatchObject(IDS);
    await until(isFree);
    await answered;
  });
});

describe.each(['on', 'off'])('with GRAPHQL_COMPILED=%s, a read that another connection holds up', (compiled) => {
  let held: TestApi;
  let locker: pg.Client;
  let observer: pg.Client;
  beforeAll(async () => {
    held = compiled === 'on' ? api : await startApi({ ...SETTINGS, GRAPHQL_COMPILED: compiled });
    locker = await openSuperuser(held.database);
    observer = await openSuperuser(held.database);
  });
  afterAll(async () => {
    await locker.end();
    await observer.end();
    if (held !== api) await held.close();
  });

  // Anonymous callers read nothing from the database.
  it('is cancelled at the end of the time of its operation, for each persona over HTTP and WebSocket', async () => {
    // Known and, where that is asked for, compiled.
    for (let time = 0; time < 4; time += 1) expect(outcome(await held.query('ada', REPORTS))).toBe('200');
    const url = await socketUrl(held);
    await locker.query('begin; lock table expense_reports in access exclusive mode');
    const answers = EVERY_SIGN_IN.filter((signIn) => signIn !== undefined).map(async (signIn) => {
      const socket = openClient(url, await tokenOf(held, signIn));
      const both = await Promise.all([held.query(signIn, REPORTS).then(({ body }) => body), socket.ask(REPORTS)]);
      await socket.dispose();
      return both;
    });
    for (const { errors } of (await Promise.all(answers)).flat()) {
      expect(errors).toMatchObject([{ ...LATE, path: ['expenseReports'] }]);
    }
    await until(() => isFree(observer));
    await locker.query('rollback');
  });
});
