import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { createWarnings } from '../../../src/http/log/direct-lines.js';
import { createIdentity, createRequestScope, withRequestIds } from '../../../src/http/request-scope.js';

const FIELDS = {
  kind: 'delegated',
  oid: 'c0170500-0000-4000-8000-00000000000a',
  denied: { 'ExpenseReport.riskScore': 'role "Expenses.Auditor"', 'Query.größe\n': '' },
  count: 2,
  agent: undefined,
};
const IDS = {
  ...createIdentity({ reqId: 'r-1', traceId: 't' }),
  operation: 'Reports',
  oid: 'another',
  tid: 'tenant',
};

/** The lines that one warning makes, within a request and without one. */
async function linesOf({ isDirect, level = 'info' }: { isDirect: boolean; level?: string }) {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const scope = createRequestScope();
  const logger = withRequestIds({ level, base: null, stream }, scope);
  const fastify = Fastify(logger === undefined ? {} : { logger });
  const warn = createWarnings(fastify.log, isDirect ? stream : undefined, scope.current);
  scope.run(IDS, () => warn(FIELDS, 'fields denied'));
  warn(FIELDS, 'fields denied');
  scope.close();
  await fastify.close();
  return lines;
}

it('a warning that goes straight to where the log goes is that of pino, member by member', async () => {
  const direct = await linesOf({ isDirect: true });
  const byPino = await linesOf({ isDirect: false });
  const withoutTime = ({ time: _time, ...rest }: Record<string, unknown>) => rest;
  expect(direct.map(withoutTime)).toEqual(byPino.map(withoutTime));
  expect(direct.map((line) => Object.keys(line))).toEqual(byPino.map((line) => Object.keys(line)));
  expect(direct).toMatchObject([{ level: 40, reqId: 'r-1', oid: FIELDS.oid, msg: 'fields denied' }, { count: 2 }]);
  for (const { time } of direct) expect(time).toEqual(expect.any(Number));
});

it.each([
  ['warn', 2],
  ['trace', 2],
  ['error', 0],
  ['silent', 0],
])('a log for %s has %i of two warnings', async (level, count) => {
  for (const isDirect of [true, false]) expect(await linesOf({ isDirect, level })).toHaveLength(count);
});
