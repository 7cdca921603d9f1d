import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { beforeAll, expect, it } from 'vitest';
import { createPersistedQueries } from '../../src/graphql/documents/persisted-queries.js';
import { requestTextsPlugin } from '../../src/graphql/documents/request-texts.js';
import { clientAddress } from '../../src/http/client-address.js';
import { createOperationLabels } from '../../src/http/metrics/measures.js';
import { OperationRecord } from '../../src/http/operation-record.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const COUNT = 400;
const WARM_UP = 200;
const REST = 15_000;

const apollo = new ApolloServer({
  typeDefs: 'type Query { name: String }',
  csrfPrevention: false,
  persistedQueries: { cache: createPersistedQueries(2 ** 22) },
  plugins: [requestTextsPlugin],
});
beforeAll(() => apollo.startInBackgroundHandlingStartupErrorsByLoggingAndFailingAllRequests());

const nameOf = createOperationLabels(COUNT);

/** Reads from a text that came with a request what is kept of it. Each text is the only one of its kind. */
const READERS: Readonly<Record<string, { readonly text: (nth: number) => string; read(text: string): unknown }>> = {
  'a persisted query of a URL': {
    text(nth) {
      const query = `{long${nth}name:name}`;
      const sha256Hash = createHash('sha256').update(query).digest('hex');
      const extensions = encodeURIComponent(JSON.stringify({ persistedQuery: { version: 1, sha256Hash } }));
      return `?query=${query}&extensions=${extensions}&rest=`;
    },
    async read(search) {
      const request = { method: 'GET', headers: new HeaderMap(), body: undefined, search };
      const answer = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: request, context: async () => ({}) });
      expect(answer.body).toMatchObject({ string: expect.stringContaining('"data"') });
    },
  },
  'an address of a header': {
    text: (nth) => `203.0.113.${100 + (nth % 100)},`,
    read(header) {
      const ip = header.slice(0, header.indexOf(','));
      return clientAddress({ ip, ips: [] });
    },
  },
  'the name of an operation': {
    text: (nth) => `query LongNameOfAn${nth}Operation { name }`,
    read(document) {
      const record = new OperationRecord(true, '192.0.2.1', () => undefined);
      const name = { value: document.slice('query '.length, document.indexOf(' {')) };
      record.end({ operation: { operation: 'query', name }, errors: undefined });
      return nameOf(record);
    },
  },
};

async function heap(): Promise<number> {
  await setImmediate();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

// V8 makes a part of a text that refers to the whole.
it.each(Object.entries(READERS))('keeps %s without the rest of the request', async (_kind, { text, read }) => {
  const kept: unknown[] = [];
  const keep = async (from: number, to: number) => {
    for (let nth = from; nth < to; nth += 1) kept.push(await read(Buffer.from(text(nth).padEnd(REST, '#')).toString()));
  };
  // Once to warm up: what V8 compiles is in the heap too.
  await keep(0, WARM_UP);
  const before = await heap();
  await keep(WARM_UP, COUNT);
  const grown = (await heap()) - before;
  expect(kept).toHaveLength(COUNT);
  expect(grown).toBeLessThan(((COUNT - WARM_UP) * REST) / 3);
});
