import { Agent, request } from 'node:http';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config/config.js';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.js';
import { emulatorSettings } from '../../src/expenses/sample-data/emulator-settings.js';
import { settingsOf, startApi, type TestApi } from '../support/api.js';
import { until } from '../support/command.js';
import { UNHURRIED } from '../support/config.js';
import { countPromises, startCounted } from '../support/execution/count-promises.js';
import { textOf } from '../support/stores/record-statements.js';

/**
 * Promises that the server makes for one request, from its first byte to the last of its answer: the same on every machine, for
 * any number of items. If a change lowers the number, write the new one here. If a change raises it,
 * a request costs more: find out why first.
 */
const PROMISES = {
  'an answer': { off: 1, on: 1 },
  'an answer to a token that was never seen': { off: 9, on: 9 },
  'a refused token': { off: 8, on: 8 },
} as const;

/**
 * The sample's list of reports with their authors: what begins the transaction goes with the query, nothing waits for its
 * end.
 */
const STATEMENTS = [
  /^begin isolation level repeatable read, read only; select set_config.* from "expense_reports" left join .* from "employees"/,
  /^rollback$/,
];

const items = Array.from({ length: 200 }, (_, index) => ({
  id: index,
  name: `Item ${index}`,
  quantity: index,
  isActive: index % 2 === 0,
  cost: index / 2,
}));

describe.each(['off', 'on'] as const)('promises of a request, GRAPHQL_COMPILED=%s', (compiled) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let emulator: Emulator;
  let app: FastifyInstance;
  let port: number;

  beforeAll(async () => {
    emulator = await startEmulator({ ...emulatorSettings, port: 0 });
    const environment = {
      ...settingsOf(emulator),
      DATABASE_URL: 'postgres://nobody:none@127.0.0.1:1/none',
      GRAPHQL_COMPILED: compiled,
      ...UNHURRIED,
    };
    app = await createApp(loadConfig(environment, 'production'), {
      createResource: async () => ({
        welcomeDocument: '',
        schemaFolder: new URL('request-cost/', import.meta.url),
        resolvers: { Query: { items: (_: unknown, { n }: { n: number }) => items.slice(0, n) } },
        policies: {},
        createContext: (caller) => ({ caller, dispose: async () => {} }),
        ping: async () => {},
        close: async () => {},
      }),
    });
    const address = await startCounted(() => app.listen({ host: '127.0.0.1', port: 0 }));
    port = Number(new URL(address).port);
    await until(
      async () => (await app.inject('/readyz')).statusCode === 200,
      () => 'not ready',
    );
  });
  afterAll(async () => {
    agent.destroy();
    await app.close();
    await emulator.close();
  });

  const issue = (claims = {}) =>
    emulator.issueAccessToken('erin', { claims: { scp: 'Items.Read', roles: ['Items.Auditor'], ...claims } });

  /** Without promises: those of the client would be counted as well. */
  function post(token: string, n: number, done: (status: number, length: number) => void): void {
    const query = 'query ($n: Int!) { items(n: $n) { id name quantity isActive cost } }';
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    request({ agent, port, path: '/graphql', method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => done(response.statusCode ?? 0, JSON.parse(text).data?.items.length ?? 0));
    }).end(JSON.stringify({ query, variables: { n } }));
  }
  const countRequests = async (nextToken: () => string, n: number) => {
    const outcomes = new Set<string>();
    const promises = await countPromises((done) =>
      post(nextToken(), n, (status, length) => {
        outcomes.add(`${status} with ${length}`);
        done();
      }),
    );
    return { promises, outcomes: [...outcomes] };
  };
  const warmUp = async (token: string) => {
    for (let time = 0; time < 10; time += 1) await new Promise<void>((done) => post(token, 1, () => done()));
  };

  it.each([1, 20, 200])('an answer with %s items', async (n) => {
    const token = await issue();
    await warmUp(token);
    const promises = PROMISES['an answer'][compiled];
    expect(await countRequests(() => token, n)).toEqual({ promises, outcomes: [`200 with ${n}`] });
  });

  it('an answer to a token that was never seen', async () => {
    const tokens = await Promise.all(Array.from({ length: 30 }, () => issue()));
    await warmUp(await issue());
    const promises = PROMISES['an answer to a token that was never seen'][compiled];
    expect(await countRequests(() => tokens.pop() ?? '', 1)).toEqual({ promises, outcomes: ['200 with 1'] });
  });

  it('a refused token', async () => {
    const token = await issue({ aud: 'another' });
    await warmUp(token);
    const promises = PROMISES['a refused token'][compiled];
    expect(await countRequests(() => token, 1)).toEqual({ promises, outcomes: ['401 with 0'] });
  });
});

describe("statements of the sample's list of reports with their authors", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([1, 5, 20, 50])('for %s reports', async (first) => {
    const query = vi.spyOn(pg.Client.prototype, 'query');
    const answer = await api.query(
      'ada',
      'query ($first: Int!) { expenseReports(first: $first) { nodes { id title total { minorUnits } author { name } } } }',
      { first },
    );
    expect(answer.body.data.expenseReports.nodes).toHaveLength(first);
    // The connection for notifications asks now and then whether it lives.
    const sent = () => query.mock.calls.map(([statement]) => textOf(statement)).filter((text) => text !== 'select');
    await until(
      () => /^(rollback|commit)/.test(sent().at(-1) ?? ''),
      () => sent().join('\n'),
    );
    expect(sent()).toEqual(STATEMENTS.map((text) => expect.stringMatching(text)));
  });
});
