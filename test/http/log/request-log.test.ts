import { setImmediate } from 'node:timers/promises';
import Fastify, { type InjectOptions, LogController } from 'fastify';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import type { RefusalLine } from '../../../src/http/log/refusal-lines.js';
import { registerRequestLog } from '../../../src/http/log/request-log.js';
import { createServerCounts } from '../../../src/http/metrics/server-counts.js';
import { type SignIn, startApi } from '../../support/api.js';
import { askAgain } from '../../support/execution/ask-again.js';

/** Operations that are granted, denied in part, refused and not valid. */
const ASKED: readonly (readonly [SignIn, string])[] = [
  [undefined, '{ serverInfo { name } }'],
  ['erin', '{ me { kind } }'],
  ['erin', '{ expenseReports(first: 1) { nodes { title riskScore } } }'],
  [undefined, '{ me { kind } }'],
  ['erin', '{ nothing }'],
];
const PATHS = ['/graphql', '/graphql?query={me}', '/%22quoted%22', '/healthz', '/readyz'];

describe('the line of a request', () => {
  it('says method, path and status, and nothing of the query string', async () => {
    expect(await linesOf({ isDirect: false })).toMatchObject([
      { msg: 'request', method: 'GET', path: '/graphql', status: 404 },
      { msg: 'request', method: 'GET', path: '/graphql', status: 404 },
      { msg: 'request', method: 'GET', path: '/%22quoted%22', status: 404 },
    ]);
  });

  it('is the same, member by member, when it goes straight to where the log goes', async () => {
    const direct = await linesOf({ isDirect: true });
    const byPino = await linesOf({ isDirect: false });
    expect(direct.map(withoutTimes)).toEqual(byPino.map(withoutTimes));
    expect(direct.map((line) => Object.keys(line))).toEqual(byPino.map((line) => Object.keys(line)));
    for (const { time, ms } of direct) expect([typeof time, typeof ms]).toEqual(['number', 'number']);
  });

  it.each([true, false])('has as much of a path as is allowed, and no more (straight: %s)', async (isDirect) => {
    const allowed = `/${'a'.repeat(defaultLimits.loggedPathLength - 1)}`;
    const paths = [allowed, `${allowed}b`, `${allowed}?${'c'.repeat(10_000)}`];
    const lines = await linesOf({ isDirect, paths });
    expect(lines.map(({ path }) => path)).toEqual([allowed, allowed, allowed]);
    for (const line of lines) expect(JSON.stringify(line).length).toBeLessThan(defaultLimits.loggedPathLength + 200);
  });

  it('of a refused request is written while its address has lines left, and all others are written', async () => {
    const sources: string[] = [];
    const take = ({ source, code }: RefusalLine) => sources.push(`${source} ${code}`) <= 1;
    const paths = ['/nothing', '/', '/redirected', '/', '/of-a-caller'];
    const lines = await linesOf({ isDirect: true, paths, take });
    expect(lines.map(({ path }) => path)).toEqual(['/nothing', '/', '/', '/of-a-caller']);
    expect(sources).toEqual(['127.0.0.1 404', '127.0.0.1 302']);
  });

  it.each([true, false])('is not written when the log is for warnings (straight: %s)', async (isDirect) => {
    expect(await linesOf({ isDirect, level: 'warn' })).toEqual([]);
  });
});

it.each(['off', 'on'])(
  'the lines are the same however often a query is asked, GRAPHQL_COMPILED=%s',
  async (compiled) => {
    const api = await startApi({ GRAPHQL_COMPILED: compiled });
    for (const [signIn, query] of ASKED) {
      const [first, ...others] = await askAgain(api, signIn, query);
      for (const other of others) expect(other).toEqual(first);
      const request = { level: 30, method: 'POST', path: '/graphql', status: first?.status, msg: 'request' };
      expect(first?.logged.at(-1)).toMatchObject(request);
    }
    await api.close();
  },
);

it('the line of an operation has type, cost, code and time in the database', async () => {
  const api = await startApi();
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const token = await api.emulator.issueAccessToken('erin');
  const query = 'query Mine { expenseReports(first: 1) { nodes { title riskScore } } }';
  await api.post(`Bearer ${token}`, { query }, { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'x-request-id': 'a' });
  const line = api.logs.find(({ msg, reqId }) => msg === 'request' && reqId === 'a');
  expect(line).toMatchObject({
    traceId: trace,
    operation: 'Mine',
    oid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    tid: expect.any(String),
    client: expect.any(String),
    uti: expect.any(String),
    status: 200,
    type: 'query',
    cost: expect.any(Number),
    code: 'FORBIDDEN',
    ms: expect.any(Number),
    databaseMs: expect.any(Number),
  });
  expect(Number(line?.databaseMs)).toBeGreaterThan(0);
  expect(Number(line?.databaseMs)).toBeLessThanOrEqual(Number(line?.ms));
  await api.close();
});

it('the line of a request that is refused has the code of its error, and the name of an operation that is not valid', async () => {
  const api = await startApi();
  const authorization = `Bearer ${await api.emulator.issueAccessToken('erin')}`;
  const json = { authorization, 'content-type': 'application/json' };
  const send = (request: InjectOptions) => api.app.inject({ url: '/graphql', ...request });
  const ask = (query: string, headers: Record<string, string> = json) =>
    send({ method: 'POST', headers, body: JSON.stringify({ query }) });
  await ask('query Unknown { nothing }');
  await ask('query Cut {');
  await ask('{ me { kind } }', { ...json, authorization: 'Bearer abc' });
  await ask('{ me { kind } }', { ...json, accept: 'image/png' });
  await ask('{ me { kind } }', { 'content-type': 'text/plain' });
  await send({ method: 'POST', headers: json, body: '{' });
  await send({ method: 'PUT' });
  await send({ url: '/nothing' });
  await setImmediate();
  expect(
    api.logs.filter(({ msg }) => msg === 'request').map(({ status, code, operation }) => [status, code, operation]),
  ).toEqual([
    [400, 'GRAPHQL_VALIDATION_FAILED', 'Unknown'],
    [400, 'GRAPHQL_PARSE_FAILED', undefined],
    [401, 'UNAUTHENTICATED', undefined],
    [406, 'BAD_REQUEST', undefined],
    [415, 'BAD_REQUEST', undefined],
    [400, 'BAD_REQUEST', undefined],
    [405, 'BAD_REQUEST', undefined],
    [404, 'BAD_REQUEST', undefined],
  ]);
  await api.close();
});

async function linesOf({
  isDirect,
  level = 'info',
  paths = PATHS,
  take = () => true,
}: {
  isDirect: boolean;
  level?: string;
  paths?: readonly string[];
  take?: (line: RefusalLine) => boolean;
}) {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const fastify = Fastify({
    logger: { level, base: null, stream },
    logController: new LogController({ disableRequestLogging: true }),
  });
  registerRequestLog(fastify, createServerCounts(), { refusalLines: { take }, stream: isDirect ? stream : undefined });
  fastify.get('/', () => 'found');
  fastify.get('/redirected', (_request, reply) => reply.redirect('/'));
  fastify.get('/of-a-caller', (request, reply) => {
    request.identity.oid = '0b1ec700-0000-4000-8000-000000000001';
    return reply.code(403).send();
  });
  fastify.setNotFoundHandler((_request, reply) => reply.code(404).send());
  for (const url of paths) await fastify.inject({ url });
  await fastify.close();
  return lines;
}

function withoutTimes({ time: _time, ms: _ms, ...rest }: Record<string, unknown>) {
  return rest;
}
