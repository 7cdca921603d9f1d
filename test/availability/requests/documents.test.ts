import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { hasMoreValues } from '../../../src/http/json-values.js';
import { startApi, type TestApi } from '../../support/api.js';
import { openClient, socketUrl, tokenOf } from '../../support/sockets.js';

type Body = { readonly query: string; readonly operationName?: string; readonly variables?: Record<string, unknown> };
interface Refused {
  readonly message: string;
  readonly locations?: readonly unknown[];
  readonly extensions: {
    readonly code: string;
    readonly moreErrors?: number;
    readonly limit?: { readonly name: string };
  };
}

const repeat = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const IMPORT_REPORT =
  'mutation ($input: CreateExpenseReportInput!) { createExpenseReport(input: $input) { __typename } }';

/** Requests that are refused, growing with `size`. */
const HOSTILE: Readonly<Record<string, (size: number) => Body>> = {
  'spaces in a text': (size) => ({ query: `{ node(id: ${' '.repeat(size)}"${' '.repeat(size)}") { x } }` }),
  'unknown fields': (size) => ({ query: `{ ${repeat(size, (nth) => `nothing${nth}`)} }` }),
  'a long unknown field': (size) => ({ query: `{ ${'a'.repeat(size)} }` }),
  'a long alias of an unknown field': (size) => ({ query: `{ ${'a'.repeat(size)}: nothing }` }),
  'unknown arguments': (size) => ({ query: `{ serverInfo(${repeat(size, (nth) => `a${nth}: 1`)}) { name } }` }),
  'unknown variables': (size) => ({
    query: `query ${'N'.repeat(size)} { ${repeat(size, (nth) => `node(id: $v${nth}) { id }`)} }`,
  }),
  'a broken end': (size) => ({ query: `{ ${repeat(size, () => 'a')}` }),
  'a long token in the wrong place': (size) => ({ query: `{ "${'a'.repeat(size)}" }` }),
  'an unknown operation': (size) => ({ query: 'query A { serverInfo { name } }', operationName: 'B'.repeat(size) }),
  'unknown input fields': (size) => ({
    query: IMPORT_REPORT,
    variables: {
      input: Object.fromEntries(Array.from({ length: size }, (_, nth) => [`nothing${nth}`, 'x'.repeat(20)])),
    },
  }),
  'a list of bad items': (size) => ({
    query:
      'query ($status: [ExpenseReportStatus!]) { expenseReports(filter: { status: $status }) { edges { cursor } } }',
    variables: { status: Array(size).fill({ a: 1 }) },
  }),
  'a long value of an enum': (size) => ({
    query:
      'query ($status: [ExpenseReportStatus!]) { expenseReports(filter: { status: $status }) { edges { cursor } } }',
    variables: { status: ['Did you mean '.repeat(Math.ceil(size / 13))] },
  }),
  'a long variable that is missing': (size) => ({
    query: `query ($${'v'.repeat(size)}: ID!) { node(id: $${'v'.repeat(size)}) { id } }`,
  }),
  'empty lines before mistakes': (size) => ({ query: `${'\n'.repeat(size)}{ ${repeat(20, (nth) => `a${nth}`)} }` }),
  comments: (size) => ({ query: `${'#\n'.repeat(size)}{ nothing }` }),
  'a subscription of many fields': (size) => ({
    query: `subscription { ${repeat(Math.ceil(size / 50), () => 'a b c d e f g h i j k l m n o p q r s t u v w x y z')} }`,
  }),
  'unknown fragments': (size) => ({ query: `{ serverInfo { ${repeat(size / 5, (nth) => `...g${nth}`)} } }` }),
  'fragments that spread many others': (size) => {
    const count = Math.min(60, size / 50);
    const spreads = (nth: number) => repeat(count - nth - 1, (more) => `...f${nth + more + 1}`);
    return {
      query: `{ serverInfo { ...f0 } } ${repeat(count, (nth) => `fragment f${nth} on ServerInfo { a${nth} ${spreads(nth)} }`)}`,
    };
  },
  'denied fields with long aliases': (size) => ({
    query: `mutation { ${repeat(20, (nth) => `${'a'.repeat(size / 10)}${nth}: createExpenseReport(input: { title: "t" }) { __typename }`)} }`,
  }),
};
const SIZES = [500, 1000, 2000, 4000, 8000];

