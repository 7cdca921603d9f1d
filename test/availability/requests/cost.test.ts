import { getIntrospectionQuery, getOperationAST, parse } from 'graphql';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDescribeLimit } from '../../../src/config/limit-error.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { evaluate } from '../../../src/graphql/cost/amount.js';
import { compileCost } from '../../../src/graphql/cost/compile-cost.js';
import { readPrices } from '../../../src/graphql/cost/field-prices.js';
import { createCostCheck } from '../../../src/graphql/cost/operation-cost.js';
import { schemaOf } from '../../graphql/cost/harness.js';
import { type Answer, outcome, type SignIn, startApi, type TestApi } from '../../support/api.js';
import { openClient, socketUrl, subscribeTo, tokenOf } from '../../support/sockets.js';

const many = (count: number, text: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');
const aliases = (count: number, field: string) => `{ ${many(count, (at) => `a${at}: ${field}`)} }`;
const doubling = (type: string, name: string, last: string) =>
  `${many(20, (at) => `fragment F${at} on ${type} { ...F${at + 1} ...F${at + 1} }`)} fragment F20 on ${type} { ${name} ${last} }`;

interface Hostile {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  /** The bound that it is beyond. */
  readonly limit: keyof typeof defaultLimits;
}

/** Closed to anonymous callers, so that they learn nothing but that. */
const PROTECTED: Readonly<Record<string, Hostile>> = {
  'aliases of a page': { query: aliases(196, 'expenseReports { __typename }'), limit: 'operationCost' },
  'aliases of a page of one': { query: aliases(196, 'employees(first: 1) { nodes { id } }'), limit: 'operationCost' },
  'aliases of a count': { query: aliases(196, 'expenseReports { totalCount }'), limit: 'operationCost' },
  'aliases of a list without arguments': {
    query: aliases(196, 'me { access { coordinate } }'),
    limit: 'operationCost',
  },
  'pages by a variable': {
    query: `query ($n: Int) ${aliases(60, 'expenseReports(first: $n) { nodes { title items { id } } }')}`,
    variables: { n: 100 },
    limit: 'operationCost',
  },
  "pages by an operation's default": {
    query: `query ($n: Int = 100) ${aliases(60, 'expenseReports(first: $n) { nodes { title items { id } } }')}`,
    limit: 'operationCost',
  },
  'pages from the end': {
    query: aliases(60, 'expenseReports(first: 1, last: 100) { edges { node { title items { id } } } }'),
    limit: 'operationCost',
  },
  'pages of null': {
    query: `query ($n: Int) ${aliases(120, 'expenseReports(first: $n, last: null) { nodes { author { name } } }')}`,
    variables: { n: null },
    limit: 'operationCost',
  },
  'a leaf under many aliases below a long list': {
    query: `{ expenseReports(first: 100) { nodes { items { ${many(199, (at) => `a${at}: id`)} } } } }`,
    limit: 'operationCost',
  },
  'a leaf under many aliases in every item of a page': {
    query: `{ expenseReports(first: 100) { nodes { items { ${many(180, (at) => `a${at}: id`)} } } } }`,
    limit: 'operationCost',
  },
  'the name of a type under many aliases in every item of a page': {
    query: `{ expenseReports(first: 100) { nodes { items { ${many(190, (at) => `a${at}: __typename`)} } } } }`,
    limit: 'operationCost',
  },
  'a field that policies judge, under many aliases': {
    query: `{ expenseReports(first: 100) { nodes { author { ${many(90, (at) => `a${at}: bankAccount { iban }`)} } } } }`,
    limit: 'operationCost',
  },
  'a field that computes, under many aliases': {
    query: `{ expenseReports(first: 100) { nodes { ${many(190, (at) => `a${at}: riskScore`)} } } }`,
    limit: 'operationCost',
  },
  'fragments that double': {
    query: `{ ...F0 } ${doubling('Query', 'me { kind }', 'employees(first: 100) { nodes { id } }')}`,
    limit: 'operationCost',
  },
  'a page of more than a page': {
    query: 'query ($n: Int) { expenseReports(first: $n) { nodes { id } } }',
    variables: { n: 2_147_483_647 },
    limit: 'operationCost',
  },
};

/** Open to everybody, or looked at before the caller is. */
const PUBLIC: Readonly<Record<string, Hostile>> = {
  'aliases of the whole schema': { query: aliases(196, '__schema { types { name } }'), limit: 'introspections' },
  'aliases of types': { query: aliases(196, '__type(name: "Query") { fields { name } }'), limit: 'introspections' },
  'aliases within the schema': {
    query: `{ __schema { ${many(196, (at) => `a${at}: types { fields { name } }`)} } }`,
    limit: 'introspectionAliases',
  },
  'aliases within the schema, in fragments': {
    query:
      '{ __schema { ...S } } fragment S on __Schema { types { ...T } } fragment T on __Type { a: fields { name } }',
    limit: 'introspectionAliases',
  },
  'lists below the lists of the schema': {
    query: '{ __schema { types { fields { args { type { fields { args { name } } } } } } } }',
    limit: 'introspectionCost',
  },
  'the schema twice': { query: '{ __schema { types { name } } __schema { types { kind } } }', limit: 'introspections' },
  'a deep document': { query: `{ ${'a { '.repeat(13)} b ${'} '.repeat(13)} }`, limit: 'operationDepth' },
  'aliases without end': { query: aliases(201, 'serverInfo { name }'), limit: 'operationAliases' },
  'aliases in fragments that double': {
    query: `{ ...F0 } ${doubling('Query', 'a: serverInfo { name }', '')}`,
    limit: 'operationAliases',
  },
  'directives without end': {
    query: `{ serverInfo { ${'name @include(if: true) '.repeat(51)} } }`,
    limit: 'operationDirectives',
  },
  'equal fields without end': { query: `{ serverInfo { ${'name '.repeat(400)} } }`, limit: 'documentFieldPairs' },
  'fragments without end': {
    query: `{ ${many(101, (at) => `...F${at}`)} } ${many(101, (at) => `fragment F${at} on Query { serverInfo { name } }`)}`,
    limit: 'documentFragments',
  },
};

const WRITES = `mutation { ${many(21, (at) => `a${at}: createExpenseReport(input: { title: "T", currency: "EUR", items: [] }) { expenseReport { id } }`)} }`;
const ONE_WRITE =
  'mutation { createExpenseReport(input: { title: "T", currency: "EUR", items: [] }) { expenseReport { id } } }';
const PERSONAS = ['erin', 'mia', 'finn', 'finn+c1', 'ada', 'gus', 'export-job'] as const;
const TIMES = 5;

/** Refused with all of cost and limit, in few bytes. */
function expectRefusal({ status, body }: Answer, { limit }: Hostile, bytesIn: number): void {
  expect([status, Object.keys(body), body.errors?.length]).toEqual([400, ['errors'], 1]);
  const [error] = body.errors ?? [];
  expect(error?.extensions).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    limit: { name: limit, maximum: defaultLimits[limit] },
  });
  expect(error?.extensions.limit.asked).toBeGreaterThan(defaultLimits[limit]);
  expect(error?.message).toContain(String(error?.extensions.limit.asked));
  expect(JSON.stringify(body).length).toBeLessThan(2048 + 10 * bytesIn);
}

