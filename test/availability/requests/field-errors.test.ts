import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultLimits } from '../../../src/config/limits.js';
import { PATIENCE } from '../../support/patience.js';
import { openClient } from '../../support/sockets.js';
import { startTextServer, type TextServer } from '../../support/text-server.js';

// Fields that fail for each of many objects and aliases: what is sent and logged has a bound.

const MOST = defaultLimits.fieldErrors;
const aliases = (count: number, field: string) => Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(' ');

describe.each(['on', 'off'])('with GRAPHQL_COMPILED=%s', (compiled) => {
  let server: TextServer;
  let token: string;
  beforeAll(async () => {
    server = await startTextServer({ GRAPHQL_COMPILED: compiled });
    token = await server.emulator.issueAccessToken('erin');
  });
  afterAll(() => server.close());

  let linesBefore = 0;
  beforeEach(() => {
    linesBefore = server.logs.length;
  });
  const failures = () => server.logs.slice(linesBefore).filter(({ msg }) => msg === 'a resolver failed');

  async function ask(query: string) {
    const response = await fetch(`http://127.0.0.1:${server.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    return JSON.parse(await response.text());
  }

  const QUERIES = [
    ['rows', 'a resolver that throws', 'failing', 1],
    ['rows', 'a resolver that rejects', 'failingLate', 1],
    ['rows', 'an error for the client', 'meant', 0],
    ['guardedRows', 'a resolver that throws below a guarded field', 'failing', 1],
    ['guardedRows', 'a resolver that rejects below a guarded field', 'failingLate', 1],
  ] as const;

  it.each(QUERIES)('%s with %s has a hundred errors and one line of the log', async (list, _name, field, lines) => {
    const query = `{ ${list}(count: 20) { ${aliases(50, field)} } }`;
    // Apollo Server answers the first time, and a query that came often is compiled.
    for (let time = 0; time < 5; time += 1) {
      linesBefore = server.logs.length;
      const { errors, extensions, data } = await ask(query);
      expect([errors.length, extensions]).toEqual([MOST, { omittedErrors: 1_000 - MOST }]);
      expect(errors[0].path).toEqual([list, 0, 'a0']);
      expect(Object.keys(data[list][19])).toHaveLength(50);
      expect(failures().map(({ count, path }) => [count, path])).toEqual(lines === 0 ? [] : [[1_000, [list, 0, 'a0']]]);
    }
  });

  it.each([
    ['as many as are sent', MOST, undefined],
    ['one more', MOST + 1, { omittedErrors: 1 }],
  ])('%s', async (_name, count, omitted) => {
    for (let time = 0; time < 5; time += 1) {
      const { errors, extensions } = await ask(`{ rows(count: ${count}) { failing } }`);
      expect([errors.length, extensions]).toEqual([MOST, omitted]);
    }
    expect(failures()).toHaveLength(5);
  });

  it.each([
    ['fields', `{ rows(count: 20) { ${aliases(51, 'failing')} } }`],
    ['items of a list', '{ failingTexts(count: 1020) }'],
  ])('of %s have a stack and a place in the document for those that are sent alone', async (_of, query) => {
    const { prepareStackTrace } = Error;
    let stacks = 0;
    Error.prepareStackTrace = (error) => {
      stacks += 1;
      return String(error);
    };
    for (let time = 0; time < 5; time += 1) expect((await ask(query)).errors).toHaveLength(MOST);
    Error.prepareStackTrace = prepareStackTrace;
    expect(stacks).toBeGreaterThanOrEqual(5);
    // An error that is sent has two, and the log has one.
    expect(stacks).toBeLessThan(5 * (2 * MOST + 20));
  });

  it('over a WebSocket, events of subscriptions included', async () => {
    const client = openClient(`ws://127.0.0.1:${server.port}/graphql`, token);
    const rows = `rows(count: 20) { ${aliases(50, 'failing')} }`;
    for (const query of [`{ ${rows} }`, `subscription { ${rows} }`]) {
      linesBefore = server.logs.length;
      const { errors, extensions } = await client.ask(query);
      expect([errors?.length, extensions]).toEqual([MOST, { omittedErrors: 1_000 - MOST }]);
      await vi.waitFor(() => expect(failures().map(({ count }) => count)).toEqual([1_000]), PATIENCE);
    }
    await client.dispose();
  });
});
