import fc from 'fast-check';
import { type FrameParts, toFrame } from './frames.js';
import { edits, mutate } from './mutated-bytes.js';

// Valid requests and messages of clients of the sample, and what random changes make of them.

/** A read of reports, which everyone may send. */
export const READ = '{ expenseReports(first: 1) { nodes { id title author { name } } } }';
const CREATE = `mutation ($title: String!) { createExpenseReport(input: { title: $title, currency: "EUR", idempotencyKey: "1",
  items: [{ description: "Taxi", category: TRAVEL, spentOn: "2026-01-05", minorUnits: 1200 }] }) { expenseReport { id } } }`;

/** A request with these lines, and a token in the place of TOKEN. */
function request(first: string, lines: readonly string[] = [], body = ''): string {
  return [first, 'Host: api', 'Authorization: Bearer TOKEN', ...lines, '', body].join('\r\n');
}

const JSON_TYPE = 'Content-Type: application/json';
const chunk = (text: string) => `${text.length.toString(16)};a=b\r\n${text}\r\n`;
const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
];

const handshake = request('GET /graphql HTTP/1.1', HANDSHAKE);
const createInChunks = [
  JSON.stringify({ query: CREATE, variables: { title: 'Mutated' } }).slice(0, -1),
  ',"extensions":{"a":[1,null]}}',
];
/** Valid requests. */
const REQUESTS = [
  post({ query: READ }),
  post({ query: READ }).replace('HTTP/1.1', 'HTTP/1.0'),
  post({ query: '{ me { kind } }' }) + post({ query: READ, operationName: null }),
  request(
    'POST /graphql HTTP/1.1',
    [JSON_TYPE, 'Transfer-Encoding: chunked'],
    `${createInChunks.map(chunk).join('')}0\r\nTrailer: a\r\n\r\n`,
  ),
  request(`GET /graphql?query=${encodeURIComponent(READ)}&variables=%7B%7D HTTP/1.1`),
  request('OPTIONS /graphql HTTP/1.1', ['Origin: https://app.example.com', 'Access-Control-Request-Method: POST']),
  request('GET /readyz?a=b HTTP/1.1', ['Accept: text/html;q=0.9, */*;q=0.1', 'If-None-Match: "1"']),
  handshake,
];

/** Mutated requests as Latin-1. The token, which would be most of their bytes, is to be put in the place of TOKEN. */
export const mutatedRequest = fc
  .tuple(fc.constantFrom(...REQUESTS), edits)
  .map(([text, changes]) => mutate(Buffer.from(text, 'latin1'), changes).toString('latin1'));

/** A request with this body. */
function post(body: object): string {
  const text = JSON.stringify(body);
  const lines = [JSON_TYPE, 'Accept: application/graphql-response+json', `Content-Length: ${text.length}`];
  return request('POST /graphql HTTP/1.1', lines, text);
}

/** Messages of graphql-transport-ws. */
const MESSAGES = [
  { type: 'subscribe', id: '1', payload: { query: READ, variables: {}, operationName: null, extensions: {} } },
  { type: 'subscribe', id: '2', payload: { query: 'subscription { expenseReportChanged { id title } }' } },
  { type: 'subscribe', id: '3', payload: { query: CREATE, variables: { title: 'Mutated' } } },
  { type: 'complete', id: '2' },
  { type: 'ping', payload: { a: [1, 'b', null] } },
  { type: 'pong' },
  { type: 'connection_init', payload: {} },
  { type: 'next', id: '1', payload: { data: {} } },
].map((message) => Buffer.from(JSON.stringify(message)));

const message = fc.constantFrom(...MESSAGES);
/** A message whose query alone was mutated, so that it comes to its execution more often. */
const oddQuery = edits.map((changes) => {
  const query = mutate(Buffer.from(READ), changes).toString();
  return Buffer.from(JSON.stringify({ type: 'subscribe', id: '4', payload: { query } }));
});
const oddFrame: fc.Arbitrary<FrameParts> = fc.record(
  {
    payload: fc.oneof(message, fc.uint8Array({ maxLength: 130 })),
    first: fc.nat({ max: 255 }),
    mask: fc.oneof(fc.constant(null), fc.tuple(...Array.from({ length: 4 }, () => fc.nat({ max: 255 })))),
    length: fc.oneof(fc.nat({ max: 200 }), fc.constantFrom(65_535, 65_536, 2 ** 31, 2 ** 53)),
    form: fc.constantFrom(0, 2, 8),
  },
  { requiredKeys: ['payload'] },
);
/** Bytes that a client sends at once over a WebSocket: valid frames, odd frames, mutated messages or mutated frames. */
export const framesOfClient: fc.Arbitrary<Buffer> = fc.oneof(
  fc.record({ payload: message }).map(toFrame),
  fc.tuple(message, edits).map(([payload, changes]) => toFrame({ payload: mutate(payload, changes) })),
  oddQuery.map((payload) => toFrame({ payload })),
  oddFrame.map(toFrame),
  fc.tuple(message, edits).map(([payload, changes]) => mutate(toFrame({ payload }), changes)),
  fc.tuple(message, fc.nat()).map(([payload, at]) => {
    const middle = at % payload.length;
    const begin = toFrame({ payload: payload.subarray(0, middle), first: 1 });
    return Buffer.concat([begin, toFrame({ payload: payload.subarray(middle), first: 0x80 })]);
  }),
);

/** The handshake of a WebSocket and `connection_init`. */
export function openingBytes(token: string): Buffer {
  const init = toFrame({ payload: Buffer.from('{"type":"connection_init"}') });
  return Buffer.concat([Buffer.from(handshake.replace('TOKEN', token)), init]);
}