/** The most bytes that an answer to a refused request may have. */
const allowance = (bytesIn: number): number => 2_000 + 10 * bytesIn;

describe.each(['off', 'on'])('hostile documents, GRAPHQL_COMPILED=%s', (compiled) => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi({ GRAPHQL_COMPILED: compiled, GRAPHQL_INTROSPECTION: 'authenticated' });
  });
  afterAll(() => api.close());

  async function overHttp(body: Body, by?: string) {
    const payload = JSON.stringify(body);
    const { body: answer, status } = await api.post(by && `Bearer ${await tokenOf(api, by)}`, payload);
    return { bytesIn: payload.length, bytesOut: JSON.stringify(answer).length, status, ...answer };
  }

  /** Over a WebSocket of its own, since a message that is too long ends it. */
  async function overSocket(body: Body, by?: string): Promise<readonly Refused[] | 'closed'> {
    const client = openClient(await socketUrl(api), await tokenOf(api, by));
    try {
      const { query, ...more } = body;
      const { errors } = await client.ask(query, more);
      return (errors ?? []) as unknown as readonly Refused[];
    } catch (refused) {
      return Array.isArray(refused) ? refused : 'closed';
    } finally {
      await client.dispose();
    }
  }

  it.each(Object.keys(HOSTILE))('%s: few short errors, whatever the size', async (kind) => {
    for (const size of SIZES) {
      const body = HOSTILE[kind]?.(size) ?? { query: '' };
      for (const by of [undefined, 'erin']) {
        const { errors = [], data, bytesIn, bytesOut } = await overHttp(body, by);
        expect(data ?? undefined).toBeUndefined();
        assertShort(errors);
        expect(bytesOut).toBeLessThanOrEqual(allowance(bytesIn));
        expect(bytesOut).toBeLessThan(20_000);
      }
      const answered = await overSocket(body);
      if (answered !== 'closed') assertShort(answered);
      // Only a message that is too long or has too many values. The client sends the body within a message of its own.
      else expect(isTooMuch(JSON.stringify({ id: '', type: 'subscribe', payload: body }))).toBe(true);
    }
  });

  it.each([
    ['unknown fields', 6, undefined, 1],
    ['unknown fields', 500, undefined, 1],
    ['unknown input fields', 50, 'erin', 1],
    ['a list of bad items', 6, 'erin', 1],
    ['a list of bad items', 2000, 'erin', 1],
  ])('%s, %d of them: five errors, and the last says that there are more', async (kind, size, by, more) => {
    const body = HOSTILE[kind]?.(size) ?? { query: '' };
    const { errors: ofHttp = [], status } = await overHttp(body, by);
    expect(status).toBe(400);
    for (const errors of [ofHttp, await overSocket(body, by)] as readonly (readonly Refused[])[]) {
      expect(errors).toHaveLength(5);
      expect(errors[4]?.extensions.moreErrors).toBe(more);
      expect(errors[4]?.message).toContain(
        `(and at least ${more} more: at most ${defaultLimits.refusalErrors} are shown)`,
      );
      expect(errors[4]?.extensions.limit).toEqual({ name: 'refusalErrors', maximum: 5 });
    }
  });

  it('five mistakes are five errors, without a word about others', async () => {
    const { errors = [] } = await overHttp({ query: `{ ${repeat(5, (nth) => `nothing${nth}`)} }` });
    expect(errors).toHaveLength(5);
    expect(errors.some(({ extensions }) => 'moreErrors' in extensions)).toBe(false);
  });

  const FIELD = '{ serverInfo { name } }';
  const padded = (bytes: number, character = ' ') => FIELD + character.repeat(bytes - FIELD.length);
  it.each<[string, string, string, number]>([
    ['bytes', padded(defaultLimits.documentBytes), padded(defaultLimits.documentBytes + 1), 413],
    [
      'bytes of other alphabets',
      `${FIELD}#${'é'.repeat(30_000)}`,
      `${FIELD}#${'é'.repeat(defaultLimits.documentBytes / 2)}`,
      413,
    ],
    [
      'lines',
      `${FIELD}${'\n'.repeat(defaultLimits.documentLines - 1)}`,
      `${FIELD}${'\n'.repeat(defaultLimits.documentLines)}`,
      400,
    ],
    [
      'tokens',
      `{ serverInfo(${','.repeat(5000)}) { name } }`.replace(`(${','.repeat(5000)})`, ''),
      `{ ${'name '.repeat(defaultLimits.documentTokens)} }`,
      400,
    ],
    [
      'comments',
      `${FIELD}${'#\r'.repeat(defaultLimits.documentLines - 1)}`,
      `${FIELD}${'#\r'.repeat(defaultLimits.documentTokens + 1)}`,
      400,
    ],
  ])('a document may have so many %s and no more', async (kind, inside, outside, status) => {
    expect((await overHttp({ query: inside })).status).toBe(200);
    const refused = await overHttp({ query: outside });
    expect([kind, refused.status, refused.errors?.[0]?.extensions.code]).toEqual([kind, status, 'LIMIT_EXCEEDED']);
    expect(refused.errors).toHaveLength(1);
    const overSockets = await overSocket({ query: outside });
    // A message over a WebSocket may have as many bytes as a document.
    if (overSockets !== 'closed') expect(overSockets[0]?.extensions.code).toBe('LIMIT_EXCEEDED');
    else expect(kind).toContain('bytes');
  });

  it('a document in the address is bounded as well', async () => {
    const query = encodeURIComponent(`${FIELD}${'\n'.repeat(defaultLimits.documentLines)}`);
    const { statusCode, body } = await api.app.inject({
      method: 'GET',
      url: `/graphql?query=${query}`,
      headers: { 'apollo-require-preflight': '1' },
    });
    expect([statusCode, JSON.parse(body).errors[0].extensions.code]).toEqual([400, 'LIMIT_EXCEEDED']);
  });

  it.each([
    [undefined, '{ serverInf { name } }', undefined, false],
    ['erin', '{ serverInf { name } }', undefined, true],
    ['erin', IMPORT_REPORT, { input: { titl: 'a' } }, true],
    [undefined, 'query ($a: [ExpenseReportStatus!]) { serverInfo { name(a: $a) } }', undefined, false],
  ])('names of the schema are suggested to %s for %s: %s', async (by, query, variables, isSuggested) => {
    const { errors = [] } = await overHttp({ query, ...(variables && { variables }) }, by);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.some(({ message }) => message.includes('Did you mean'))).toBe(isSuggested);
  });
});

