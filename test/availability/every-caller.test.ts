import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { defaultLimits, type LimitName } from '../../src/config/limits.js';
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
  subscriptionCost: 200,
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

/** The part of an answer that the bounds on errors leave. */
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

/** Refusals over WebSocket are a list of errors. */
const overSocket = ({ client }: { readonly client: SocketClient }, { query, variables }: Body): Promise<unknown> =>
  client
    .ask(query, variables && { variables })
    .catch((refused: unknown) => ({ errors: Array.isArray(refused) ? refused : [new Error(String(refused))] }));

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

  /** Asks over both as each caller, the anonymous one first. */
  async function askAll(body: Body): Promise<unknown[]> {
    const answers = callers.map((caller) =>
      Promise.all([overHttp(server, body, caller.token), overSocket(caller, body)]),
    );
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

  // Subscriptions come over WebSocket alone.
  it('subscriptionCost is the same for every caller', async () => {
    const askFor = (lists: number) => {
      const query = `subscription { rows(count: 1) { text(length: 1) ${times(lists, (nth) => `a${nth}: rows(count: 1) { text(length: 1) }`)} } }`;
      return Promise.all(callers.map((caller) => overSocket(caller, only(query))));
    };
    for (const one of await askFor(2)) {
      expect(firstOf(one)).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'subscriptionCost' });
    }
    for (const one of await askFor(1)) expect(one).toMatchObject({ data: { rows: [{ text: 'a' }] } });
  });

  it('operationSeconds is the same for every caller over HTTP and WebSocket', async () => {
    const late = only('{ rows(count: 1) { lateRows(count: 1) { text(length: 1) } } }');
    // Known and, where that is asked for, compiled.
    for (let time = 0; time < 3; time += 1) {
      for (const one of await askAll(late)) expect(firstOf(one)).toBeUndefined();
    }
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { fields, events } = server;
    const [resolved, abandoned] = [fields.resolved, events.abandoned];
    fields.gate = new Promise(() => undefined);
    const answers = askAll(late);
    // Each answer resolves a list and waits for the one within it.
    while (fields.resolved < resolved + 4 * callers.length) await setImmediate();
    await setImmediate();
    const { operationSeconds, operationGraceSeconds } = defaultLimits;
    vi.advanceTimersByTime((operationSeconds + operationGraceSeconds) * 1000 - 1);
    expect(events.abandoned).toBe(abandoned);
    vi.advanceTimersByTime(1);
    expect(events.abandoned).toBe(abandoned + 2 * callers.length);
    delete fields.gate;
    for (const one of await answers) {
      expect(one).toMatchObject({ data: null });
      expect(firstOf(one)).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'operationSeconds' });
    }
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
