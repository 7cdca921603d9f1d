import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ApolloServer } from '@apollo/server';
import { context, DiagLogLevel, diag, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../../src/app.js';
import { defaultLimits } from '../../../src/config/limits.js';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.js';
import { emulatorSettings } from '../../../src/expenses/sample-data/emulator-settings.js';
import {
  createOperationSpans,
  type OperationSpan,
  operationSpanPlugin,
} from '../../../src/graphql/apollo/operation-span.js';
import { compileQuery } from '../../../src/graphql/execution/compiled/compile-query.js';
import type { CreateResource, ResourceContext } from '../../../src/graphql/resource.js';
import { loadTestConfig } from '../../support/config.js';
import { openClient, refusedWith, type SocketClient, socketUrl } from '../../support/sockets.js';

vi.mock('../../../src/graphql/execution/compiled/compile-query.js', { spy: true });

const SDL = `
  extend type Query {
    hello(name: String): String @public
    own: String @authenticated
    later: String @authenticated
    store: String @public
    storeLater: String @public
    fails(how: How): String @authenticated
    audited: String @requiresRoles(roles: [["Expenses.Auditor"]])
  }
  enum How { MEANT MASKED WITH_A_VALUE }
  type Mutation { change: String @authenticated }
  type Subscription { ticks: Tick @authenticated }
  type Tick { number: Int secret: Int @requiresRoles(roles: [["Expenses.Auditor"]]) }
`;
const SECRET = 'hunter2';
const VERIFICATION = 'verify access token';
const WARM_UPS = 5;
/** Apollo Server asks for it of a GET, as a defence against CSRF. */
const PROGRAM_HEADERS = { 'apollo-require-preflight': 'true' };
/** Left to Apollo Server. */
const RARE_TYPE = 'application/json; charset=utf-8';
const tenantId = emulatorSettings.tenants[0].id;
const store = new AsyncLocalStorage<string>();

/** As the instrumentation of a database does it. */
function work(): string {
  trace.getTracer('database').startSpan('statement').end();
  return 'done';
}

const createResource = (schemaFolder: URL): CreateResource => {
  return async () => ({
    welcomeDocument: '',
    schemaFolder,
    policies: {},
    resolvers: {
      Query: {
        hello: (_: unknown, { name }: { name?: string }) => `hello ${name}`,
        own: work,
        later: async () => {
          await setImmediate();
          return work();
        },
        store: () => store.getStore(),
        storeLater: async () => {
          await setImmediate();
          return store.getStore();
        },
        audited: () => 'audited',
        fails: (_: unknown, { how }: { how?: string }) => {
          if (how === 'MASKED') throw new Error(SECRET);
          if (how === 'MEANT') throw new GraphQLError(SECRET, { extensions: { code: 'ENOUGH' } });
          if (how === 'WITH_A_VALUE') throw new GraphQLError('', { extensions: { code: `value ${SECRET}` } });
          return 'well';
        },
      },
      Mutation: { change: work },
      Subscription: {
        ticks: {
          async *subscribe() {
            for (let number = 1; number <= 2; number += 1) yield number;
          },
          resolve: (number: number) => {
            work();
            return { number };
          },
        },
      },
    },
    createContext: (caller) => ({ caller, dispose: async () => undefined }),
    ping: async () => undefined,
    close: async () => undefined,
  });
};

/** Returns the parts of a span that leave the process, as `JSON.stringify` writes them. */
function sent({ name, kind, attributes, status, events, links, resource }: ReadableSpan) {
  return { name, kind, attributes, status, events, links, resource: resource.attributes };
}

function summary({ name, attributes, status }: ReadableSpan) {
  return [name, attributes, status.code === SpanStatusCode.ERROR ? 'error' : 'unset'];
}

const ofServer = () =>
  exporter.getFinishedSpans().filter(({ instrumentationScope }) => instrumentationScope.name === 'entra-graphql');
/** The first token of a server may come before its keys. */
const ofOperations = () => ofServer().filter(({ name }) => name !== VERIFICATION);
const ofVerifications = () => ofServer().filter(({ name }) => name === VERIFICATION);
/** Names of the spans below it. */
const childrenOf = (all: readonly ReadableSpan[], span: ReadableSpan | undefined) =>
  all
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === span?.spanContext().spanId)
    .map(({ name }) => name);

