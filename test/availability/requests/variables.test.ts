import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { createVariableBounds } from '../../../src/graphql/documents/variable-bounds.js';
import { startApi, type TestApi } from '../../support/api.js';
import { openClient, socketUrl, tokenOf } from '../../support/sockets.js';

const { variableValues: MOST, variableDepth: DEEPEST } = defaultLimits;
const FILTER = 'query ($v: ExpenseReportFilter) { expenseReports(first: 1, filter: $v) { totalCount } }';
const LIST = 'query ($v: [ExpenseReportStatus!]) { expenseReports(first: 1, filter: { status: $v }) { totalCount } }';
const ID = 'query ($v: ID!) { node(id: $v) { id } }';
const ITEMS = `mutation ($v: [ExpenseItemInput!]!) {
  createExpenseReport(input: { title: "T", currency: "EUR", items: $v }) { expenseReport { id } } }`;
const PUBLIC = '{ serverInfo { name } }';

const keys = (count: number, value: unknown = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, value]));
const nested = (depth: number, wrap: (inner: unknown) => unknown) => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
};

/** Values that count one for the variable itself and one for each value within. */
const SHAPES: Readonly<Record<string, readonly [query: string, value: (count: number) => unknown]>> = {
  'unknown keys': [FILTER, (count) => keys(count)],
  'keys of an object in the place of a leaf': [ID, (count) => keys(count)],
  'items of a list': [LIST, (count) => Array(count).fill('PAID')],
  'bad items of a list': [LIST, (count) => Array(count).fill(1)],
  'a list in the place of a leaf': [ID, (count) => Array(count).fill(1)],
  'empty objects': [ITEMS, (count) => Array(count).fill({})],
  'keys of an item': [ITEMS, (count) => [keys(count - 1)]],
  'keys in lists': [FILTER, (count) => ({ status: [keys(count - 2)] })],
};

describe.each(['off', 'on'])('variables, GRAPHQL_COMPILED=%s', (compiled) => {
  let api: TestApi;
  let authorization: string;
  beforeAll(async () => {
    api = await startApi({ GRAPHQL_COMPILED: compiled });
    authorization = `Bearer ${await tokenOf(api, 'erin')}`;
  });
  afterAll(() => api.close());

  const refusedBy = (name: string) => ({
    status: 400,
    body: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: { name } } }] },
  });
  const limitOf = (body: Body) => Object(body.errors?.[0]?.extensions).limit?.name;
  type Body = Awaited<ReturnType<TestApi['post']>>['body'];

  it.each(Object.entries(SHAPES))('%s: as many values as allowed, and not one more', async (_name, [query, make]) => {
    // The first requests are for Apollo Server, later ones may be answered without it.
    for (let time = 0; time < 4; time += 1) {
      const within = await api.post(authorization, { query, variables: { v: make(MOST - 1) } });
      expect(limitOf(within.body)).not.toBe('variableValues');
      const beyond = await api.post(authorization, { query, variables: { v: make(MOST) } });
      expect(beyond).toMatchObject(refusedBy('variableValues'));
    }
  });

  it('that the operation does not have count as well, for every caller', async () => {
    for (const by of [undefined, authorization]) {
      expect(await api.post(by, { query: PUBLIC, variables: keys(MOST) })).toMatchObject({ status: 200 });
      const beyond = await api.post(by, { query: PUBLIC, variables: keys(MOST + 1) });
      expect(beyond).toMatchObject(refusedBy('variableValues'));
    }
  });

  it.each([
    ['lists', (inner: unknown) => [inner]],
    ['objects', (inner: unknown) => ({ a: inner })],
  ])('%s are as deep as allowed, and not one level deeper', async (_name, wrap) => {
    for (const query of [LIST, FILTER, ID]) {
      const within = await api.post(authorization, { query, variables: { v: nested(DEEPEST, wrap) } });
      expect(limitOf(within.body)).not.toBe('variableDepth');
      const beyond = await api.post(authorization, { query, variables: { v: nested(DEEPEST + 1, wrap) } });
      expect(beyond).toMatchObject(refusedBy('variableDepth'));
      const deepest = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
      const text = `{"query":${JSON.stringify(query)},"variables":{"v":${deepest}}}`;
      expect(await api.post(authorization, text)).toMatchObject(refusedBy('variableDepth'));
    }
  });

  it('are bounded over a WebSocket, for subscriptions too', async () => {
    const client = openClient(await socketUrl(api), await tokenOf(api, 'erin'));
    for (const query of [FILTER, 'subscription ($v: ID) { expenseReportChanged(id: $v) { id } }']) {
      const answered = await client.ask(query, { variables: { v: keys(MOST) } }).catch((errors: unknown) => errors);
      expect(JSON.stringify(answered)).toContain('"name":"variableValues"');
    }
    await client.dispose();
  });

  it('and their answers are short', async () => {
    for (const [query, make] of Object.values(SHAPES)) {
      for (const size of [500, 1000, 2000, 4000, 8000]) {
        const variables = { v: make(size) };
        const { body } = await api.post(authorization, { query, variables });
        expect(JSON.stringify(body).length).toBeLessThan(2_000 + 10 * JSON.stringify({ query, variables }).length);
      }
    }
  });
});

describe('the steps of reading variables', () => {
  const { check } = createVariableBounds(defaultLimits, createDescribeLimit(defaultLimits, false));

  /** Counts the values that are read of variables, whose objects are all of one tree. */
  function stepsOf(variables: unknown): number {
    let steps = 0;
    const counting = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      return new Proxy(value, {
        get(target, name) {
          steps += 1;
          return counting(Reflect.get(target, name));
        },
      });
    };
    check(counting(variables));
    return steps;
  }

  it.each(Object.entries(SHAPES))('%s: four doublings, never more than twice as many', (_name, [, make]) => {
    const counted = [125, 250, 500, 1000, 2000].map((count) => stepsOf({ v: make(count) }));
    for (const [at, steps] of counted.slice(1).entries()) expect(steps).toBeLessThanOrEqual(2.2 * (counted[at] ?? 0));
  });

  it.each(Object.entries(SHAPES))('%s: beyond the bound, each value is read at most once', (_name, [, make]) => {
    for (const count of [10_000, 40_000, 160_000]) {
      expect(stepsOf({ v: make(count) })).toBeLessThanOrEqual(count + 10);
    }
  });

  it('a depth without end is left at the bound', () => {
    expect(stepsOf(nested(5_000, (inner) => [inner]))).toBeLessThan(5 * DEEPEST);
    expect(check(nested(100_000, (inner) => ({ a: inner })))?.extensions.code).toBe('LIMIT_EXCEEDED');
  });
});