function assertShort(errors: readonly Pick<Refused, 'message' | 'locations'>[]): void {
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.length).toBeLessThanOrEqual(defaultLimits.refusalErrors);
  for (const { message, locations = [] } of errors) {
    expect(message).not.toBe('Validation aborted.');
    expect(message.length).toBeLessThanOrEqual(defaultLimits.errorMessageLength);
    expect(locations.length).toBeLessThanOrEqual(defaultLimits.errorLocations);
  }
}

describe('fragments that spread each other in a ring', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const ring = (size: number, steps: readonly number[]) => {
    const spreads = (at: number) => steps.map((step) => `...A${(at + step) % size}`).join(' ');
    const fields = 'name version time __typename';
    return `{ serverInfo { name ...A0 } } ${repeat(size, (at) => `fragment A${at} on ServerInfo { ${fields} ${spreads(at)} }`)}`;
  };

  it.each([
    [1, [0]],
    [2, [1]],
    [50, [1, 2]],
    [99, [1, 2, 3, 7]],
  ])('are refused as invalid: %i with the steps %j', async (size, steps) => {
    const query = ring(size, steps);
    for (let time = 0; time < 3; time += 1) {
      const { status, body } = await api.query(undefined, query);
      expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
      expect(body.errors?.[0]?.message).toMatch(/^Cannot spread fragment "A\d+" within itself/);
    }
    const client = openClient(await socketUrl(api), await tokenOf(api, 'erin'));
    const refused = client.ask(query).catch(([error]) => error.message);
    expect(await refused).toContain('within itself');
    await client.dispose();
  });

  it('are not seen in fragments that only look so', async () => {
    const query =
      '{ serverInfo { ...A0 ...A1 } } fragment A0 on ServerInfo { ...A1 } fragment A1 on ServerInfo { name }';
    expect((await api.query(undefined, query)).status).toBe(200);
  });
});

function isTooMuch(message: string): boolean {
  return message.length > 60_000 || hasMoreValues(message, defaultLimits.requestValues);
}
