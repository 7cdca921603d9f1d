import { ApolloServer } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createApp } from '../../../../src/app.js';
import { formatGlobalId } from '../../../../src/expenses/global-id.js';
import { CONTOSO } from '../../../../src/expenses/sample-data/personas.js';
import { startApi, type TestApi } from '../../../support/api.js';
import { loadTestConfig } from '../../../support/config.js';
import { openSuperuser } from '../../../support/database.js';
import { openSocket, socketUrl, until } from '../../../support/sockets.js';
import { keepLines, noteTokens } from '../../../support/vitest/log-scan.js';

// Two servers over one database: one may pass Apollo Server and the guards by, the other never does.

const PERSONAS = ['erin', 'mia', 'finn', 'ada', 'export-job'];
const ITEMS = 'fragment Items on ExpenseReport { items { description amount { minorUnits } } }';
const OPERATIONS: readonly { readonly about: string; readonly rest: string; readonly variables?: object }[] = [
  { about: 'granted fields', rest: '{ expenseReportChanged { id status title author { name manager { name } } } }' },
  {
    about: 'fragments, aliases and variables',
    rest: `($with: Boolean!) { e: expenseReportChanged { __typename id t: title ...Items @include(if: $with) } } ${ITEMS}`,
    variables: { with: true },
  },
  { about: 'a field that some are refused', rest: '{ expenseReportChanged { id riskScore } }' },
  {
    about: 'an audited field with policies',
    rest: '{ expenseReportChanged { id author { name bankAccount { iban } } } }',
  },
  { about: 'a field that fails', rest: '{ expenseReportChanged { id auditTrail(last: 0) { __typename } } }' },
];
/** Reports of erin in these states are seen by few, by some and, at last, by all. */
const CHANGED = ['DRAFT', 'SUBMITTED', 'REJECTED', 'PAID', 'DRAFT', 'SUBMITTED', 'APPROVED'];

interface Server {
  readonly name: 'Fast' | 'Slow';
  readonly app: FastifyInstance;
  readonly logs: readonly Record<string, unknown>[];
}
interface Subscriber {
  readonly title: string;
  readonly messages: { type: string; payload?: unknown }[];
}

let api: TestApi;
let slow: FastifyInstance;
let superuser: pg.Client;
const servers: Server[] = [];
const sockets: ReturnType<typeof openSocket>[] = [];

beforeAll(async () => {
  api = await startApi();
  const logs: Record<string, unknown>[] = [];
  slow = await createApp(loadTestConfig({ ...api.environment, GRAPHQL_FAST_PATH: 'off' }), {
    logger: { level: 'debug', stream: { write: keepLines(logs) } },
  });
  servers.push({ name: 'Fast', app: api.app, logs: api.logs }, { name: 'Slow', app: slow, logs });
  superuser = await openSuperuser(api.database);
});
afterAll(async () => {
  for (const { socket } of sockets) socket.terminate();
  await superuser.end();
  await slow.close();
  await api.close();
});

/** Opens a connection of each persona, with all subscriptions on it. */
async function subscribeAll(server: Server): Promise<readonly Subscriber[]> {
  const url = await socketUrl(server);
  return (await Promise.all(PERSONAS.map((persona) => subscribe(server, url, persona)))).flat();
}

async function subscribe({ name, logs }: Server, url: string, persona: string): Promise<readonly Subscriber[]> {
  const token = await api.emulator.issueAccessToken(persona, persona === 'finn' ? { authContext: 'c1' } : {});
  noteTokens(token);
  const socket = openSocket(url);
  sockets.push(socket);
  await socket.opened;
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await socket.received('connection_ack');
  for (const [id, { rest, variables }] of OPERATIONS.entries()) {
    socket.send({ id: `${id}`, type: 'subscribe', payload: { query: `subscription ${name} ${rest}`, variables } });
  }
  const oid = JSON.parse(String(Buffer.from(token.split('.')[1] ?? '', 'base64url'))).oid;
  const isDecided = () =>
    logs.filter(({ msg, type, oid: by }) => msg === 'operation' && type === 'subscription' && by === oid).length;
  await until(() => isDecided() === OPERATIONS.length);
  return OPERATIONS.map(({ about }, id) => ({
    title: `${persona}: ${about}`,
    get messages() {
      return socket.messages.filter((message) => message.id === `${id}`);
    },
  }));
}

/** The id of a report of erin in each of the states, another one each time. */
async function chooseReports(): Promise<readonly string[]> {
  const { rows } = await superuser.query(
    `select array_agg(report.id order by report.id) as ids, status from expense_reports report
     join employees author on author.id = author_id
     where author.name = 'Erin Engel' and author.tenant_id = '${CONTOSO}' and deleted_at is null group by status`,
  );
  const ids = new Map<string, string[]>(rows.map(({ status, ids }) => [status, ids]));
  return CHANGED.map((status) => ids.get(status)?.pop() ?? `no report is ${status}`);
}

/** Returns the parts of the log and the access record that must be the same, sorted. */
async function recordsOf({ name, logs }: Server) {
  const { rows } = await superuser.query(
    'select object_id, coordinate, outcome, row_ids from access_entries where operation = $1',
    [name],
  );
  const lines = logs.filter(({ operation, msg }) => operation === name && msg !== 'subscription opened');
  const told = lines.map(({ level, msg, oid, type, cost, code, denied, count }) =>
    JSON.stringify({ level, msg, oid, type, cost, code, denied, count }),
  );
  return { entries: rows.map((row) => JSON.stringify(row)).sort(), lines: told.sort() };
}

it('events are answered, logged and audited the same with and without Apollo Server', async () => {
  const toApollo = vi.spyOn(ApolloServer.prototype, 'executeOperation');
  const [fast = [], slowly = []] = await Promise.all(servers.map(subscribeAll));
  const auditors = [...fast, ...slowly].filter(({ title }) => title.startsWith('ada'));
  const changed = await chooseReports();
  for (const [number, id] of changed.entries()) {
    // By then Apollo Server has answered an event of each.
    if (number === 1) toApollo.mockClear();
    // As the trigger does.
    await superuser.query("select pg_notify('expense_report_changed', $1)", [`${CONTOSO}:${id}`]);
    await until(() => auditors.every(({ messages }) => isRefused(messages) || messages.length > number));
  }
  const last = formatGlobalId('ExpenseReport', changed.at(-1) ?? '');
  const isTold = ({ messages }: Subscriber) => isRefused(messages) || JSON.stringify(messages).includes(last);
  await until(() => [...fast, ...slowly].every(isTold));

  expect(fast.map(textsOf)).toEqual(slowly.map(textsOf));
  expect(slowly.filter(({ messages }) => !isRefused(messages))).toHaveLength(13);
  expect(slowly.some(({ messages }) => messages.some((message) => Object(message.payload).errors))).toBe(true);
  const [ofFast, ofSlow] = await Promise.all(servers.map(recordsOf));
  expect(ofFast).toEqual(ofSlow);
  expect(ofSlow?.entries).not.toEqual([]);
  const asked = toApollo.mock.calls.map(([{ query }]) => String(query));
  const isJudged = (query: string) => query.includes('bankAccount');
  expect(asked.filter((query) => query.startsWith('subscription Fast')).every(isJudged)).toBe(true);
  expect(asked.filter((query) => query.startsWith('subscription Slow')).every(isJudged)).toBe(false);
});

function isRefused(messages: Subscriber['messages']): boolean {
  return messages[0]?.type === 'error';
}

function textsOf({ title, messages }: Subscriber): readonly string[] {
  return [title, ...messages.map((message) => JSON.stringify(message))];
}