let folder: string;
let emulator: Emulator;
let provider: NodeTracerProvider;
let exporter: InMemorySpanExporter;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entra-graphql-spans-'));
  await writeFile(join(folder, 'spans.graphql'), SDL);
  emulator = await startEmulator({ ...emulatorSettings, port: 0 });
});
afterAll(async () => {
  await emulator.close();
  await rm(folder, { recursive: true });
});

async function openApp(settings: Record<string, string>): Promise<FastifyInstance> {
  const environment = {
    ENTRA_TENANT_ID: tenantId,
    ENTRA_CLIENT_ID: emulatorSettings.api.clientId,
    ENTRA_INSTANCE: emulator.instance,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    PORT: '0',
    ...settings,
  };
  const app = await createApp(loadTestConfig(environment), {
    createResource: createResource(pathToFileURL(`${folder}/`)),
  });
  // As the instrumentation of HTTP does it.
  app.addHook('onRequest', (_request, _reply, done) => {
    const span = trace.getTracer('http').startSpan('POST /graphql');
    context.with(trace.setSpan(context.active(), span), () => store.run('kept', done));
    span.end();
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app;
}

/** Complaints of the SDK about its use: a span that ends twice, an attribute that comes too late. */
const complain = vi.fn();
diag.setLogger(
  { error: complain, warn: complain, info: () => {}, debug: () => {}, verbose: () => {} },
  DiagLogLevel.WARN,
);
afterEach(() => {
  expect(complain.mock.calls).toEqual([]);
});

function register(): void {
  exporter = new InMemorySpanExporter();
  provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
}

async function unregister(): Promise<void> {
  trace.disable();
  context.disable();
  propagation.disable();
  await provider.shutdown();
}

it('makes no span without a registered provider, and makes one with a provider that is registered later', async () => {
  const startSpan = createOperationSpans({ name: 'entra-graphql', version: '1.0.0' });
  const resourceContext = { caller: undefined, dispose: async () => undefined };
  expect(startSpan(resourceContext)).toBeUndefined();
  expect(Object.getOwnPropertySymbols(resourceContext)).toEqual([]);
  register();
  startSpan(resourceContext)?.end({});
  expect(ofOperations().map(summary)).toEqual([['GraphQL Operation', {}, 'unset']]);
  await unregister();
});

interface Asked {
  readonly by?: string;
  readonly body: unknown;
  /** Variables with which it is answered without an error, so that it is known when it fails. */
  readonly before?: Readonly<Record<string, unknown>>;
}

type Summary = readonly [name: string, attributes: object, status: 'unset' | 'error'];

const answered = (type: string, name?: string): Summary => [type, attributesOf(type, name), 'unset'];
const failed = (code: string, type?: string, name?: string): Summary => [
  type ?? 'GraphQL Operation',
  { ...attributesOf(type, name), 'error.type': code },
  'error',
];
const attributesOf = (type?: string, name?: string) => ({
  ...(type && { 'graphql.operation.type': type }),
  ...(name && { 'graphql.operation.name': name }),
});

const LONG_NAME = `Q${'x'.repeat(200)}`;
const LONGEST_NAME = `N${'x'.repeat(defaultLimits.operationNameLength - 1)}`;
const SUBSCRIPTION = 'subscription { ticks { number } }';
const failing = (how: string): Asked => ({
  by: 'erin',
  body: { query: 'query Failing($how: How) { fails(how: $how) }', variables: { how } },
  before: { how: null },
});

/** Answered by Apollo Server at first and without it afterwards. */
const FAST_PATH: [string, Asked, Summary][] = [
  ['of an anonymous caller, without a name', { body: { query: '{ hello }' } }, answered('query')],
  [
    'with a name and variables',
    { body: { query: 'query Greet($name: String) { hello(name: $name) }', variables: { name: SECRET } } },
    answered('query', 'Greet'),
  ],
  [
    'with a very long name',
    { body: { query: `query ${LONG_NAME} { hello(name: "${SECRET}") }` } },
    answered('query', LONG_NAME.slice(0, defaultLimits.operationNameLength)),
  ],
  [
    'with a name as long as is allowed',
    { body: { query: `query ${LONGEST_NAME} { hello(name: "${SECRET}") }` } },
    answered('query', LONGEST_NAME),
  ],
  [
    'chosen by its name',
    { by: 'erin', body: { query: 'query A { hello } query B { own }', operationName: 'B' } },
    answered('query', 'B'),
  ],
  ['that has to wait', { by: 'erin', body: { query: '{ later }' } }, answered('query')],
  ['with a resolver that fails', failing('MASKED'), failed('INTERNAL_SERVER_ERROR', 'query', 'Failing')],
  ['with an error for the client', failing('MEANT'), failed('ENOUGH', 'query', 'Failing')],
  ['with a denied field', { by: 'erin', body: { query: '{ own audited }' } }, failed('FORBIDDEN', 'query')],
  ['with an error whose code is none', failing('WITH_A_VALUE'), failed('_OTHER', 'query', 'Failing')],
];

/** Always answered by Apollo Server. */
const PIPELINE: [string, Asked, Summary][] = [
  ['known, with a variable that does not fit', failing(SECRET), failed('BAD_USER_INPUT', 'query', 'Failing')],
  ['that is a mutation', { by: 'erin', body: { query: 'mutation { change }' } }, answered('mutation')],
  ['refused to an anonymous caller', { body: { query: '{ own }' } }, failed('UNAUTHENTICATED', 'query')],
  ['refused to a caller', { by: 'erin', body: { query: '{ audited }' } }, failed('FORBIDDEN', 'query')],
  [
    'that introspects, of an anonymous caller',
    { body: { query: '{ __schema { queryType { name } } }' } },
    failed('UNAUTHENTICATED', 'query'),
  ],
  ['that needs a WebSocket', { by: 'erin', body: { query: SUBSCRIPTION } }, failed('BAD_REQUEST', 'subscription')],
  ['that is not valid', { body: { query: `{ ${SECRET} }` } }, failed('GRAPHQL_VALIDATION_FAILED')],
  ['that does not parse', { body: { query: `{ ${SECRET}` } }, failed('GRAPHQL_PARSE_FAILED')],
  ['in a list', { body: [{ query: '{ hello }' }] }, failed('BAD_REQUEST')],
  ['that is not there', { body: {} }, failed('BAD_REQUEST')],
];

describe.each(['off', 'on'])('one span of an operation, GRAPHQL_COMPILED=%s', (compiled) => {
  let app: FastifyInstance;
  const toApollo = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');
  beforeAll(async () => {
    register();
    app = await openApp({ GRAPHQL_COMPILED: compiled, GRAPHQL_INTROSPECTION: 'authenticated', EXPLORER: 'on' });
  });
  afterEach(() => exporter.reset());
  afterAll(async () => {
    await app.close();
    await unregister();
    vi.mocked(compileQuery).mockClear();
  });

  async function ask({ by, body }: Omit<Asked, 'before'>, contentType = 'application/json') {
    const authorization = by && `Bearer ${await emulator.issueAccessToken(by)}`;
    const response = await fetch(`${app.listeningOrigin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': contentType, ...(authorization && { authorization }) },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  }

  /**
   * Asks over and over, then once in a form that is left to Apollo Server, and once more. The first answers are left out
   * where they are to questions of another kind.
   */
  async function askEveryWay({ by, body, before }: Asked) {
    const caller = by === undefined ? {} : { by };
    const warmUp = { ...caller, body: before ? { ...Object(body), variables: before } : body };
    const answers = [];
    for (let time = 0; time < WARM_UPS + 2; time += 1) {
      const isWarm = time >= WARM_UPS;
      exporter.reset();
      toApollo.mockClear();
      const { text } = await ask(isWarm ? { ...caller, body } : warmUp, time === WARM_UPS ? RARE_TYPE : undefined);
      const [span, ...others] = ofOperations();
      answers.push({ text, span, others, byApollo: toApollo.mock.calls.length, all: exporter.getFinishedSpans() });
    }
    return before ? answers.slice(WARM_UPS) : answers;
  }

  it.each([
    ...FAST_PATH.map((row) => [...row, [1, 1, 0, 0, 0, 1, 0]] as const),
    ...PIPELINE.map((row) => [...row, [1, 1, 1, 1, 1, 1, 1]] as const),
  ])('%s', async (_what, asked, expected, byApollo) => {
    const answers = await askEveryWay(asked);
    expect(answers.map((answer) => answer.byApollo)).toEqual(byApollo.slice(-answers.length));
    for (const { span, others, all } of answers) {
      expect(span && summary(span)).toEqual(expected);
      expect(span?.kind).toBe(SpanKind.SERVER);
      expect(others).toEqual([]);
      const told = JSON.stringify(all.map(sent));
      for (const secret of [SECRET, 'Bearer', 'eyJ', tenantId]) expect(told).not.toContain(secret);
    }
  });

  it.each(['{ own }', '{ later }'])('%s: the span of HTTP is above it, those of resolvers are below', async (query) => {
    for (const { span, all } of await askEveryWay({ by: 'erin', body: { query } })) {
      const parent = all.find(({ instrumentationScope }) => instrumentationScope.name === 'http');
      expect(span?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
      expect(childrenOf(all, span)).toEqual(['statement']);
    }
  });

  it.each(['store', 'storeLater'])('keeps the asynchronous context of the request: %s', async (field) => {
    for (const { text } of await askEveryWay({ body: { query: `{ ${field} }` } })) {
      expect(JSON.parse(text)).toEqual({ data: { [field]: 'kept' } });
    }
  });

  it('queries were compiled where that is asked for', () => {
    expect(vi.mocked(compileQuery).mock.calls.length > 0).toBe(compiled === 'on');
  });

  it.each([
    ['opens the address in a browser', 200, { headers: { accept: 'text/html' } }],
    ['sends a bad access token', 401, { method: 'POST', headers: { authorization: 'Bearer x' } }],
    ['sends what cannot be read', 400, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }],
  ])('there is none for who %s', async (_who, status, request) => {
    const response = await fetch(`${app.listeningOrigin}/graphql?explorerURLState=x`, request);
    expect(response.status).toBe(status);
    expect(ofOperations()).toEqual([]);
  });
});

describe('the verification of a token', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    register();
    app = await openApp({});
    await ask();
  });
  beforeEach(async () => {
    // Once for a key that is published already, and once for one that this server has not seen.
    await emulator.rotateKeys();
    await emulator.rotateKeys();
    exporter.reset();
  });
  afterAll(async () => {
    await app.close();
    await unregister();
  });

  async function ask() {
    const authorization = `Bearer ${await emulator.issueAccessToken('erin')}`;
    const response = await app.inject({ url: '/graphql?query={own}', headers: { authorization, ...PROGRAM_HEADERS } });
    return response.statusCode;
  }

  it('has a span below that of HTTP while it fetches the key, and none once the key is known', async () => {
    expect(await ask()).toBe(200);
    const [span, ...others] = ofVerifications();
    const parent = exporter.getFinishedSpans().find(({ instrumentationScope }) => instrumentationScope.name === 'http');
    expect(span && summary(span)).toEqual([VERIFICATION, {}, 'unset']);
    expect(span?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
    expect(others).toEqual([]);
    expect(await ask()).toBe(200);
    expect(ofVerifications()).toHaveLength(1);
  });

  it('has a span with an error if it cannot fetch the key', async () => {
    emulator.setFault({ at: 'keys', kind: 'answer', status: 503 });
    expect(await ask()).toBe(503);
    emulator.setFault(undefined);
    const failure = { 'error.type': 'SIGNING_KEYS_UNAVAILABLE' };
    expect(ofVerifications().map(summary)).toEqual([[VERIFICATION, failure, 'error']]);
    expect(JSON.stringify(exporter.getFinishedSpans().map(sent))).not.toContain('eyJ');
    expect(ofOperations()).toEqual([]);
  });
});

it.each([
  ['an operation is below what is active', false],
  ['an event of a subscription is not', true],
])('%s', async (_what, isEvent) => {
  register();
  const startSpan = createOperationSpans({ name: 'entra-graphql', version: '1.0.0' });
  const start = (opening?: OperationSpan) => startSpan({ caller: undefined, dispose: async () => undefined }, opening);
  const active = trace.getTracer('socket').startSpan('message');
  context.with(trace.setSpan(context.active(), active), () => start(isEvent ? start() : undefined)?.end({}));
  expect(ofOperations().map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([
    isEvent ? undefined : active.spanContext().spanId,
  ]);
  await unregister();
});

it.each(['throws', 'rejects'])('ends with what %s instead of an answer', async (how) => {
  register();
  const startSpan = createOperationSpans({ name: 'entra-graphql', version: '1.0.0' });
  const span = startSpan({ caller: undefined, dispose: async () => undefined });
  const fail = () => {
    throw new Error(SECRET);
  };
  await expect(async () => span?.around(how === 'throws' ? fail : async () => fail())).rejects.toThrow(SECRET);
  expect(ofOperations().map(summary)).toEqual([failed('INTERNAL_SERVER_ERROR')]);
  await unregister();
});

it('ends with what a plugin of Apollo Server throws', async () => {
  register();
  const apollo = new ApolloServer<ResourceContext>({
    typeDefs: 'type Query { a: Int }',
    logger: pino({ level: 'silent' }),
    plugins: [
      operationSpanPlugin,
      {
        requestDidStart: async () => ({
          responseForOperation: async () => {
            throw new Error(SECRET);
          },
        }),
      },
    ],
  });
  const contextValue = { caller: undefined, dispose: async () => undefined };
  const span = createOperationSpans({ name: 'entra-graphql', version: '1.0.0' })(contextValue);
  const answer = async () => span?.around(() => apollo.executeOperation({ query: '{ a }' }, { contextValue }));
  await expect(answer()).rejects.toThrow('Internal server error');
  expect(ofOperations().map(summary)).toEqual([failed('INTERNAL_SERVER_ERROR', 'query')]);
  await apollo.stop();
  await unregister();
});

describe('an operation over WebSocket', () => {
  let app: FastifyInstance;
  let client: SocketClient;
  beforeAll(async () => {
    register();
    app = await openApp({});
    client = openClient(await socketUrl({ app }), await emulator.issueAccessToken('erin'));
  });
  beforeEach(async () => {
    // Connects, so that what is looked at comes on an open connection.
    await client.ask('{ hello }');
    exporter.reset();
  });
  afterAll(async () => {
    await client.dispose();
    await app.close();
    await unregister();
  });

  it.each([
    ['{ own }', answered('query')],
    ['mutation { change }', answered('mutation')],
  ])('has a span: %s', async (query, expected) => {
    await client.ask(query);
    const [span, ...others] = ofOperations();
    expect(span && summary(span)).toEqual(expected);
    expect(others).toEqual([]);
    expect(span?.parentSpanContext).toBeUndefined();
    expect(childrenOf(exporter.getFinishedSpans(), span)).toEqual(['statement']);
  });

  it.each([
    ['{ audited }', failed('FORBIDDEN', 'query')],
    ['subscription Ticks { ticks { secret } }', failed('FORBIDDEN', 'subscription', 'Ticks')],
  ])('has one when it is refused: %s', async (query, expected) => {
    expect(await refusedWith(client.ask(query))).toEqual(['FORBIDDEN']);
    expect(ofOperations().map(summary)).toEqual([expected]);
  });

  it('has, when it is a subscription, one for its source and a trace for each event, linked to it', async () => {
    for await (const { errors } of client.iterate({ query: SUBSCRIPTION })) {
      expect(errors).toBeUndefined();
    }
    const [opening, ...events] = ofOperations();
    expect(events).toHaveLength(2);
    for (const span of ofOperations()) expect(summary(span)).toEqual(answered('subscription'));
    expect(opening?.links).toEqual([]);
    for (const event of events) {
      expect(event.parentSpanContext).toBeUndefined();
      expect(event.links).toEqual([{ context: opening?.spanContext() }]);
      expect(childrenOf(exporter.getFinishedSpans(), event)).toEqual(['statement']);
    }
    expect(new Set(ofOperations().map((span) => span.spanContext().traceId)).size).toBe(3);
  });
});
