import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVERY_SIGN_IN } from '../../support/callers.js';
import { openClient, tokenOf } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// Execution ends where the bytes of the answer reach their limit. Fields that were resolved are counted.

const LIMIT = 100_000;

const QUERIES = [
  ['a list', '{ rows(count: 10000) { a: text(length: 100) b: text(length: 100) } }', 1_100],
  ['a guarded list', '{ guardedRows(count: 10000) { a: text(length: 100) b: text(length: 100) } }', 1_100],
  [
    'lists within lists',
    '{ rows(count: 100) { rows(count: 100) { a: text(length: 100) b: text(length: 100) } } }',
    1_200,
  ],
  ['lists that come late', '{ rows(count: 100) { lateRows(count: 100) { a: text(length: 100) } } }', 1_200],
  [
    'lists of a guarded list that come late',
    '{ guardedRows(count: 100) { lateRows(count: 100) { a: text(length: 100) } } }',
    1_200,
  ],
  [
    'several lists',
    `{ ${Array.from({ length: 20 }, (_, n) => `r${n}: rows(count: 1000) { text(length: 100) }`).join(' ')} }`,
    1_100,
  ],
  ['response keys', `{ rows(count: 10000) { ${'a'.repeat(500)}: text(length: 0) } }`, 300],
  [
    'lists without a text',
    '{ rows(count: 100) { rows(count: 100) { rows(count: 100) { text(length: 1) } } } }',
    11_000,
  ],
  // All of a list is asked for before the first comes.
  ['texts that come late', '{ rows(count: 1000) { a: late(length: 10000) } }', 1_001],
] as const;

/** A list that is public, and one that comes late. Every caller asks for these, and one persona for all. */
const COMMON_QUERIES: ReadonlySet<string> = new Set(['a list', 'lists that come late']);

describe.each(['on', 'off'])('with GRAPHQL_COMPILED=%s', (compiled) => {
  let server: TextServer;
  let erin: string | undefined;
  beforeAll(async () => {
    server = await startTextServer({ LIMIT_ANSWER_BYTES: String(LIMIT), GRAPHQL_COMPILED: compiled });
    erin = await tokenOf(server, 'erin');
  });
  afterAll(() => server.close());

  async function ask(query: string, token = erin) {
    const before = server.fields.resolved;
    const response = await fetch(`http://127.0.0.1:${server.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query }),
    });
    const { errors, data } = JSON.parse(await response.text());
    return { errors, data, resolved: server.fields.resolved - before };
  }

  it.each(QUERIES)('%s is resolved until the answer is too large', async (_name, query, most) => {
    // Apollo Server answers the first time, and a query that came often is compiled.
    for (let time = 0; time < 5; time += 1) {
      const { errors, data, resolved } = await ask(query);
      expect(data).toBeNull();
      expect(errors).toEqual([
        expect.objectContaining({ extensions: expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) }),
      ]);
      expect(resolved).toBeLessThanOrEqual(most);
    }
  });

  it('an answer within the limit is whole', async () => {
    const query = '{ rows(count: 9) { rows(count: 9) { text(length: 1000) lateRows(count: 2) { late(length: 7) } } } }';
    for (let time = 0; time < 5; time += 1) {
      const { errors, data } = await ask(query);
      const inner = { text: 'a'.repeat(1000), lateRows: Array(2).fill({ late: 'a'.repeat(7) }) };
      expect(errors).toBeUndefined();
      expect(data).toEqual({ rows: Array(9).fill({ rows: Array(9).fill(inner) }) });
    }
  });

  it('every field of a mutation runs', async () => {
    const before = server.written.length;
    const rows = 'writeRows(count: 10000) { text(length: 100) }';
    const { errors, data, resolved } = await ask(`mutation { a: ${rows} b: ${rows} c: write(length: 1) }`);
    expect([data, errors[0].message]).toEqual([null, expect.stringContaining('The mutation ran')]);
    expect(server.written.slice(before)).toEqual([10_000, 10_000, 1]);
    expect(resolved).toBeLessThanOrEqual(1_000);
  });

  it('it is the same for every caller, and over a WebSocket', async () => {
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(server, signIn);
      const client = openClient(`ws://127.0.0.1:${server.port}/graphql`, token);
      const queries = signIn === 'erin' ? QUERIES : QUERIES.filter(([name]) => COMMON_QUERIES.has(name));
      for (const [, query, most] of queries) {
        const overHttp = await ask(query, token ?? '');
        const before = server.fields.resolved;
        const overSocket = { ...(await client.ask(query)), resolved: server.fields.resolved - before };
        for (const { errors, data, resolved } of [overHttp, overSocket]) {
          expect({ errors, data }).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }], data: null });
          expect(resolved).toBeLessThanOrEqual(most);
        }
      }
      await client.dispose();
    }
  });
});