describe.each(['off', 'on'])(
  'with GRAPHQL_COMPILED=%s, a costly operation is refused and nothing of it runs',
  (compiled) => {
    let api: TestApi;
    beforeAll(async () => {
      api = await startApi({ GRAPHQL_COMPILED: compiled, GRAPHQL_INTROSPECTION: 'public' });
    });
    afterEach(() => {
      vi.restoreAllMocks();
    });
    afterAll(() => api.close());

    const bearer = async (signIn: SignIn) => signIn && `Bearer ${await tokenOf(api, signIn)}`;

    /** Asks five times: as an unknown document, as a known one, and as one that would be compiled. */
    async function askAgain(
      signIn: SignIn,
      { query, variables }: Hostile,
      see: (answer: Answer) => void,
    ): Promise<void> {
      const authorization = await bearer(signIn);
      const statements = vi.spyOn(pg.Client.prototype, 'query');
      for (let time = 0; time < TIMES; time += 1) see(await api.post(authorization, { query, variables }));
      const sent = statements.mock.calls.map(([text]) => String(Object(text).text ?? text));
      expect(sent.filter((text) => /\bfrom\b|\binsert\b/i.test(text) && text.includes('expense_report'))).toEqual([]);
    }

    describe.each(Object.entries(PROTECTED))('%s', (_name, hostile) => {
      it.each(PERSONAS)('for %s', async (signIn) => {
        await askAgain(signIn, hostile, (answer) => expectRefusal(answer, hostile, hostile.query.length));
      });

      it('and anonymous callers learn only that they need a token', async () => {
        await askAgain(undefined, hostile, (answer) => expect(outcome(answer)).toBe('401 UNAUTHENTICATED'));
      });
    });

    describe.each(Object.entries(PUBLIC))('%s', (_name, hostile) => {
      it.each([undefined, ...PERSONAS])('for %s', async (signIn) => {
        await askAgain(signIn, hostile, (answer) => expectRefusal(answer, hostile, hostile.query.length));
      });
    });

    it.each([
      [undefined, '401 UNAUTHENTICATED'],
      ['gus', '403 FORBIDDEN'],
      ['ada', '403 FORBIDDEN'],
      ['export-job', '403 FORBIDDEN'],
      ['erin', '400 LIMIT_EXCEEDED'],
      ['mia', '400 LIMIT_EXCEEDED'],
    ])('21 mutations in one request, for %s', async (signIn, expected) => {
      const hostile: Hostile = { query: WRITES, limit: 'mutationFields' };
      await askAgain(signIn, hostile, (answer) => expect(outcome(answer)).toBe(expected));
    });

    it('over a WebSocket, for everybody', async () => {
      const url = await socketUrl(api);
      for (const signIn of [undefined, ...PERSONAS]) {
        const client = openClient(url, await tokenOf(api, signIn));
        for (const { query, variables, limit } of [...Object.values(PUBLIC), ...Object.values(PROTECTED)]) {
          const refused = await client.ask(query, variables ? { variables } : {}).catch((errors: unknown) => errors);
          const isTold = signIn !== undefined || Object.values(PUBLIC).some((hostile) => hostile.query === query);
          const expected = isTold
            ? { code: 'LIMIT_EXCEEDED', limit: expect.objectContaining({ name: limit }) }
            : expect.objectContaining({ code: 'UNAUTHENTICATED' });
          expect([refused].flat().map((error) => Object(error).extensions)).toContainEqual(expected);
        }
        await client.dispose();
      }
    });

    it('when it is a known and compiled document, whose variables grow', async () => {
      const query = 'query ($n: Int) { expenseReports(first: $n) { nodes { title items { id description } } } }';
      const authorization = await bearer('ada');
      const ask = async (n: number | null) => outcome(await api.post(authorization, { query, variables: { n } }));
      for (let time = 0; time < TIMES; time += 1) expect(await ask(2)).toBe('200');
      for (const n of [1_000_000, 5000]) expect(await ask(n)).toBe('400 LIMIT_EXCEEDED');
      expect([await ask(2), await ask(null)]).toEqual(['200', '200']);
    });

    it('when the entries of audit trails are too many, as many as are asked for', async () => {
      const authorization = await bearer('ada');
      const trails = `{ expenseReports(first: 100) { nodes { auditTrail { at actor { name } } } } }`;
      expect(outcome(await api.post(authorization, { query: trails }))).toBe('400 LIMIT_EXCEEDED');
      expect(
        outcome(await api.post(authorization, { query: trails.replace('auditTrail', 'auditTrail(last: 5)') })),
      ).toBe('200');
    });

    it('when a subscription would cost too much for each event', async () => {
      const client = openClient(await socketUrl(api), await tokenOf(api, 'ada'));
      const query = `subscription { expenseReportChanged { ${many(199, (at) => `a${at}: auditTrail { ...F }`)} } }
      fragment F on AuditEntry { actor { ${'manager { '.repeat(5)} name ${'} '.repeat(5)} } }`;
      const refused = await client.ask(query).catch((errors: unknown) => errors);
      await client.dispose();
      expect(refused).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'operationCost' } } }]);
    });

    it('when an event of a subscription would cost more than one may, though a query might', async () => {
      const client = openClient(await socketUrl(api), await tokenOf(api, 'ada'));
      const ask = (count: number) =>
        `subscription { expenseReportChanged { ${many(count, (at) => `a${at}: items { id }`)} } }`;
      const refused = await client.ask(ask(8)).catch((errors: unknown) => errors);
      expect(refused).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: { name: 'subscriptionCost' } } }]);
      const everything = `subscription { expenseReportChanged { id title riskScore author { name manager { name } }
      items { id description category spentOn amount { minorUnits currency } } auditTrail { at action actor { name } } } }`;
      for (const query of [ask(7), everything]) {
        const events = await subscribeTo(client, api, query);
        await api.query('erin', ONE_WRITE);
        expect((await events.next()).value).toMatchObject({ data: { expenseReportChanged: expect.anything() } });
        await events.return?.();
      }
      await client.dispose();
    });

    it('but ordinary operations are answered', async () => {
      const page = `{ expenseReports(first: 20) { totalCount pageInfo { hasNextPage endCursor } nodes {
      id title status createdAt total { minorUnits currency } author { name department manager { name } }
      items { id description category spentOn amount { minorUnits currency } }
      auditTrail { at action actor { name } } } } }`;
      const twenty = WRITES.replace(/a20: .*\] \}\) \{ expenseReport \{ id \} \} \}$/, '}');
      expect(outcome(await api.query('ada', page))).toBe('200');
      expect(outcome(await api.query('erin', twenty))).toBe('200');
      expect(outcome(await api.query(undefined, aliases(200, 'serverInfo { name version time }')))).toBe('200');
      expect(outcome(await api.query(undefined, getIntrospectionQuery({ inputValueDeprecation: true })))).toBe('200');
    });
  },
);

