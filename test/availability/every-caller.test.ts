import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LimitName } from '../../src/config/limits.js';
import { EVERY_SIGN_IN } from '../support/callers.js';
import { openClient, type SocketClient, tokenOf } from '../support/sockets.js';
import { startTextServer, type TextServer } from '../support/text-server.js';

// The bounds that one request can reach are the same for every caller, over HTTP and WebSocket, with compiled queries and
// without them. Each row has a request within its bound and one beyond it. The exact edge of each is tested elsewhere. Bounds of
// errors refuse nothing and have rows of their own.

const limits = {
  documentBytes: 4096,
  documentLines: 100,
  documentTokens: 400,
  documentFragments: 5,
  documentFieldPairs: 300,
  operationAliases: 30,
  operationDirectives: 10,
  operationCost: 2_000,
  introspectionCost: 3_000,
  variableValues: 100,
  answerBytes: 16_384,
  // One connection of each caller lasts for all rows.
  anonymousIdleSeconds: 3_600,
  anonymousSocketSeconds: 3_600,
};

interface Body {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

const times = (count: number, part: (nth: number) => string) =>
  Array.from({ length: count }, (_, nth) => part(nth)).join(' ');
const nest = (count: number, field: string, within: string) =>
  `{ ${`${field} { `.repeat(count)}${within}${' }'.repeat(count)} }`;
const list = (depth: number): unknown => (depth === 0 ? 1 : [list(depth - 1)]);
const only = (query: string): Body => ({ query });
const OPEN = '{ text(length: 1) }';

const ROWS: readonly (readonly [LimitName, request: (size: number) => Body, within: number, beyond: number])[] = [
  ['documentBytes', (size) => only(OPEN.padEnd(size)), 4096, 4097],
  ['documentLines', (size) => only(`${OPEN}${'\n'.repeat(size - 1)}`), 100, 101],
  ['documentTokens', (size) => only(`{ ${times(size, () => '... { __typename }')} }`), 20, 100],
  ['documentNesting', (size) => only(`{ text(length: ${'['.repeat(size - 2)}`), 200, 201],
  [
    'documentFragments',
    (size) => {
      const definitions = times(size, (nth) => `fragment F${nth} on Query { __typename }`);
      return only(`{ ${times(size, (nth) => `...F${nth}`)} } ${definitions}`);
    },
    5,
    6,
  ],
  ['documentFieldPairs', (size) => only(`{ ${times(size, () => '__typename')} }`), 16, 26],
  ['operationDepth', (size) => only(nest(size - 1, 'nested', 'text')), 12, 13],
  ['operationAliases', (size) => only(`{ ${times(size, (nth) => `a${nth}: __typename`)} }`), 30, 31],
  ['operationDirectives', (size) => only(`{ ${times(size, () => '... @include(if: true) { __typename }')} }`), 10, 11],
  ['mutationFields', (size) => only(`mutation { ${times(size, (nth) => `a${nth}: write(length: 1)`)} }`), 20, 21],
  ['operationCost', (size) => only(nest(size, 'rows(count: 1)', 'text(length: 1)')), 2, 5],
  [
    'introspections',
    (size) => only(`{ ${times(size, (nth) => `${nth ? 'b: ' : ''}__schema { description }`)} }`),
    1,
    2,
  ],
  ['introspectionAliases', (size) => only(`{ __schema { description ${times(size, () => 'a: description')} } }`), 0, 1],
  [
    'introspectionCost',
    (size) =>
      only(
        `{ __schema ${nest(size, 'types', 'fields { type { name } }')} }`.replace(
          /types \{ types/g,
          'types { interfaces',
        ),
      ),
    1,
    2,
  ],
  ['variableValues', (size) => ({ query: OPEN, variables: { unused: Array(size).fill(1) } }), 90, 110],
  ['variableDepth', (size) => ({ query: OPEN, variables: { unused: list(size) } }), 30, 34],
  ['answerBytes', (size) => only(`{ text(length: ${size}) }`), 16_000, 16_400],
];

/** What bounds of errors leave of an answer. */
interface Shown {
  readonly errors: number;
  /** Characters of the longest message. */
  readonly longest: number;
  /** Places in the document of the error with most. */
  readonly places: number;
  /** Name of the bound in the last error. */
  readonly limit: unknown;
  /** Errors of fields that are left out. */
  readonly omitted: unknown;
}

function withWrongVariables(count: number): Body {
  const declared = times(count, (nth) => `$v${nth}: Int!`);
  const fields = times(count, (nth) => `a${nth}: text(length: $v${nth})`);
  const variables = Object.fromEntries(Array.from({ length: count }, (_, nth) => [`v${nth}`, 'x']));
  return { query: `query (${declared}) { ${fields} }`, variables };
}

const ERROR_ROWS: readonly (readonly [LimitName, request: Body, Partial<Shown>])[] = [
  ['refusalErrors', only(`{ ${times(7, (nth) => `none${nth}`)} }`), { errors: 5, limit: 'refusalErrors' }],
  ['refusalErrors', withWrongVariables(7), { errors: 5, limit: 'refusalErrors' }],
  ['fieldErrors', only('{ failingTexts(count: 107) }'), { errors: 100, omitted: 7 }],
  ['errorMessageLength', only(`{ ${'n'.repeat(400)} }`), { errors: 1, longest: 300 }],
  ['errorLocations', only(`{ ${times(8, () => 'failing(length: 1)')} }`), { errors: 1, places: 5 }],
];

function shownIn(answer: unknown): Shown {
  const { errors, extensions } = Object(answer);
  const list: readonly { message: string; locations?: unknown[]; extensions?: unknown }[] = errors ?? [];
  return {
    errors: list.length,
    longest: Math.max(...list.map(({ message }) => message.length)),
    places: Math.max(...list.map(({ locations }) => locations?.length ?? 0)),
    limit: Object(Object(list.at(-1)?.extensions).limit).name,
    omitted: Object(extensions).omittedErrors,
  };
}

/** By the name of the bound: the words of the server that was asked first. */
const words = new Map<LimitName, unknown>();

/** Returns the parts of the first error that clients and their authors rely on. */
interface Told {
  readonly code: unknown;
  readonly limit: unknown;
  readonly message: unknown;
}

function firstOf(answer: unknown): Told | undefined {
  const { errors } = Object(answer);
  const [error] = Array.isArray(errors) ? errors : [];
  if (error === undefined) return undefined;
  const { code, limit } = Object(error.extensions);
  return { code, limit: Object(limit).name, message: error.message };
}

async function overHttp({ port }: TextServer, body: Body, token: string | undefined): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  return answer.json();
}

describe.each(['on', 'off'])('with GRAPHQL_COMPILED=%s', (compiled) => {
  let server: TextServer;
  const callers: { readonly token: string | undefined; readonly client: SocketClient }[] = [];
  beforeAll(async () => {
    server = await startTextServer({ RATE_LIMIT_FAILURES_PER_MINUTE: '3', GRAPHQL_COMPILED: compiled }, { limits });
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(server, signIn);
      callers.push({ token, client: openClient(`ws://127.0.0.1:${server.port}/graphql`, token, { lazy: false }) });
    }
  });
  afterAll(async () => {
    for (const { client } of callers) await client.dispose();
    await server.close();
  });

  /** Asks over both as each caller, the anonymous one first. A refusal over WebSocket is a list of errors. */
  async function askAll({ query, variables }: Body): Promise<unknown[]> {
    const answers = callers.map(async ({ token, client }) => {
      const overSocket = client
        .ask(query, variables && { variables })
        .catch((refused: unknown) => ({ errors: Array.isArray(refused) ? refused : [new Error(String(refused))] }));
      return [await overHttp(server, { query, ...(variables && { variables }) }, token), await overSocket];
    });
    return (await Promise.all(answers)).flat();
  }

  it.each(ROWS)('%s is the same for every caller over HTTP and WebSocket', async (name, request, within, beyond) => {
    const told = (await askAll(request(beyond))).map(firstOf);
    // The error says that a field is closed before it says what the field costs.
    const refused = told.filter((one) => one?.code !== 'UNAUTHENTICATED');
    expect(told.length - refused.length).toBe(name === 'mutationFields' ? 2 : 0);
    expect(new Set(refused.map((told) => JSON.stringify(told)))).toEqual(new Set([JSON.stringify(refused[0])]));
    expect(refused[0]).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: name });
    expect(refused[0]?.message).toBe(words.get(name) ?? refused[0]?.message);
    words.set(name, refused[0]?.message);
    for (const one of await askAll(request(within))) expect(firstOf(one)?.code).not.toBe('LIMIT_EXCEEDED');
  });

  it.each(ERROR_ROWS)('%s leaves the same of errors for every caller', async (_name, request, expected) => {
    const shown = (await askAll(request)).map(shownIn);
    expect(new Set(shown.map((one) => JSON.stringify(one)))).toEqual(new Set([JSON.stringify(shown[0])]));
    expect(shown[0]).toMatchObject(expected);
  });

  it('bad tokens of its address leave every caller an answer, with a new token and on a new WebSocket', async () => {
    const bad = await Promise.all(Array.from({ length: 10 }, () => overHttp(server, only(OPEN), 'not-a-token')));
    expect(bad.map((answer) => firstOf(answer)?.code)).toContain('RATE_LIMITED');
    const expected = { data: { text: 'a' } };
    for (const signIn of EVERY_SIGN_IN) {
      const token = await tokenOf(server, signIn);
      const client = openClient(`ws://127.0.0.1:${server.port}/graphql`, token);
      expect([await client.ask(OPEN), await overHttp(server, only(OPEN), token)]).toEqual([expected, expected]);
      await client.dispose();
    }
  });
});