describe('the steps of a hostile document', () => {
  const schema = schemaOf(
    'type Query { a(n: Int): Query list(first: Int): [Query] x(words: [String], filter: Filter): Int } input Filter { all: [Filter!] x: Int }',
  );

  /** Counts how often nodes of the document are read for the first check, and variables for the second. */
  function stepsOf(text: string, variables: Record<string, unknown>): readonly [first: number, second: number] {
    let steps = 0;
    const counting = (value: unknown, names: ReadonlySet<string> | undefined): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      const inner = Array.isArray(value)
        ? value.map((item) => counting(item, names))
        : Object.fromEntries(Object.entries(value).map(([name, each]) => [name, counting(each, names)]));
      const get = (target: object, name: string | symbol) => {
        if (!names || names.has(String(name))) steps += 1;
        return Reflect.get(target, name);
      };
      return new Proxy(inner, { get });
    };
    const parsed = parse(text, { noLocation: true });
    const document = counting(parsed, new Set(['kind', 'selections', 'value'])) as typeof parsed;
    const operation = getOperationAST(document);
    if (!operation) throw new Error('no operation');
    const limits = { ...defaultLimits, operationCost: Number.MAX_SAFE_INTEGER };
    const check = createCostCheck({ schema, limits, describeLimit: createDescribeLimit(limits, false) });
    check({ document, operation, variables });
    const first = steps;
    steps = 0;
    check({ document, operation, variables: counting(variables, undefined) as Record<string, unknown> });
    return [first, steps];
  }

  it.each([
    [
      'fragments that double',
      (n: number) =>
        `query ($v: Int) { ...F0 } ${many(n, (at) => `fragment F${at} on Query { ...F${at + 1} a { ...F${at + 1} } }`)} fragment F${n} on Query { list(first: $v) { x } }`,
    ],
    [
      'fragments within lists',
      (n: number) =>
        `query ($v: Int) { ...F0 } ${many(n, (at) => `fragment F${at} on Query { list(first: $v) { ...F${at + 1} ...F${at + 1} } }`)} fragment F${n} on Query { x }`,
    ],
    ['lists by a variable', (n: number) => `query ($v: Int) { ${many(n, (at) => `a${at}: list(first: $v) { x }`)} }`],
    [
      'a fragment in many places',
      (n: number) =>
        `query ($v: Int) { ${many(n, () => 'list(first: $v) { ...F }')} } fragment F on Query { ${many(n, () => 'list(first: $v) { x }')} }`,
    ],
    [
      'input objects',
      (n: number) => `query ($v: Int) { x(filter: ${'{ all: ['.repeat(n)}{ x: $v }${'] }'.repeat(n)}) }`,
    ],
  ])('%s: four doublings, never more than twice as many', (_name, text) => {
    const counted = [8, 16, 32, 64, 128].map((n) => stepsOf(text(n), { v: 3 }));
    for (const [at, [first, second]] of counted.slice(1).entries()) {
      expect(first).toBeLessThanOrEqual(2.2 * (counted[at]?.[0] ?? 0));
      expect(second).toBeLessThanOrEqual(2.2 * (counted[at]?.[1] ?? 0));
    }
  });

  it.each([
    ['items', (n: number) => ({ words: Array(n).fill('') })],
    ['input objects', (n: number) => ({ filter: { all: Array.from({ length: n }, () => ({ x: 1 })) } })],
  ])('%s in a variable: four doublings, never more than twice as many', (_name, variables) => {
    const query = 'query ($words: [String], $filter: Filter) { x(words: $words, filter: $filter) }';
    const counted = [8, 16, 32, 64, 128].map((n) => stepsOf(query, variables(n))[1]);
    for (const [at, steps] of counted.slice(1).entries()) expect(steps).toBeLessThanOrEqual(2.2 * (counted[at] ?? 0));
  });

  it('a variable that stands in many places is walked once for all of them', () => {
    const stepsAt = (places: number) => {
      const document = parse(`query ($words: [String]) { ${many(places, (at) => `a${at}: x(words: $words)`)} }`);
      const operation = getOperationAST(document);
      if (!operation) throw new Error('no operation');
      let steps = 0;
      const words = new Proxy(Array(500).fill(''), {
        get(target, name) {
          steps += 1;
          return Reflect.get(target, name);
        },
      });
      const { cost } = compileCost({ schema, prices: readPrices(schema), assumedListSize: 10 }, operation, []);
      evaluate(cost, { variables: { words }, known: [], inputs: new Map() });
      return steps;
    };
    expect(stepsAt(1)).toBeGreaterThan(500);
    expect(stepsAt(64)).toBe(stepsAt(1));
  });
});
